"""What every reader promises, whatever it is given: its events or a stated error, and places that are in the file."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.errors import RoleInstructError
from roleinstruct.records import Boundary, CharacterProfile, Notice, Rejected, Utterance
from roleinstruct.sources import cped
from roleinstruct.sources.detect import FORMATS, detect
from roleinstruct.sources.reading import Head, ReadOptions
from roleinstruct.sources.text import look

PIECES = [
    *("王芳：好", "Anna: (angry) No", "（雨声）", "第一场 夜", "[", "]", '{"role":'),
    *('{"role": "甲", "content": "(愤怒)好"}', "名字：甲，年龄：3岁；身高：1；爱好：无"),
    *('{"instruction": "问", "generated": ["答", ""]}', '{"messages": [{"role": "user", "content": "hi"}]}', "甲,好,1"),
    *("speaker,text", "1", "00:00:01,000 --> 00:00:02,000", "2024-03-05 21:14:08 苏小棠"),
    *("TV_ID,Dialogue_ID,Utterance_ID,Speaker,Emotion,Utterance", "1,d,u,甲,anger,好", '"', "", "\t", "\x00", "\ufeff"),
    *("Dialogue: 0,0:00:01.00,0:00:02.00,Default,甲,0,0,0,,好", "[Events]"),
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any")


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=12), raw=st.binary(max_size=12))
@pytest.mark.parametrize("name", FORMATS)
def test_a_reader_gives_events_or_a_stated_error(folder: Path, name: str, lines: list[str], raw: bytes) -> None:
    path = folder / "any.txt"
    path.write_bytes("\n".join(lines).encode("utf-8", "replace") + raw)
    try:
        head = look(path, "any.txt")
        read(head, name)
        FORMATS[name].fits(head)
        detect(head)
    except RoleInstructError as error:
        assert "\n" not in str(error)  # noqa: PT017 - no error is right as well


def read(head: Head, name: str) -> None:
    """Read all events, and hold their places against the file."""
    last = max(1, len(head.path.read_bytes().replace(b"\r", b"\n").split(b"\n")) + 1)
    for event in FORMATS[name].read(head, ReadOptions()):
        if event.place is not None:
            assert event.place.file == head.name
            assert 1 <= event.place.first <= event.place.last <= last
        if isinstance(event, Utterance):
            assert event.speaker
            assert event.text


CELLS = st.sampled_from(["1", "甲", "乙", "anger", "jealous", "好", "好，走", "", " ", 'a"b', "两\n行"])
COLUMNS = ("TV_ID", "Dialogue_ID", "Utterance_ID", "Speaker", "Gender", "Emotion", "Utterance")


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(st.lists(CELLS, min_size=7, max_size=7), min_size=1, max_size=12))
def test_every_row_of_cped_is_an_utterance_or_a_rejection(folder: Path, rows: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([COLUMNS, *rows])
    path = folder / "cped.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    try:
        events = list(cped.read(look(path, "cped.csv"), ReadOptions()))
    except RoleInstructError as error:
        assert "not one utterance" in str(error)  # noqa: PT017
        return
    kept = [e for e in events if not isinstance(e, Boundary | CharacterProfile | Notice)]
    assert all(isinstance(e, Utterance | Rejected) for e in kept)
    assert sum(e.lines for e in kept if isinstance(e, Utterance | Rejected)) == len(rows)
