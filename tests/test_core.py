from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roleinstruct.emotions import Emotion
from roleinstruct.errors import LabelError, MissingExtraError, RecordError, RoleInstructError, needs_extra
from roleinstruct.records import Dialogue, Place, Utterance


def test_the_ten_emotions_stand_in_the_papers_order() -> None:
    names = "anger disgust fear happiness sadness surprise neutral frustration excitement other"
    assert [e.value for e in Emotion] == names.split()
    assert "".join(e.zh for e in Emotion) == "愤怒厌恶恐惧快乐悲伤惊讶中立沮丧兴奋其他"


@pytest.mark.parametrize(
    ("word", "emotion"),
    [
        ("沮丧", Emotion.FRUSTRATION),
        ("frustrated", Emotion.FRUSTRATION),
        ("(其他", Emotion.OTHER),
        ("((其他))", Emotion.OTHER),
        ("（中性）", Emotion.NEUTRAL),
        ("【憤怒】", Emotion.ANGER),
        ("激动", Emotion.EXCITEMENT),
        ("生气", Emotion.ANGER),
        (" Sadness. ", Emotion.SADNESS),
        ("grateful", Emotion.OTHER),
        ("ＨＡＰＰＹ", Emotion.HAPPINESS),
        ("悲傷", Emotion.SADNESS),
    ],
)
def test_a_label_is_read_as_people_and_damage_write_it(word: str, emotion: Emotion) -> None:
    assert Emotion.parse(word) is emotion


@given(st.text())
def test_any_other_word_is_a_label_error_that_names_the_ten(word: str) -> None:
    known = set()
    with suppress(LabelError):
        known.add(Emotion.parse(word))
    if not known:
        with pytest.raises(LabelError, match="沮丧"):
            Emotion.parse(word)


def test_every_label_reads_itself_in_both_languages() -> None:
    for emotion in Emotion:
        assert Emotion.parse(emotion.value) is Emotion.parse(emotion.zh) is emotion


def test_a_dialogue_with_a_third_speaker_is_refused() -> None:
    with pytest.raises(RecordError, match="丙 speaks in it"):
        Dialogue("x-1", "甲", "乙", (Utterance("甲", "好"), Utterance("丙", "好")), Place("a.txt", 1, 2))


@given(st.text(min_size=1), st.integers(1, 10**9), st.integers(0, 10**6))
def test_a_place_reads_back_what_it_wrote(file: str, first: int, more: int) -> None:
    place = Place(file, first, first + more)
    assert Place.parse(str(place)) == place


@pytest.mark.parametrize("text", ["", "a.txt", "a.txt:", "a.txt:x", "a.txt:3-x"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(RecordError, match="no source place"):
        Place.parse(text)


def test_a_missing_extra_names_the_command_that_brings_it() -> None:
    needs_extra("core", "json")
    with pytest.raises(MissingExtraError, match=r"pip install 'roleinstruct\[train\]'"):
        needs_extra("train", "json", "a_module_that_is_not_there")


def test_every_error_is_also_the_built_in_it_resembles() -> None:
    for kind in RoleInstructError.__subclasses__():
        assert len(kind.__bases__) == 2
