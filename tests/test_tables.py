"""Tables of utterances, and of questions with answers."""

import csv
import datetime
import io
import json
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.emotions import Emotion
from roleinstruct.errors import ConfigError, SourceError
from roleinstruct.records import Boundary, Event, Instruction, Notice, Rejected, Utterance
from roleinstruct.sources import tables
from roleinstruct.sources.delimited import records
from roleinstruct.sources.reading import Head, ReadOptions
from roleinstruct.sources.text import look


def _head(tmp_path: Path, text: str, name: str = "a.csv") -> Head:
    (tmp_path / name).write_text(text, "utf-8", newline="")
    return look(tmp_path / name, name)


def _read(tmp_path: Path, text: str, **options: dict[str, str]) -> list[Event]:
    return list(tables.read(_head(tmp_path, text), ReadOptions(**options)))  # type: ignore[arg-type]


def _said(events: list[Event]) -> list[tuple[str, str, str]]:
    return [(e.speaker, e.text, str(e.place)) for e in events if isinstance(e, Utterance)]


def _reasons(events: list[Event]) -> list[str]:
    return [e.reason for e in events if isinstance(e, Rejected)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "names", ["speaker,text", "说话人,内容", "Role,Utterance", "角色,台词", "name,message", '"speaker","text"']
)
def test_well_known_names_are_known_under_every_delimiter(tmp_path: Path, delimiter: str, names: str) -> None:
    text = f"{names}\n甲,你好\n乙,再见\n".replace(",", delimiter)
    assert tables.fits(_head(tmp_path, text))
    assert _said(_read(tmp_path, text)) == [("甲", "你好", "a.csv:2"), ("乙", "再见", "a.csv:3")]


def test_quoted_cells_hold_delimiters_quotes_and_line_ends(tmp_path: Path) -> None:
    events = _read(tmp_path, 'speaker,text\r\n甲,"一,\r\n\r\n""二"""\r\n\r\n乙,三\r\n')
    assert _said(events) == [("甲", '一,\n\n"二"', "a.csv:2-4"), ("乙", "三", "a.csv:6")]


def test_what_excel_and_people_put_around_cells_is_no_text(tmp_path: Path) -> None:
    for text in ('sep=;\nspeaker;text\n甲;"你;好"\n', '\nspeaker, text\n甲, "你;好"\n'):
        assert _said(_read(tmp_path, text)) == [("甲", "你;好", "a.csv:3")]


def test_the_first_of_two_columns_of_one_name_counts(tmp_path: Path) -> None:
    assert _said(_read(tmp_path, "speaker,text,text\n甲,你好,x\n")) == [("甲", "你好", "a.csv:2")]


def test_the_line_under_the_head_of_a_markdown_table_is_no_utterance(tmp_path: Path) -> None:
    events = _read(tmp_path, "|speaker|text|\n|---|:---|\n|甲|好|\n|乙||\n")
    assert _said(events) == [("甲", "好", "a.csv:3")]
    assert _reasons(events) == ["ruled_row", "empty_text"]


def test_an_instruction_has_its_input_below_it(tmp_path: Path) -> None:
    events = _read(
        tmp_path, '{"instruction": "译", "input": "你好", "output": "Hi"}\n{"prompt": "问", "completion": "答"}\n'
    )
    assert [e.instruction for e in events if isinstance(e, Instruction)] == ["译\n你好"]
    (event,) = _read(tmp_path, '{"prompt": "问", "completion": "答"}\n')
    assert isinstance(event, Instruction)
    assert event.responses == ("答",)


def test_an_open_quote_costs_no_other_line(tmp_path: Path) -> None:
    events = _read(tmp_path, 'speaker,text,x\n甲,"没有,1\n乙,好,2\n丙,"好"吗,3\n"丁"\n丁,"再见,啊\n')
    texts = [(speaker, text) for speaker, text, _ in _said(events)]
    assert texts == [("甲", '"没有'), ("乙", "好"), ("丙", '"好"吗'), ("丁", '"再见')]
    assert _reasons(events) == ["short_row"]


def test_a_quote_that_stays_open_for_long_does_not_swallow_the_file(tmp_path: Path) -> None:
    assert len(_said(_read(tmp_path, 'speaker,text\n甲,"好\n' + "乙,好\n" * 3000))) == 3001


def test_rows_that_cannot_be_used_are_rejected_with_their_reasons(tmp_path: Path) -> None:
    events = _read(tmp_path, 'text,speaker,id\n好,甲,1\n好\n,甲,1\n好,,1\n好,甲,1,2\n好,甲,1,\n"好,甲\n')
    assert _reasons(events) == ["short_row", "empty_text", "missing_speaker", "long_row", "broken_row"]
    assert len(_said(events)) == 2


def test_unquoted_delimiters_in_the_last_column_are_text(tmp_path: Path) -> None:
    assert _said(_read(tmp_path, "speaker,text\n甲,一,二\n"))[0][1] == "一,二"


def test_a_new_dialogue_id_is_a_boundary(tmp_path: Path) -> None:
    events = _read(tmp_path, "通话编号,说话人,内容\n1,客服,好\n1,客户,好\n,客户,好\n2,客服,好\n")
    assert [e.title for e in events if isinstance(e, Boundary)] == ["1", "2"]
    assert [type(e) for e in events] == [Boundary, Utterance, Utterance, Utterance, Boundary, Utterance]


