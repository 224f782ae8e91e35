"""The authors' release as it was published, and rows in its shapes."""

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.emotions import Emotion
from roleinstruct.errors import SourceError
from roleinstruct.records import Boundary, CharacterProfile, Event, Instruction, Rejected, Utterance
from roleinstruct.sources import profile_text, rolecraft
from roleinstruct.sources.reading import Head, ReadOptions
from roleinstruct.sources.text import look

_RELEASE = Path(__file__).parents[2] / "shared" / "data" / "rolecraft-release"


def _head(tmp_path: Path, *rows: object, name: str = "a.json") -> Head:
    path = tmp_path / name
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in rows), "utf-8")
    return look(path, name)


def _read(tmp_path: Path, *rows: object) -> list[Event]:
    return list(rolecraft.read(_head(tmp_path, *rows), ReadOptions()))


def _reasons(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.unit, event.reason) for event in events if isinstance(event, Rejected)]


@pytest.mark.skipif(not _RELEASE.is_dir(), reason="the authors' release is not here")
def test_the_release_is_read_without_loss() -> None:
    seen: Counter[str] = Counter()
    for path in sorted(path for path in _RELEASE.rglob("*") if path.is_file()):
        head = look(path, path.relative_to(_RELEASE).as_posix())
        reader = rolecraft if path.suffix != ".txt" else profile_text
        assert reader.fits(head), path
        assert not (profile_text if reader is rolecraft else rolecraft).fits(head), path
        for event in reader.read(head, ReadOptions()):
            seen[event.kind if isinstance(event, Instruction) else type(event).__name__] += 1
            if isinstance(event, Utterance):
                seen["with emotion"] += event.emotion is not None
            elif isinstance(event, Instruction):
                seen[f"{event.kind} answers"] += len(event.responses)
            elif isinstance(event, Rejected):
                seen[event.reason] += 1
    assert seen == {
        "Utterance": 59_682,
        "with emotion": 59_682,
        "specific": 5_648,
        "specific answers": 5_648,
        "general": 85_972 - 3,
        # 86,420 entries of `generated`; 217 rows hold lists of lists, 434 entries of them with 784 answers.
        "general answers": 86_420 - 434 + 784,
        "Rejected": 3,
        "empty_answer": 3,
        "CharacterProfile": 12,
    }


def test_a_script_line_gives_role_tag_text_and_place(tmp_path: Path) -> None:
    events = _read(
        tmp_path, {"role": "(其他)", "content": "(惊讶) 哇！ "}, {"role": "李娜：", "content": "没有标签", "x": 1}
    )
    assert [(e.speaker, e.text, e.emotion, str(e.place)) for e in events if isinstance(e, Utterance)] == [
        ("其他", "哇！", Emotion.SURPRISE, "a.json:1"),
        ("李娜", "没有标签", None, "a.json:2"),
    ]


def test_bare_tags_are_read_only_where_most_lines_have_tags(tmp_path: Path) -> None:
    tagged = [{"role": "甲", "content": "(中立)好"}] * 3
    bare = {"role": "甲", "content": "沮丧你知道吗"}
    last = _read(tmp_path, *tagged, bare)[-1]
    assert isinstance(last, Utterance)
    assert (last.emotion, last.text) == (Emotion.FRUSTRATION, "你知道吗")
    alone = _read(tmp_path, bare)[-1]
    assert isinstance(alone, Utterance)
    assert (alone.emotion, alone.text) == (None, "沮丧你知道吗")


def test_a_tag_that_is_no_emotion_stays_in_the_text(tmp_path: Path) -> None:
    (event,) = _read(tmp_path, {"role": "甲", "content": "(挠头)好"})
    assert isinstance(event, Utterance)
    assert (event.emotion, event.text) == (None, "(挠头)好")


def test_rows_are_told_by_their_keys_in_one_file(tmp_path: Path) -> None:
    events = _read(
        tmp_path,
        {"role": "甲", "content": "(中立)好"},
        {"role": "甲", "instruction": "问？", "generated": ["一", " ", "二"]},
        {"instruction": "你是谁？", "generated": "我是甲。"},
        {"instruction": "一加一？", "raw_response": "二。"},
        {"instruction": "一加一？", "generated": [["二"], ["三", None]]},
    )
    assert [(e.kind, e.character, e.responses, e.raw_response) for e in events if isinstance(e, Instruction)] == [
        ("general", "甲", ("一", "二"), None),
        ("specific", "", ("我是甲。",), None),
        ("general", "", (), "二。"),
        ("specific", "", ("二", "三"), None),
    ]


