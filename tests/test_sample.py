"""The bundled sample corpus is what the documentation says it is."""

import json
from collections import Counter
from pathlib import Path

import pytest

from roleinstruct import Emotion, assets
from roleinstruct.generate.emotions import label
from roleinstruct.metrics.agreement import cohen_kappa
from roleinstruct.records import Boundary, CharacterProfile, Instruction, Place, Utterance
from roleinstruct.sources.corpus import find_material
from roleinstruct.sources.reading import ReadOptions

PEOPLE = ["Maggie Doyle", "苏小棠", "郝建国", "顾敏"]
SAMPLE = assets.find("builders/sample")


@pytest.fixture(scope="module")
def events() -> dict[str, list[object]]:
    """All events of each person's files, a file's beginning counting as a boundary."""
    return {
        material.character: [event for file in material.files for event in [None, *file.events(ReadOptions())]]
        for material in find_material(SAMPLE / "raw")
    }


def gold(person: str) -> list[dict[str, str]]:
    lines = (SAMPLE / "gold" / f"{person}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_four_people_speak_in_all_formats_but_the_corpora_of_others() -> None:
    found = {m.character: {file.detected.format for file in m.files} for m in find_material(SAMPLE / "raw")}
    assert sorted(found) == ["", *sorted(PEOPLE)]
    formats = set().union(*found.values())
    assert formats == {"rolecraft", "chats", "table", "subtitles", "messenger", "profile", "screenplay"}


@pytest.mark.parametrize("person", PEOPLE)
def test_each_has_scenes_a_profile_questions_and_answers(events: dict[str, list[object]], person: str) -> None:
    own = events[person]
    spoken = [n for n, event in enumerate(own) if isinstance(event, Utterance)]
    begins = [n for n in spoken if not isinstance(own[n - 1], Utterance)]
    scenes = sum(1 for n in begins if any(e is None or isinstance(e, Boundary) for e in _before(own, n)))
    assert scenes >= 24
    assert len(spoken) >= 320
    profiles = [event for event in own if isinstance(event, CharacterProfile) and event.place]
    assert [p.place.file.rpartition("/")[2] for p in profiles if p.place and not is_chat(p.place)] == ["profile.txt"]
    asked = [e for e in own if isinstance(e, Instruction) and e.kind == "specific"]
    told = [e for e in own if isinstance(e, Instruction) and e.kind == "general"]
    assert len({e.instruction for e in asked}) == 30
    assert len({e.instruction for e in told}) == 40


def is_chat(place: Place) -> bool:
    """Whether it is what the system text of a chat says of the assistant, who has a profile besides."""
    return place.file.endswith(".jsonl")


def _before(events: list[object], position: int) -> list[object]:
    """What stands between a line and the line before it."""
    found: list[object] = []
    while position and not isinstance(events[position - 1], Utterance):
        position -= 1
        found.append(events[position])
    return found


def test_every_general_instruction_has_a_neutral_answer(events: dict[str, list[object]]) -> None:
    neutral = {e.instruction for e in events[""] if isinstance(e, Instruction) and e.raw_response}
    assert len(neutral) == 80
    for person in PEOPLE:
        own = {e.instruction for e in events[person] if isinstance(e, Instruction) and e.kind == "general"}
        assert own <= neutral


@pytest.mark.parametrize("person", PEOPLE)
def test_hand_set_labels_are_of_lines_that_are_there(events: dict[str, list[object]], person: str) -> None:
    said = {"".join(e.text.split()) for e in events[person] if isinstance(e, Utterance)}
    rows = gold(person)
    found = sum(any("".join(row["text"].split()) in text for text in said) for row in rows)
    assert found >= 0.95 * len(rows)
    assert set(Counter(row["emotion"] for row in rows)) == {emotion.value for emotion in Emotion}


def test_the_hand_set_labels_are_many_and_the_lexicon_agrees_with_them() -> None:
    rows = [row for person in PEOPLE for row in gold(person)]
    assert len(rows) >= 300
    scenes = [[Utterance("", row["previous"]), Utterance(row["speaker"], row["text"])] for row in rows]
    found = [label(scene)[-1].value for scene in scenes]
    assert cohen_kappa([row["emotion"] for row in rows], found) > 0.25


def test_the_corpus_is_untidy_on_purpose() -> None:
    encodings = {f.head.encoding for m in find_material(SAMPLE / "raw") for f in m.files}
    assert {"utf-8", "gb18030", "utf-16-le", "cp1252"} <= encodings
    assert not any(path.stat().st_size > 200_000 for path in Path(SAMPLE).rglob("*"))
