"""The CPED corpus."""

from collections import Counter, defaultdict
from pathlib import Path

import pytest

from roleinstruct.emotions import Emotion
from roleinstruct.errors import SourceError
from roleinstruct.records import Boundary, CharacterProfile, Event, Notice, Rejected, Utterance
from roleinstruct.sources import cped
from roleinstruct.sources.reading import ReadOptions
from roleinstruct.sources.text import look

_VALID = Path(__file__).parents[2] / "shared" / "data" / "cped" / "valid_split.csv"
_HEADER = "TV_ID,Dialogue_ID,Utterance_ID,Speaker,Gender,Age,Neuroticism,Emotion,DA,Utterance\n"


def _read(tmp_path: Path, text: str, **options: dict[str, str]) -> list[Event]:
    (tmp_path / "a.csv").write_text(text, "utf-8-sig")
    return list(cped.read(look(tmp_path / "a.csv", "a.csv"), ReadOptions(**options)))  # type: ignore[arg-type]


@pytest.mark.skipif(not _VALID.is_file(), reason="CPED is not here")
def test_the_validation_split_is_read_whole() -> None:
    head = look(_VALID, "valid_split.csv")
    assert cped.fits(head)
    speakers: defaultdict[str, set[str]] = defaultdict(set)
    seen: Counter[str] = Counter()
    dialogue = ""
    for event in cped.read(head, ReadOptions()):
        seen[type(event).__name__] += 1
        if isinstance(event, Boundary):
            dialogue = event.title
        elif isinstance(event, Utterance):
            assert event.emotion is not None
            seen[event.emotion] += 1
            speakers[dialogue].add(event.speaker)
    assert (seen["Boundary"], len(speakers), seen["Utterance"]) == (934, 934, 11_137)
    assert sum(len(names) > 2 for names in speakers.values()) == 9
    assert seen["Rejected"] == seen["Notice"] == 0
    assert seen["CharacterProfile"] == len(set().union(*speakers.values()))
    assert (seen[Emotion.FEAR], seen[Emotion.FRUSTRATION], seen[Emotion.HAPPINESS]) == (661 + 117, 1446, 370)


def test_each_dialogue_is_opened_by_its_id_and_speakers_come_last(tmp_path: Path) -> None:
    text = _HEADER + "1,d1,u,甲,male,young,high,depress,q,好\n1,d1,u,乙,female,unknown,low,worried,q,好\n"
    text += "1,d2,u,甲,male,old,high,neutral,q,好\n1,d2,u,甲,male,old,low,astonished,q,好\n"
    events = _read(tmp_path, text)
    assert [e.title for e in events if isinstance(e, Boundary)] == ["d1", "d2"]
    assert [e.emotion for e in events if isinstance(e, Utterance)] == [
        Emotion.FRUSTRATION, Emotion.FEAR, Emotion.NEUTRAL, Emotion.SURPRISE,
    ]  # fmt: skip
    assert [(e.character, e.fields) for e in events[-2:] if isinstance(e, CharacterProfile)] == [
        ("甲", {"gender": "male", "age": "old", "neuroticism": "high"}),
        ("乙", {"gender": "female", "neuroticism": "low"}),
    ]


def test_an_unknown_emotion_is_said_once_and_costs_no_line(tmp_path: Path) -> None:
    row = "1,d1,u,甲,male,young,high,jealous,q,好\n"
    events = _read(tmp_path, _HEADER + row + row)
    assert [e.emotion for e in events if isinstance(e, Utterance)] == [None, None]
    assert [e.message for e in events if isinstance(e, Notice)] == [
        "the emotion 'jealous' is none of the ten and has no place in the label table: its lines have none."
    ]


def test_the_users_labels_replace_the_table(tmp_path: Path) -> None:
    rows = "1,d,u,甲,,,,depress,q,好\n1,d,u,甲,,,,anger,q,好\n"
    events = _read(tmp_path, _HEADER + rows, labels={"depress": "sadness"})
    assert [e.emotion for e in events if isinstance(e, Utterance)] == [Emotion.SADNESS, None]


def test_rows_that_cannot_be_used_are_rejected(tmp_path: Path) -> None:
    rows = "1,d,u,甲,,,,anger,q,好\n1,d,u,甲\n1,d,u,甲,,,,anger,q, \n1,d,u,,,,,anger,q,好\n1,d,u,甲,,,,anger,q,好,好\n"
    events = _read(tmp_path, _HEADER + rows + '"1,d\n')
    assert [e.reason for e in events if isinstance(e, Rejected)] == [
        "short_row", "empty_text", "missing_speaker", "long_row", "broken_row",
    ]  # fmt: skip


def test_what_is_not_cped_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="lacks CPED's column Dialogue_ID"):
        _read(tmp_path, "Speaker,Emotion,Utterance\n甲,anger,好\n")
    with pytest.raises(SourceError, match="not one utterance"):
        _read(tmp_path, _HEADER)


def test_every_emotion_of_the_table_is_one_of_the_ten() -> None:
    assert {Emotion(name) for name in cped.EMOTIONS.values()} == set(Emotion) - {Emotion.EXCITEMENT}
