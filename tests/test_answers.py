"""Files of answers: written line by line, read back, gone on with."""

import json
from pathlib import Path

import pytest

from roleinstruct.errors import ConfigError, SourceError
from roleinstruct.evaluation.answers import AnswerFile, read_answers


def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "郝 建国.jsonl"
    with AnswerFile(path, "a", {"seed": 1}, "x") as file:
        file.add("1", "早！")
    with AnswerFile(path, "a", {"seed": 1}, "x") as file:
        assert file.known == {"1": "早！"}
        file.add("2", "吃了吗")
    found = read_answers(path)
    assert (found.system, found.settings, found.items) == ("a", {"seed": 1}, "x")
    assert found.texts == {"1": "早！", "2": "吃了吗"}


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_line_that_was_cut_off_is_answered_again(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.jsonl"
    with AnswerFile(path, "a", {}, "") as file:
        file.add("1", "早")
        file.add("2", "好")
    path.write_bytes(path.read_bytes()[:-cut])
    with AnswerFile(path, "a", {}, "") as file:
        assert file.known == {"1": "早"}
        file.add("2", "好")
    assert read_answers(path).texts == {"1": "早", "2": "好"}


def test_other_settings_do_not_go_on_with_a_file_and_leave_it_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"system": "a", "settings": {"seed": 1}, "items": "x"}\n{"id": "1", "answer": "早"}', "utf-8")
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="settings"), AnswerFile(path, "a", {"seed": 2}, "x"):
        pass
    assert path.read_bytes() == before


def test_answers_to_another_benchmark_are_not_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with AnswerFile(path, "a", {}, "1" * 64):
        pass
    with pytest.raises(ConfigError, match=r"another benchmark \(digest 11111111\).*data set \(22222222\)"):
        AnswerFile(path, "a", {}, "2" * 64).__enter__()


def test_a_plain_file_of_somebody_elses_is_named_by_its_file(tmp_path: Path) -> None:
    path = tmp_path / "theirs.jsonl"
    path.write_text('\ufeff{"id": "1", "answer": "早"}\n\n{"id": "2", "answer": ""}\n', encoding="utf-8")
    found = read_answers(path)
    assert (found.system, dict(found.texts)) == ("theirs", {"1": "早", "2": ""})


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (["not json", json.dumps({"id": "1", "answer": "a"})], "bad.jsonl:1 is no JSON"),
        ([json.dumps({"id": 1, "answer": "a"})], "bad.jsonl:1 is no answer"),
        ([json.dumps({"id": "1"})], "bad.jsonl:1 is no answer"),
        (["[1]"], "expected an object"),
        ([json.dumps({"id": "1", "answer": "a"}), json.dumps({"id": "1", "answer": "b"})], "a second time"),
    ],
)
def test_what_is_no_answer_is_told_with_its_line(tmp_path: Path, lines: list[str], complaint: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(SourceError, match=complaint):
        read_answers(path)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        read_answers(tmp_path / "none.jsonl")
