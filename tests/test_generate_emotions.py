"""Emotion labels without a model."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleinstruct.emotions import Emotion
from roleinstruct.generate.emotions import annotate, label, score
from roleinstruct.generate.lexicon import lexicon, normalise, units
from roleinstruct.records import Dialogue, Place, Utterance

HERE = Place("a.txt", 1, 9)


def alone(text: str) -> Emotion:
    return label([Utterance("a", text)])[0]


def dialogue(*lines: tuple[str, str, Emotion | None]) -> Dialogue:
    return Dialogue("d", "甲", "乙", tuple(Utterance(*line) for line in lines), HERE)


@pytest.mark.parametrize(
    ("text", "emotion"),
    [
        ("你给我滚！我不想再看见你！", "anger"),
        ("凭什么听你的，你算老几", "anger"),
        ("Shut up! How dare you talk to her like that!", "anger"),
        ("真恶心，这味道我都要吐了", "disgust"),
        ("Ugh, that is disgusting, get it off the table.", "disgust"),
        ("怎么办啊，他的电话一直打不通，会不会出事了", "fear"),
        ("I'm so scared, what if they find us?", "fear"),
        ("太好了，恭喜恭喜！", "happiness"),
        ("哈哈哈哈笑死我了", "happiness"),
        ("What a lovely surprise party, I'm so happy!", "happiness"),
        ("我好难过，奶奶去世了，我再也见不到她了", "sadness"),
        ("I miss him so much. The house is so lonely without him.", "sadness"),
        ("什么？不会吧，真的假的？", "surprise"),
        ("Oh my god, I can't believe it. Are you serious?", "surprise"),
        ("唉，算了，我真是受不了了，累死了", "frustration"),
        ("I'm fed up. It's pointless, nothing works.", "frustration"),
        ("我们赢了！我太激动了！", "excitement"),
        ("We did it! I can't wait for the final!", "excitement"),
        ("谢谢您，给您添麻烦了", "other"),
        ("Thank you so much, I really appreciate it.", "other"),
        ("会议下午三点在二楼开", "neutral"),
        ("The meeting is at three o'clock on the second floor.", "neutral"),
        ("嗯，好的", "neutral"),
        ("", "neutral"),
        ("……", "neutral"),
        ("😡😡", "anger"),
        ("😭😭", "sadness"),
    ],
)
def test_what_is_plain_is_labelled_so(text: str, emotion: str) -> None:
    assert alone(text) is Emotion(emotion)


def test_traditional_characters_are_read() -> None:
    assert alone("氣死我了，你這個騙子") is alone("气死我了，你这个骗子") is Emotion.ANGER


def test_a_denied_word_counts_for_nothing() -> None:
    assert score("我不高兴").get(Emotion.HAPPINESS, 0.0) <= 0 < score("我高兴")[Emotion.HAPPINESS]
    assert score("I am not happy").get(Emotion.HAPPINESS, 0.0) <= 0 < score("I am happy")[Emotion.HAPPINESS]


def test_a_denial_ends_with_its_clause() -> None:
    assert score("没有，太好了")[Emotion.HAPPINESS] > 0


def test_comfort_is_other() -> None:
    assert alone("别难过，别哭了") is Emotion.OTHER
    assert alone("Don't be afraid, don't worry.") is Emotion.OTHER


def test_degree_and_shouting_make_it_stronger() -> None:
    assert (
        score("特别开心")[Emotion.HAPPINESS] > score("开心")[Emotion.HAPPINESS] > score("有点开心")[Emotion.HAPPINESS]
    )
    assert score("开心！")[Emotion.HAPPINESS] > score("开心")[Emotion.HAPPINESS]


def test_asking_back_is_surprise() -> None:
    assert score("离开北京？", "我打算离开北京").get(Emotion.SURPRISE, 0) > score("离开北京？").get(Emotion.SURPRISE, 0)


def test_a_turn_borrows_from_its_neighbours_and_most_from_its_own_speaker() -> None:
    quiet = Utterance("a", "我都跟你说了")
    angry, other = Utterance("a", "气死我了，混蛋，滚！"), Utterance("b", "气死我了，混蛋，滚！")
    assert label([quiet, angry])[0] is Emotion.ANGER
    assert label([quiet])[0] is Emotion.NEUTRAL
    assert label([quiet, Utterance("b", "嗯"), angry])[0] is label([quiet, angry])[0]
    assert label([quiet, *[Utterance("b", "知道")] * 40, other])[0] is Emotion.NEUTRAL


def test_labels_of_the_source_stay_and_speak_for_their_neighbours() -> None:
    before = dialogue(("甲", "太好了！", Emotion.SADNESS), ("甲", "这个", None), ("甲", "哈哈哈", Emotion.SADNESS))
    after = annotate(before)
    assert [turn.emotion for turn in after.utterances] == [Emotion.SADNESS] * 3
    assert [turn.annotator for turn in after.utterances] == [None, "extractive", None]
    assert annotate(after) == after


def test_an_empty_dialogue_stays_empty() -> None:
    assert annotate(dialogue()) == dialogue()


@given(
    st.lists(st.tuples(st.sampled_from("甲乙"), st.text(max_size=40), st.sampled_from([None, *Emotion])), max_size=8)
)
def test_any_text_gets_one_label_and_nothing_else_changes(lines: list[tuple[str, str, Emotion | None]]) -> None:
    before = dialogue(*lines)
    after = annotate(before)
    assert [(u.speaker, u.text) for u in after.utterances] == [(u.speaker, u.text) for u in before.utterances]
    assert all(new.emotion is (old.emotion or new.emotion) is not None for old, new in pairs(before, after))


def pairs(before: Dialogue, after: Dialogue) -> list[tuple[Utterance, Utterance]]:
    return list(zip(before.utterances, after.utterances, strict=True))


def test_the_lexicon_is_broad_and_holds_every_label() -> None:
    known = lexicon()
    chinese = [entry for entry in known.entries if re.match(r"[\u3400-\u9fff]", entry[0])]
    assert len(chinese) >= 1500
    assert len(known.entries) - len(chinese) >= 500
    for emotion in Emotion:
        if emotion is not Emotion.NEUTRAL:
            assert sum(any(e is emotion for e, _ in entry.points) for entry in known.entries.values()) >= 100, emotion


def test_every_entry_can_be_found() -> None:
    known = lexicon()
    lost = [key for key in known.entries if not any(m.entry is known.entries[key] for m in known.matches(list(key)))]
    assert lost == []


def test_chinese_characters_and_latin_words_are_units() -> None:
    assert units(normalise("我 LOVE 你，ＯＫ！ don’t 12")) == ["我", "love", "你", ",", "ok", "!", "don't", "12"]