@pytest.mark.parametrize(
    ("row", "unit", "reason"),
    [
        ({"role": "甲", "instruction": "问"}, "general", "missing_answer"),
        ({"instruction": "问"}, "specific", "missing_answer"),
        ({"role": "甲", "instruction": "问", "generated": ""}, "general", "empty_answer"),
        ({"role": "甲", "instruction": "问", "generated": ["", " "]}, "general", "empty_answer"),
        ({"role": "甲", "instruction": "问", "generated": None}, "general", "empty_answer"),
        ({"instruction": "问", "raw_response": " "}, "general", "empty_answer"),
        ({"role": "甲", "instruction": " ", "generated": "答"}, "general", "missing_instruction"),
        ({"generated": "答"}, "specific", "missing_instruction"),
        ({"instruction": 3, "generated": "答"}, "specific", "wrong_type"),
        ({"instruction": "问", "generated": {"a": 1}}, "specific", "wrong_type"),
        ({"role": ["甲"], "content": "x"}, "utterance", "wrong_type"),
        ({"role": "甲", "content": 3}, "utterance", "wrong_type"),
        ({"role": "甲", "content": "(中立) "}, "utterance", "empty_text"),
        ({"role": "甲", "content": None}, "utterance", "empty_text"),
        ({"role": "", "content": "x"}, "utterance", "missing_role"),
        ({"foo": 1}, "utterance", "unknown_shape"),
        ("3", "utterance", "wrong_type"),
        ('{"role": "甲", "content": "x', "utterance", "broken_json"),
    ],
)
def test_a_row_that_cannot_be_used_is_rejected_with_its_reason(
    tmp_path: Path, row: object, unit: str, reason: str
) -> None:
    events = _read(tmp_path, {"role": "甲", "content": "好"}, {"role": "甲", "content": "好"}, row)
    assert _reasons(events) == [(unit, reason)]
    assert len(events) == 3
    json.dumps(events[2].payload)  # type: ignore[union-attr]


def test_a_broken_line_is_taken_for_what_most_rows_are(tmp_path: Path) -> None:
    row = {"role": "甲", "instruction": "问", "generated": "答"}
    assert _reasons(_read(tmp_path, row, '{"role": "甲", "instruction": "问",', row)) == [("general", "broken_json")]


def test_blank_lines_between_scenes_are_boundaries(tmp_path: Path) -> None:
    row = {"role": "甲", "content": "好"}
    events = _read(tmp_path, row, row, "", "", row, row, row)
    assert [type(event) for event in events] == [Utterance] * 2 + [Boundary] + [Utterance] * 3
    assert not any(isinstance(event, Boundary) for event in _read(tmp_path, row, "", row, "", row, "", row))


@pytest.mark.parametrize(
    "rows",
    [
        [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}],
        [{"messages": []}],
        ["甲：你好", "乙：你好"],
        [{"speaker": "甲", "text": "好"}],
        [{"instruction": "问", "input": "", "output": "答"}],
    ],
)
def test_other_shapes_are_not_taken(tmp_path: Path, rows: list[object]) -> None:
    assert rolecraft.fits(_head(tmp_path, *rows)) is None


def test_a_file_without_any_row_of_the_shapes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"a\.json holds no row"):
        _read(tmp_path, {"a": 1})


@pytest.mark.parametrize(
    "text",
    [
        "名字：桃子；年龄：20岁；身高：160厘米；喜欢的颜色：浅蓝色",
        "名字：小棠\n年齡：30\n星座：獅子座\n愛好：閱讀\n",
        "Name: Maggie Lee; Age: 30; Height: 170 cm; Favourite colour: blue.",
        "# Name: Maggie\n- **Age**: 30\n- Hobbies: chess\n- Dream: to travel\n",
    ],
)
def test_a_paragraph_of_fields_is_a_profile(tmp_path: Path, text: str) -> None:
    head = _head(tmp_path, text, name="p.txt")
    assert profile_text.fits(head)
    (event,) = profile_text.read(head, ReadOptions())
    assert isinstance(event, CharacterProfile)
    assert (event.character, event.text) == ("", text.strip())


def test_a_profile_may_be_a_json_object_or_stand_under_a_heading(tmp_path: Path) -> None:
    fields = {"名字": "桃子", "年龄": 20, "性格": ["直爽", "热心"], "爱好": {"主要": "做饭"}}
    for text in (
        json.dumps(fields, ensure_ascii=False, indent=2),
        "# 桃子\n\n- **名字**：桃子\n年龄：20\n性格：直爽\n爱好：无",
    ):
        head = _head(tmp_path, text, name="p.txt")
        assert profile_text.fits(head)
        (event,) = profile_text.read(head, ReadOptions())
        assert isinstance(event, CharacterProfile)
        assert "20" in event.text
        assert "{" not in event.text


@pytest.mark.parametrize(
    "text",
    ["甲：你好\n乙：你好\n", "名字：桃子。她说：年龄不重要。", '{"名字": "甲", "年龄": "3"}', "Name: a\nHello: b"],
)
def test_other_texts_are_no_profile(tmp_path: Path, text: str) -> None:
    assert profile_text.fits(_head(tmp_path, text, name="p.txt")) is None


_CELL = (
    st.none()
    | st.integers()
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
    | st.lists(st.text("a ", max_size=2), max_size=2)
)
_ROW = st.dictionaries(st.sampled_from(["role", "content", "instruction", "generated", "raw_response"]), _CELL)


@settings(max_examples=150, deadline=None)
@given(st.lists(_ROW, min_size=1, max_size=5))
def test_every_row_becomes_one_record_or_one_rejection(
    tmp_path_factory: pytest.TempPathFactory, rows: list[object]
) -> None:
    try:
        events = _read(tmp_path_factory.getbasetemp(), *rows)
    except SourceError:
        return
    assert len([event for event in events if not isinstance(event, Boundary)]) == len(rows)


def test_a_word_of_the_users_is_a_tag(tmp_path: Path) -> None:
    head = _head(tmp_path, {"role": "Bo", "content": "(annoyed) No"})
    (event,) = rolecraft.read(head, ReadOptions(labels={"annoyed": "anger"}))
    assert isinstance(event, Utterance)
    assert (event.emotion, event.text) == (Emotion.ANGER, "No")
