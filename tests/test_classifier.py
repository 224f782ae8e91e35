import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct import assets
from roleinstruct.emotions import Emotion
from roleinstruct.errors import ConfigError, MissingExtraError, RecordError, SourceError
from roleinstruct.generate.classifier import EmotionClassifier
from roleinstruct.generate.fitting import evaluate, fit
from roleinstruct.generate.groups import deal, group
from roleinstruct.records import Dialogue, Place, Utterance

PLACE = Place("talk.tsv", 1, 1)

# Words of no language, which no lexicon knows: what is known of them was learned.
SAYINGS = {
    Emotion.HAPPINESS: ("喀喀嗒嗒的一天", "今晚喀喀嗒嗒", "喀喀嗒嗒呀", "wimbly again", "so wimbly"),
    Emotion.FEAR: ("噗噜噗噜来了", "又是噗噜噗噜", "噗噜噗噜呢", "grolt at the door", "a grolt"),
    Emotion.NEUTRAL: ("三点在站台", "表放桌上", "车是蓝的", "the table is wide", "page nine"),
}


def dialogue(name: str, turns: Sequence[Utterance], character: str = "阿朗") -> Dialogue:
    return Dialogue(name, character, "小满", tuple(turns), PLACE)


def talks(character: str, count: int, annotator: str = "source") -> list[Dialogue]:
    """Dialogues of six turns in which a speaker keeps to one feeling."""
    made = []
    for number in range(count):
        emotions = list(SAYINGS)
        turns = []
        for turn in range(6):
            emotion = emotions[(number + turn // 2) % 3]
            text = SAYINGS[emotion][(number + turn) % 5]
            turns.append(Utterance((character, "小满")[turn % 2], text, emotion, annotator=annotator))
        made.append(dialogue(f"{character}-{number}", turns, character))
    return made


@pytest.fixture(scope="module")
def fitted() -> EmotionClassifier:
    return fit(talks("阿朗", 30))


def lines(file: str) -> list[Dialogue]:
    """Our own labelled talks, of which those between two."""
    text = (assets.find("builders/emotion_lines") / f"{file}.tsv").read_text(encoding="utf-8")
    made = []
    for number, block in groupby((line.split("\t") for line in text.splitlines()[1:]), key=lambda row: row[0]):
        turns = [Utterance(a, b, Emotion(c)) for _, a, b, c in block]
        names = list(dict.fromkeys(turn.speaker for turn in turns))
        if len(names) == 2:
            made.append(Dialogue(f"{file}-{number}", names[0], names[1], tuple(turns), PLACE))
    return made


def test_words_that_no_lexicon_knows_are_learned(fitted: EmotionClassifier) -> None:
    turns = [Utterance("甲", "喀喀嗒嗒的晚上"), Utterance("乙", "What a wimbly thing")]
    found = fitted.probabilities(turns)
    assert [list(Emotion)[row.argmax()] for row in found] == [Emotion.HAPPINESS] * 2
    assert fitted.probabilities([Utterance("甲", "噗噜噗噜！")])[0].argmax() == list(Emotion).index(Emotion.FEAR)


def test_a_turn_is_heard_with_the_one_before_it(fitted: EmotionClassifier) -> None:
    fear = list(Emotion).index(Emotion.FEAR)
    after_calm = fitted.probabilities([Utterance("甲", "车是蓝的"), Utterance("乙", "嗯")])[1, fear]
    after_fear = fitted.probabilities([Utterance("甲", "噗噜噗噜来了"), Utterance("乙", "嗯")])[1, fear]
    assert after_fear > after_calm


def test_labels_never_seen_are_next_to_impossible(fitted: EmotionClassifier) -> None:
    unseen = [n for n, emotion in enumerate(Emotion) if emotion not in SAYINGS]
    assert fitted.probabilities([Utterance("甲", "气死我了，滚！")])[0, unseen].max() < 1e-6


def test_no_turns_have_no_probabilities(fitted: EmotionClassifier) -> None:
    assert fitted.probabilities([]).shape == (0, 10)
    assert fitted.label(dialogue("empty", [])).utterances == ()


TURN = st.builds(Utterance, st.sampled_from(["甲", "乙", "丙", "丁"]), st.text(max_size=30))


@settings(max_examples=60, deadline=None)
@given(st.lists(TURN, min_size=1, max_size=12))
def test_probabilities_are_shares_whoever_speaks_and_whatever_is_said(turns: list[Utterance]) -> None:
    classifier = _SMALL[0]
    found = classifier.probabilities(turns)
    assert found.shape == (len(turns), 10)
    assert found.dtype == np.float32
    assert (found >= 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
    labelled = [replace(turn, emotion=Emotion.ANGER, annotator="source") for turn in turns]
    np.testing.assert_array_equal(classifier.probabilities(labelled), found)


_SMALL = [fit(talks("阿朗", 20))]


def test_labels_that_are_there_stay_and_new_ones_say_whose_they_are(fitted: EmotionClassifier) -> None:
    given_turn = Utterance("阿朗", "噗噜噗噜来了", Emotion.DISGUST, annotator="source", tag="(厌恶")
    guessed = Utterance("阿朗", "噗噜噗噜来了", Emotion.OTHER, annotator="extractive", confidence=0.2)
    bare = Utterance("小满", "今晚喀喀嗒嗒", place=PLACE)
    talk = dialogue("one", [given_turn, bare, guessed])
    first, second, third = fitted.label(talk).utterances
    assert (first, third) == (given_turn, guessed)
    assert second == replace(bare, emotion=Emotion.HAPPINESS, annotator="fitted", confidence=second.confidence)
    assert second.confidence == pytest.approx(float(fitted.probabilities(talk.utterances)[1].max()))
    again = fitted.label(talk, overwrite={"extractive"}).utterances
    assert again[0] == given_turn
    assert (again[2].emotion, again[2].annotator) == (Emotion.FEAR, "fitted")


def test_a_saved_classifier_is_the_same_one_and_the_same_bytes(fitted: EmotionClassifier, tmp_path: Path) -> None:
    turns = [turn for talk in talks("宁宁", 4) for turn in talk.utterances]
    fitted.save(tmp_path / "new folder" / "a.npz")
    loaded = EmotionClassifier.load(tmp_path / "new folder" / "a.npz")
    np.testing.assert_array_equal(loaded.probabilities(turns), fitted.probabilities(turns))
    assert loaded.about == fitted.about
    assert loaded.about["turns"] == 180
    loaded.save(tmp_path / "b.npz")
    assert (tmp_path / "b.npz").read_bytes() == (tmp_path / "new folder" / "a.npz").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.npz", "new folder"]


def test_the_same_labels_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        fit(talks("阿朗", 20), seed=3).save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def archive(path: Path, header: object) -> None:
    np.savez(path, header=np.frombuffer(json.dumps(header).encode(), np.uint8))


def test_a_file_that_is_no_classifier_is_refused(fitted: EmotionClassifier, tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    with pytest.raises(SourceError, match="does not exist"):
        EmotionClassifier.load(path)
    with pytest.raises(SourceError, match="is no emotion classifier or is damaged"):
        EmotionClassifier.load(tmp_path)
    for content in (b"", b"hello", b"\x80\x04K\x01.", b"PK\x03\x04rest"):
        path.write_bytes(content)
        with pytest.raises(SourceError, match="is no emotion classifier or is damaged"):
            EmotionClassifier.load(path)
    with path.open("wb") as out:
        np.save(out, np.arange(3))
    with pytest.raises(SourceError, match="no header"):
        EmotionClassifier.load(path)
    np.savez(path, weights=np.arange(3))
    with pytest.raises(SourceError, match="no header"):
        EmotionClassifier.load(path)
    archive(path, {"format": "something else"})
    with pytest.raises(SourceError, match="no emotion classifier"):
        EmotionClassifier.load(path)
    archive(path, {"format": "roleinstruct emotion classifier", "version": 99})
    with pytest.raises(SourceError, match="version 99"):
        EmotionClassifier.load(path)


def test_a_damaged_classifier_is_refused_wherever_it_is_damaged(fitted: EmotionClassifier, tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    fitted.save(path)
    whole = path.read_bytes()
    for cut in range(0, len(whole), max(1, len(whole) // 20)):
        path.write_bytes(whole[:cut])
        with pytest.raises(SourceError):
            EmotionClassifier.load(path)
    for broken in (
        replace(fitted, bias=fitted.bias[:9]),
        replace(fitted, rarity=fitted.rarity[1:]),
        replace(fitted, favour=fitted.favour * np.float32("nan")),
        replace(fitted, grams=fitted.grams[::-1].copy()),
        replace(fitted, grams=np.float32(1)),
    ):
        broken.save(path)
        with pytest.raises(SourceError, match="is damaged"):
            EmotionClassifier.load(path)


def test_prediction_needs_neither_scikit_learn_nor_scipy(fitted: EmotionClassifier, tmp_path: Path) -> None:
    fitted.save(tmp_path / "model.npz")
    program = (
        "import sys; from pathlib import Path; from roleinstruct.generate.classifier import EmotionClassifier; "
        "from roleinstruct.records import Utterance; "
        f"EmotionClassifier.load(Path({str(tmp_path / 'model.npz')!r})).probabilities([Utterance('a', 'so wimbly')]); "
        "print(sorted({'sklearn', 'scipy'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ)
    assert ran.stdout.strip() == "[]"


def test_guesses_of_this_package_teach_nothing(fitted: EmotionClassifier) -> None:
    for annotator in ("extractive", "fitted"):
        with pytest.raises(RecordError, match="0 labelled turns in 0 dialogues"):
            fit(talks("阿朗", 30, annotator=annotator))
    lies = [
        replace(talk, utterances=tuple(replace(turn, emotion=Emotion.ANGER) for turn in talk.utterances))
        for talk in talks("阿朗", 30, annotator="extractive")
    ]
    mixed = fit([*talks("阿朗", 30), *lies])
    np.testing.assert_array_equal(mixed.gram_weights, fitted.gram_weights)


def test_labels_of_people_models_and_nobody_named_teach() -> None:
    thirds = [*talks("阿朗", 10, "a-model"), *talks("宁宁", 10, "human"), *talks("老顾", 10, None)]  # type: ignore[arg-type]
    assert fit(thirds).about["turns"] == 180


def test_an_unlabelled_turn_is_context_and_no_lesson() -> None:
    gaps = [
        replace(talk, utterances=(replace(talk.utterances[0], emotion=None, annotator=None), *talk.utterances[1:]))
        for talk in talks("阿朗", 30)
    ]
    report = evaluate(gaps, folds=3)
    assert report.n == 150


@pytest.mark.parametrize(
    ("dialogues", "message"),
    [
        ([], "0 labelled turns in 0 dialogues are too few"),
        (talks("阿朗", 3), "18 labelled turns in 3 dialogues are too few"),
        ([dialogue("one", [u for talk in talks("阿朗", 30) for u in talk.utterances])], "in 1 dialogues are too few"),
        (
            [dialogue(f"{n}", [Utterance("阿朗", "嗯", Emotion.OTHER)] * 20) for n in range(10)],
            "every turn is labelled other",
        ),
    ],
)
def test_what_cannot_be_learned_from_is_said(dialogues: list[Dialogue], message: str) -> None:
    with pytest.raises(RecordError, match=message):
        fit(dialogues)


def test_two_labels_are_enough_even_where_a_third_of_the_dialogues_has_but_one() -> None:
    made = []
    for number in range(12):
        emotion = (Emotion.HAPPINESS, Emotion.FEAR)[number % 2]
        turns = [Utterance("阿朗", SAYINGS[emotion][turn % 5], emotion) for turn in range(10)]
        made.append(dialogue(f"{number}", turns))
    for chosen in (made, [made[0], made[1]] * 6, made + made[::2]):
        found = fit(chosen).label(dialogue("new", [Utterance("阿朗", "噗噜噗噜"), Utterance("小满", "a grolt")]))
        assert [turn.emotion for turn in found.utterances] == [Emotion.FEAR] * 2


def test_scikit_learn_is_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roleinstruct.errors.find_spec", lambda name: None)
    for run in (fit, evaluate):
        with pytest.raises(MissingExtraError, match=r"roleinstruct\[fit\]"):
            run(talks("阿朗", 30))


def test_the_report_is_out_of_fold_and_adds_up() -> None:
    report = evaluate([*talks("阿朗", 12), *talks("宁宁", 12)], folds=4)
    assert (report.by, report.groups, report.folds, report.n) == ("dialogue", 24, 4, 144)
    assert report.kappa > 0.9 > report.lexicon.kappa
    assert report.majority == pytest.approx(1 / 3)
    assert sum(map(sum, report.confusion)) == sum(found.n for found in report.by_group.values()) == report.n
    assert sum(report.confusion[n][n] for n in range(10)) / report.n == pytest.approx(report.accuracy)
    assert sum(found.n for found in report.reliability) == report.n
    assert set(report.by_group) == set(report.lexicon_by_group) == {f"fold {n}" for n in range(1, 5)}
    written = json.loads(json.dumps(report.as_json()))
    assert written["labels"] == [str(emotion) for emotion in Emotion]
    assert written["lexicon"]["kappa"] == report.lexicon.kappa
    assert written["reliability"][9]["n"] == report.reliability[9].n


def test_labels_that_nothing_explains_give_no_kappa() -> None:
    """Each character has words of its own for each feeling: what is learned from the others says nothing of it."""
    chance, emotions, made = random.Random(0), list(SAYINGS), []
    for index, character in enumerate("甲乙丙丁"):
        for number in range(12):
            felt = [chance.randrange(3) for _ in range(6)]
            turns = [
                Utterance(character, "鸢鹞鹮鹈鹕鸬鹚鹳鹬鸻鹈鸮"[index * 3 + which], emotions[which]) for which in felt
            ]
            made.append(dialogue(f"{character}{number}", turns, character))
    report = evaluate(made)
    assert (report.by, report.groups, report.folds) == ("character", 4, 4)
    assert set(report.by_group) == set("甲乙丙丁")
    assert abs(report.kappa) < 0.25


def test_characters_who_share_their_lines_are_held_out_together() -> None:
    script = ["今天的火车晚了半个小时", "我在站台上等你到天黑了", "雨下得连对面都看不清楚"]
    made = [
        dialogue("1", [Utterance("甲", line) for line in script], "甲"),
        dialogue("2", [Utterance("乙", line) for line in reversed(script)], "乙"),
        dialogue("3", [Utterance("丙", line + "吧，是这样的") for line in script], "丙"),
    ]
    assert group(made) == ["乙 + 甲", "乙 + 甲", "丙"]
    short = [dialogue(name, [Utterance(name, "好的好的")] * 5, name) for name in "甲乙丙"]
    assert group(short) == ["甲", "乙", "丙"]


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(1, 9)), min_size=1), st.integers(2, 5), st.integers(0, 3)
)
def test_a_group_is_dealt_to_one_fold_and_no_fold_is_empty(dealt: list[tuple[str, int]], folds: int, seed: int) -> None:
    groups, weights = [name for name, _ in dealt], [weight for _, weight in dealt]
    found = deal(groups, weights, folds, seed)
    assert len(set(zip(groups, found, strict=True))) == len(set(groups))
    assert set(found) == set(range(min(folds, len(set(groups)))))


def test_one_fold_is_no_test_and_one_script_is_no_test() -> None:
    with pytest.raises(ConfigError, match="1 folds"):
        evaluate(talks("阿朗", 30), folds=1)
    same = [replace(t, character=c, partner="小满") for c in "甲乙丙" for t in _spoken_by(c)]
    with pytest.raises(RecordError, match="there is nobody to test"):
        evaluate(same)


def _spoken_by(character: str) -> list[Dialogue]:
    texts = ["今天的火车晚了半个小时", "我在站台上等你到天黑了", "雨下得连对面都看不清楚"]
    turns = [Utterance(character, text, emotion) for text, emotion in zip(texts, SAYINGS, strict=True)]
    return [dialogue(f"{character}{n}", turns, character) for n in range(20)]


def test_our_own_lines_teach_more_than_the_most_frequent_label() -> None:
    report = evaluate([*lines("family"), *lines("work")], folds=2)
    assert report.n > 500
    assert report.kappa > 0.15
    assert report.ece < 0.15
