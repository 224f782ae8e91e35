"""Profiles from text and from the script."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleinstruct.emotions import Emotion
from roleinstruct.generate.phrases import Phrases
from roleinstruct.generate.profiles import enrich, parse_profile
from roleinstruct.generate.traits import find_traits
from roleinstruct.language import language_of
from roleinstruct.profile_fields import FIELDS, field_named
from roleinstruct.records import CharacterProfile, Dialogue, Place, Utterance

RELEASE = Path(__file__).parents[2] / "shared" / "data" / "rolecraft-release"
SEPARATORS = re.compile(r"[\s；;，,、。.|*：:!！#>·•【】\[\]「」-]")

MESSY = (
    "姓名：陆小满，年龄：31岁;身高：165厘米，生日：5月2日；性格：开朗、富有同情心，同时也非常固执。她从不迟到，也不等人；"
    "爱好：钓鱼、修表,特长：修老式收音机。梦想：开一家店，卖旧书，也卖咖啡；穿着风格：工装，帆布鞋；"
    "喜欢的颜色：墨绿；讨厌的食物：香菜。口头禅：“再说吧”"
)


def parsed(text: str, character: str = "陆小满") -> CharacterProfile:
    return parse_profile(CharacterProfile(character, text=text, place=Place("p.txt", 1, 3)))


def said(identity: str, *lines: tuple[str, str], emotion: Emotion | None = None) -> Dialogue:
    turns = tuple(Utterance(speaker, text, emotion) for speaker, text in lines)
    partner = next((speaker for speaker, _ in lines if speaker != "甲"), "乙")
    return Dialogue(identity, "甲", partner, turns, Place("a.txt", 1, 9))


def test_fields_are_read_through_mixed_separators() -> None:
    fields = parsed(MESSY).fields
    assert fields["name"] == "陆小满"
    assert fields["age"] == "31岁"
    assert fields["hobbies"] == "钓鱼、修表"
    assert fields["specialties"] == "修老式收音机"
    assert fields["dream"] == "开一家店，卖旧书，也卖咖啡"
    assert fields["favourite_colour"] == "墨绿"
    assert fields["dislikes"] == "香菜"
    assert fields["穿着风格"] == "工装，帆布鞋"
    assert fields["口头禅"] == "“再说吧”"


def test_a_profile_knows_its_language_traits_and_place() -> None:
    profile = parsed(MESSY)
    assert profile.language == "zh"
    assert profile.traits == ("开朗", "富有同情心", "固执")
    assert profile.evidence == ("p.txt:1-3",)
    assert profile.text == MESSY


def test_an_english_profile_is_read_alike() -> None:
    profile = parsed(
        "Name: Ada Finch; Age: 44\nPersonality: warm, stubborn and quick-witted. She never forgets a face.\n"
        "- **Favorite color:** green, Catchphrase: Right you are!\nClothing style: overalls; See http://example.org",
        "Ada Finch",
    )
    assert profile.language == "en"
    assert profile.traits == ("warm", "stubborn", "quick-witted")
    assert profile.fields["favourite_colour"] == "green"
    assert profile.fields["Catchphrase"] == "Right you are!"
    assert profile.fields["Clothing style"] == "overalls; See http://example.org"


def test_prose_without_labels_becomes_a_description() -> None:
    assert parsed("她在河边长大。后来当了医生。").fields == {"description": "她在河边长大。后来当了医生。"}
    assert parsed("").fields == {}


def test_speech_and_times_open_no_field() -> None:
    assert parsed("背景：他说：早上8：30见；她答：好").fields == {"background": "他说：早上8：30见；她答：好"}


def test_a_field_given_twice_keeps_both_and_one_that_was_there_comes_first() -> None:
    profile = parse_profile(CharacterProfile("x", fields={"age": "30"}, text="爱好：棋；爱好：茶；年龄：31岁"))
    assert profile.fields == {
        "age": "30；31岁",
        "hobbies": "棋；茶",
    }


@pytest.mark.parametrize(
    ("text", "traits"),
    [
        (
            "热情、坚定、具有领袖气质，同时也非常关心社区。何塞是一个充满激情的人",
            ("热情", "坚定", "具有领袖气质", "关心社区"),
        ),
        ("聪明、充满好奇心，同时也很有创造力。他以机智著称", ("聪明", "充满好奇心", "有创造力")),
        ("小林是一个极富创意和幽默感的青年。有时过于天真", ("极富创意", "幽默感")),
        ("她总是在面对困难时坚持自己的原则。", ()),
        ("kind, a bit shy and very loyal", ("kind", "shy", "loyal")),
        ("", ()),
    ],
)
def test_traits_are_words_not_sentences(text: str, traits: tuple[str, ...]) -> None:
    assert find_traits(text, "小林") == traits


def test_every_label_of_the_template_finds_its_field() -> None:
    assert len(FIELDS) == 19
    for field in FIELDS:
        for word in (field.key, field.zh, field.en.upper(), *field.aliases.split("|")):
            if word:
                assert field_named(word) == field.key
    assert field_named("Favorite Foods") == "favourite_foods"


LABELS = st.sampled_from(["姓名", "爱好", "Age", "Dream", "口头禅", "Weird label", "他说"])
WORDS = st.text("甲乙丙abc 1，、。；;,.：:\n*（）", max_size=20)


@given(st.lists(st.tuples(LABELS, WORDS), max_size=6), WORDS)
def test_nothing_of_the_text_is_lost(parts: list[tuple[str, str]], lead: str) -> None:
    text = lead + "；".join(f"{label}：{value}" for label, value in parts)
    fields = parsed(text).fields
    kept = SEPARATORS.sub("", "".join(fields.values()))
    labels = "".join(label for label, _ in parts)
    for character in set(SEPARATORS.sub("", text)) - set(labels):
        assert kept.count(character) + "".join(fields).count(character) >= min(1, text.count(character))


@given(st.text())
def test_no_text_is_refused(text: str) -> None:
    profile = parsed(text)
    everything = "".join((*profile.fields, *profile.fields.values()))
    if not profile.fields.keys() - {"description"}:
        assert SEPARATORS.sub("", everything.removeprefix("description")) == SEPARATORS.sub("", text)


def test_the_profiles_of_the_release_come_apart() -> None:
    files = sorted(RELEASE.glob("*/*_desc.txt"))
    if not files:
        pytest.skip("the released data is not here")
    for path in files:
        profile = parsed(path.read_text(encoding="utf-8-sig"), path.parent.name)
        assert {"name", "age", "traits", "background", "hobbies", "favourite_films"} <= profile.fields.keys()
        assert "description" not in profile.fields
        assert 2 <= len(profile.traits) <= 5
        assert max(len(profile.fields[key]) for key in ("age", "height", "weight", "birthday", "zodiac")) <= 8


def test_the_script_shows_partners_emotions_and_length() -> None:
    dialogues = [
        said("d1", ("甲", "你好呀"), ("乙", "你好"), emotion=Emotion.HAPPINESS),
        said("d2", ("丙", "走吗"), ("甲", "走"), emotion=Emotion.NEUTRAL),
        said("d3", ("乙", "吃了吗"), ("甲", "吃了面"), emotion=Emotion.NEUTRAL),
    ]
    profile = enrich(CharacterProfile("甲", evidence=("p.txt:1",)), iter(dialogues))
    assert profile.language == "zh"
    assert profile.fields["observed_partners"] == "乙 2、丙 1"
    assert profile.fields["observed_emotions"] == "中立 67%、快乐 33%"
    assert profile.fields["observed_turn_length"] == "平均 2.3 字，共 3 句"
    assert profile.evidence == ("p.txt:1", "observed_partners 乙: d1, d3", "observed_partners 丙: d2")


def test_favourite_phrases_are_the_character_s_own_and_rest_on_dialogues() -> None:
    dialogues = [
        said(f"d{n}", ("乙", "今天去哪里吃饭"), ("甲", f"走你的，{chr(0x4E10 + n)}天再议"), ("乙", "今天去哪里玩"))
        for n in range(30)
    ]
    profile = enrich(CharacterProfile("甲", text="她"), dialogues)
    assert "天再议" in profile.fields["observed_phrases"]
    assert "今天" not in profile.fields["observed_phrases"]
    assert any(re.fullmatch(r"observed_phrases \S+: d0, d1, d2", found) for found in profile.evidence)


def test_a_character_without_dialogues_stays_as_it_came() -> None:
    profile = CharacterProfile("丁", fields={"age": "3"})
    assert enrich(profile, [said("d1", ("甲", "好"), ("乙", "好"))]) is profile


def test_phrases_are_counted_in_bounded_memory() -> None:
    phrases = Phrases(capacity=500)
    for n in range(300):
        phrases.add(chr(0x4E00 + n) + chr(0x5E00 + n) + chr(0x6E00 + n) + "，老规矩办", f"d{n}", mine=True)
        phrases.add(chr(0x4F00 + n) * 4, f"d{n}", mine=False)
    assert [phrase.text for phrase in phrases.favourites(1)] == ["老规矩办"]
    assert phrases.favourites(1)[0].count == 300


@given(st.lists(st.tuples(st.sampled_from("甲乙"), st.text(max_size=30)), max_size=6))
def test_any_script_can_be_looked_at(lines: list[tuple[str, str]]) -> None:
    profile = enrich(CharacterProfile("甲"), [said("d1", *lines)])
    assert all(key.startswith("observed_") for key in profile.fields)


@pytest.mark.parametrize(("text", "language"), [("我爱 rock", "zh"), ("I said 好", "en"), ("12 !", ""), ("", "")])
def test_the_language_is_that_of_most_words(text: str, language: str) -> None:
    assert language_of(text) == language
