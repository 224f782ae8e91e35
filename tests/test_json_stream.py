"""JSON values out of real files: any layout, any damage, one broken value at a time."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.sources.json_stream import Broken, Gap, values
from roleinstruct.sources.text import lines, look

_ROWS = [
    {"role": "甲", "content": "你好"},
    {"role": "乙", "content": 'a "b" {c} [d], \\'},
    {"role": "丙", "x": [{"y": []}]},
]
_RELEASE = Path(__file__).parents[2] / "shared" / "data" / "rolecraft-release"


def _values(text: str) -> list[tuple[int, int, object]]:
    return list(values(enumerate(text.split("\n"), start=1)))


def _plain(text: str) -> list[object]:
    return [value for _, _, value in _values(text)]


def _dump(row: object, indent: int | None = None) -> str:
    return json.dumps(row, ensure_ascii=False, indent=indent)


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(map(_dump, _ROWS)),
        _dump(_ROWS),
        _dump(_ROWS, 4),
        _dump(_ROWS, 0),
        "".join(map(_dump, _ROWS)),
        "[" + ",\n".join(map(_dump, _ROWS)) + "]",
        "[\n" + ",\n".join(map(_dump, _ROWS)) + ",\n]\n",
        "\n".join(_dump(row) + "," for row in _ROWS),
        "[[\n" + ",\n".join(map(_dump, _ROWS)) + ",,\n]",
        ",\n".join(_dump(row, 2) for row in _ROWS) + "\n]]",
        "\n".join(_dump(row, 1) for row in _ROWS),
        "[{\n" + "\n}, {\n".join(_dump(row)[1:-1] for row in _ROWS) + "\n}]",
        "\n".join(_dump(row)[:-1] + ",}" for row in _ROWS),
    ],
)
def test_every_layout_gives_the_same_values(text: str) -> None:
    assert _plain(text) == _ROWS


def test_places_are_the_first_and_last_line_of_a_value() -> None:
    text = '[\n  {\n    "a": 1\n  },\n  {"a": 2}, {"a": 3}\n]'
    assert _values(text) == [(2, 4, {"a": 1}), (5, 5, {"a": 2}), (5, 5, {"a": 3})]


@pytest.mark.parametrize(
    ("broken", "layout"),
    [
        ('{"role": "甲", "content": "没有', "lines"),
        ('{"role": "甲", "content": "引号}', "lines"),
        ('{"role": "甲", "content": "a" "b"}', "lines"),
        ('{"role": "甲", "content": ["a", }}', "lines"),
        ('{"role": "甲", "content": ["a",', "lines"),
        ('{"role": "甲",', "lines"),
        ('"role": "甲", "content": "x"}', "lines"),
        ("junk", "lines"),
        ('{"role": 甲}', "one line"),
        ('{"role": "甲", "content": "引号}', "one line"),
        ('{"role": "甲"]}', "one line"),
        ('  {\n    "role": "甲",\n    "content": "没有引号\n  }', "pretty"),
        ('  {\n    "role": "甲",\n    "content": ["x"\n  }', "pretty"),
        ('  {\n    "role": "甲",\n    "content": "x"', "pretty"),
        ('  {\n    "role": "甲"\n    "content": "x"\n  }', "pretty"),
    ],
)
def test_a_broken_value_costs_that_value_alone(broken: str, layout: str) -> None:
    good = [_dump({"n": n}) for n in range(4)]
    if layout == "pretty":
        good = ["  " + _dump({"n": n}, 2).replace("\n", "\n  ") for n in range(4)]
    rows = [good[0], good[1], broken, good[2], good[3]]
    text = {
        "lines": "\n".join,
        "one line": lambda r: "[" + ", ".join(r) + "]",
        "pretty": lambda r: "[\n" + ",\n".join(r) + "\n]",
    }[layout](rows)
    found = _plain(text)
    assert [v for v in found if not isinstance(v, Broken)] == [{"n": n} for n in range(4)]
    assert [type(v) for v in found][2] is Broken
    assert sum(isinstance(v, Broken) for v in found) == 1


def test_broken_lines_in_a_row_are_told_apart() -> None:
    found = _plain('{"a": 1}\n{"a": }\n{"b" 2}\nc": 3}\n{"a": 2}')
    assert [type(v) for v in found] == [dict, Broken, Broken, Broken, dict]


def test_blank_lines_between_values_are_one_gap() -> None:
    assert _plain('\n{"a": 1}\n\n \n{"a": 2}\n{"a": 3}\n\n') == [{"a": 1}, Gap(), {"a": 2}, {"a": 3}]


def test_arrays_one_after_the_other_are_kept_apart() -> None:
    assert _plain('[{"a": 1}, {"a": 2}]\n[{"a": 3}]') == [{"a": 1}, {"a": 2}, Gap(), {"a": 3}]


def test_a_value_that_never_ends_does_not_swallow_what_follows() -> None:
    rows = "\n".join(f'{{"n": {n}}},' for n in range(1000))
    found = _plain('{"data": [\n' + rows)
    assert isinstance(found[0], Broken)
    assert found[1:] == [{"n": n} for n in range(1000)]


def test_lines_that_each_lack_their_end_are_read_in_time_that_grows_with_their_number() -> None:
    started = time.monotonic()
    assert len(_plain('{"a": [\n' * 5000)) == 5000
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    "text", ['{"a": ' + "[" * 100_000, '{"a": ' + "9" * 5000 + "}", "[" * 10_000, '{"a": "\\', "{", '"', ""]
)
def test_what_json_itself_gives_up_on_is_broken_and_no_exception(text: str) -> None:
    assert all(isinstance(value, Broken) for value in _plain(text))


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    assert _plain('{"a": "x\\ud83d", "b": "\\ud83d\\ude00"}') == [{"a": "x\ufffd", "b": "😀"}]


def test_control_characters_in_strings_pass() -> None:
    assert _plain('{"a": "x\ty"}') == [{"a": "x\ty"}]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet='{}[]",: \n\\ab1', max_size=60))
def test_no_text_raises_and_lines_never_go_back(text: str) -> None:
    last = 1
    for first, end, _ in values(enumerate(text.split("\n"), start=1)):
        assert last <= first <= end
        last = first


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=3), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.dictionaries(st.text("ab", max_size=3), _JSON, max_size=3), max_size=5),
    st.sampled_from([None, 0, 1, 4]),
)
def test_whatever_json_writes_is_read_back(rows: list[object], indent: int | None) -> None:
    assert _plain(_dump(rows, indent)) == rows


@pytest.mark.skipif(not _RELEASE.is_dir(), reason="the authors' release is not here")
def test_the_release_is_parsed_in_two_seconds() -> None:
    started, count = time.monotonic(), 0
    for path in sorted(_RELEASE.rglob("*.json*")):
        for _, _, value in values(lines(look(path, path.name))):
            assert isinstance(value, dict)
            count += 1
    assert count == 59_682 + 5_648 + 85_972
    assert time.monotonic() - started < 20, "2 s on a free core"