def test_emotion_words_are_read_by_the_users_table_and_the_ten(tmp_path: Path) -> None:
    text = "speaker,text,emotion\n甲,一,愤怒\n甲,二,E3\n甲,三,\n甲,四,odd\n甲,五,odd\n"
    events = _read(tmp_path, text, labels={"e3": "joy"})
    emotions = [e.emotion for e in events if isinstance(e, Utterance)]
    assert emotions == [Emotion.ANGER, Emotion.HAPPINESS, None, None, None]
    assert [str(e.place) for e in events if isinstance(e, Notice)] == ["a.csv:5"]


def test_without_an_emotion_column_a_tag_is_read(tmp_path: Path) -> None:
    (event,) = _read(tmp_path, "speaker,text\n甲,(愤怒)滚\n")
    assert isinstance(event, Utterance)
    assert (event.emotion, event.text) == (Emotion.ANGER, "滚")


def test_questions_and_answers_become_instructions(tmp_path: Path) -> None:
    events = _read(tmp_path, "角色,问题,回答\n甲,你是谁？,我是甲。\n甲,,好\n甲,问,\n")
    assert [(e.character, e.instruction, e.responses) for e in events if isinstance(e, Instruction)] == [
        ("甲", "你是谁？", ("我是甲。",))
    ]
    assert _reasons(events) == ["missing_instruction", "empty_answer"]


def test_a_column_map_names_the_columns(tmp_path: Path) -> None:
    text = "who,what,text\n甲,你好,x\n"
    assert tables.fits(_head(tmp_path, text)) is None
    assert _said(_read(tmp_path, text, columns={"speaker": "who", "text": "what"}))[0][:2] == ("甲", "你好")


def test_a_map_with_a_column_that_is_not_there_lists_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no column 'Who' for the speaker; it has who, what"):
        _read(tmp_path, "who,what\n甲,好\n", columns={"speaker": "Who", "text": "what"})
    with pytest.raises(ConfigError, match="'txt' is nothing"):
        _read(tmp_path, "who,what\n甲,好\n", columns={"txt": "what"})
    with pytest.raises(
        SourceError, match=r"none of them known .*: give a column map, such as --column speaker=谁 --column text=内容"
    ):
        _read(tmp_path, "who,what\n甲,好\n")


@pytest.mark.parametrize("text", ["speaker,text\n", "speaker,text", "just one line", "甲：你好，吗\n乙：不好\n"])
def test_a_table_without_rows_and_what_is_no_table_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceError):
        _read(tmp_path, text)


@pytest.mark.parametrize(
    "text", ["speaker\n甲\n", "甲：你好，吗\n乙：不好\n", "INT. ROOM, DAY\nHello, name, text.\n", '{"a": 1}', "x"]
)
def test_other_texts_do_not_fit(tmp_path: Path, text: str) -> None:
    assert tables.fits(_head(tmp_path, text)) is None


def test_json_objects_are_rows(tmp_path: Path) -> None:
    rows = [{"speaker": "甲", "text": "好", "call_id": 1}, {"speaker": "乙", "text": ["x"]}, {"speaker": "乙"}]
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + '\n3\n{"speaker": \n'
    head = _head(tmp_path, text, "a.jsonl")
    assert tables.fits(head) == "columns speaker and text"
    events = list(tables.read(head, ReadOptions()))
    assert [type(e) for e in events[:2]] == [Boundary, Utterance]
    assert _reasons(events) == ["wrong_type", "empty_text", "wrong_type", "broken_json"]


def test_parquet_counts_rows(tmp_path: Path) -> None:
    when = datetime.datetime(2026, 1, 1)
    table = pyarrow.table(
        {"speaker": ["甲", "乙", None], "text": ["你好", "再见", "x"], "at": [when] * 3, "session": [1, 1, 2]}
    )
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet", row_group_size=2)
    head = look(tmp_path / "a.parquet", "a.parquet")
    assert tables.fits(head) == "columns speaker and text"
    events = list(tables.read(head, ReadOptions()))
    assert _said(events) == [("甲", "你好", "a.parquet:1"), ("乙", "再见", "a.parquet:2")]
    assert _reasons(events) == ["missing_speaker"]
    json.dumps([e.payload for e in events if isinstance(e, Rejected)])


def test_damaged_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1" + bytes(100))
    with pytest.raises(SourceError, match="cannot be read as one"):
        list(tables.read(look(tmp_path / "a.parquet", "a.parquet"), ReadOptions()))


_CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters='\n",;'), max_size=8)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(_CELL, _CELL), max_size=5), st.sampled_from(",;\t|"))
def test_whatever_csv_writes_is_read_back(rows: list[tuple[str, str]], delimiter: str) -> None:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([("a", "b"), *rows])
    found = list(records(enumerate(file.getvalue().split("\n"), start=1), delimiter))
    assert [tuple(row.cells) for row in found] == [("a", "b"), *rows]
    assert [row.first for row in found[1:]] == [row.last + 1 for row in found[:-1]]


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet='a甲,"\n', max_size=40))
def test_no_table_raises_and_every_line_is_accounted_for(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    try:
        events = _read(tmp_path_factory.getbasetemp(), "speaker,text\n甲,好\n" + text)
    except SourceError:
        return
    covered = {n for e in events if e.place for n in range(e.place.first, e.place.last + 1)}
    assert covered >= {n for n, line in enumerate(text.split("\n"), start=3) if line}
