"""Who is who, and what is said when nobody can tell."""

import json
import unicodedata
from pathlib import Path

import pytest

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import SourceError
from roleinstruct.pipeline.build import run_step
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.short_names import full_names
from roleinstruct.sources.lead import is_alias

SCRIPT = "王芳：你好\n李强：早\n王芳：走\n"
QUESTION = json.dumps({"instruction": "你几岁？", "generated": "三十。"}, ensure_ascii=False) + "\n"


def _put(path: Path, text: str = SCRIPT) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _import(source: Path, out: Path, **more: object) -> DataFolder:
    run_step("import", BuildConfig().with_source(path=source, **more), out)
    return DataFolder(out)


def test_a_character_whom_the_source_does_not_have_is_named_with_those_it_has(tmp_path: Path) -> None:
    _put(tmp_path / "a.txt")
    with pytest.raises(SourceError, match=r"nobody is called 张三 .* those speak: 王芳, 李强"):
        _import(tmp_path / "a.txt", tmp_path / "out", characters=("张三",))
    folder = _import(tmp_path / "a.txt", tmp_path / "out", characters=("张三", "王芳"))
    assert any("张三" in notice for notice in folder.read_json("reports/import.json")["notices"])


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    _put(tmp_path / "in" / "王芳" / "a.txt")
    with pytest.raises(SourceError, match="has no folder for 张三"):
        _import(tmp_path / "in", tmp_path / "out", characters=("张三",))


def test_questions_need_somebody_to_answer_them(tmp_path: Path) -> None:
    _put(tmp_path / "qa.jsonl", QUESTION)
    with pytest.raises(SourceError, match="nothing says whose they are: name the character"):
        _import(tmp_path / "qa.jsonl", tmp_path / "out")
    folder = _import(tmp_path / "qa.jsonl", tmp_path / "out", characters=("王芳",))
    assert [row["character"] for row in folder.rows("imported/instructions")] == ["王芳"]


def test_a_folder_of_pictures_is_no_character(tmp_path: Path) -> None:
    _put(tmp_path / "in" / "王芳" / "a.txt")
    _put(tmp_path / "in" / "qa.jsonl", QUESTION)
    (tmp_path / "in" / "images").mkdir()
    (tmp_path / "in" / "images" / "a.png").write_bytes(b"\x89PNG" + bytes(range(256)))
    folder = _import(tmp_path / "in", tmp_path / "out")
    assert [row["character"] for row in folder.rows("imported/instructions")] == ["王芳"]


def test_a_name_in_parts_is_the_same_person(tmp_path: Path) -> None:
    parts = unicodedata.normalize("NFD", "Zoë")
    _put(tmp_path / "in" / parts / "a.txt", f"Bob: Hi there.\n{parts}: No.\nBob: So?\nZoë: Yes.\nBob: Well.\n")
    folder = _import(tmp_path / "in", tmp_path / "out", characters=(parts,))
    rows = list(folder.rows("imported/utterances"))
    assert {row["character"] for row in rows} == {"Zoë"}
    assert [row["speaker"] for row in rows] == ["Bob", "Zoë", "Bob", "Zoë", "Bob"]
    assert is_alias(parts, "Zoë Doyle")


def test_a_shared_file_that_cannot_be_read_costs_itself_alone(tmp_path: Path) -> None:
    _put(tmp_path / "in" / "王芳" / "a.txt")
    _put(tmp_path / "in" / "shared.srt", "1\n00:00:01,000 --> 00:00:02,000\n走\n")
    folder = _import(tmp_path / "in", tmp_path / "out")
    assert folder.count("imported/utterances") == 3
    assert any("shared.srt names the speaker of none" in n for n in folder.read_json("reports/import.json")["notices"])
    with pytest.raises(SourceError, match=r"^shared\.srt names the speaker of none"):
        _import(tmp_path / "in" / "shared.srt", tmp_path / "alone")


def test_a_source_of_which_nothing_can_be_read_says_why(tmp_path: Path) -> None:
    _put(tmp_path / "in" / "shared.srt", "1\n00:00:01,000 --> 00:00:02,000\n走\n")
    with pytest.raises(
        SourceError, match=r"in was read, but held no .*: left out .* shared\.srt names the speaker of none"
    ):
        _import(tmp_path / "in", tmp_path / "out")


CHAT = json.dumps({"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]}) + "\n"


def test_an_assistant_without_a_name_gets_it_from_the_user_or_it_is_said_how(tmp_path: Path) -> None:
    _put(tmp_path / "chats.jsonl", CHAT)
    folder = _import(tmp_path / "chats.jsonl", tmp_path / "out", characters=("Nadia",))
    assert [row["speaker"] for row in folder.rows("imported/utterances")] == ["user", "Nadia"]
    folder = _import(tmp_path / "chats.jsonl", tmp_path / "nobody")
    (notice,) = folder.read_json("reports/import.json")["notices"]
    assert notice.startswith("nothing names the character, so it is called assistant: name it with --character")


@pytest.mark.parametrize("wanted", ["王淑兰", "淑兰"])
def test_a_given_name_and_the_full_name_are_one_person(tmp_path: Path, wanted: str) -> None:
    _put(tmp_path / "a.txt", "王淑兰：谁？\n李强：我。\n淑兰：进来。\n李强：好。\n")
    folder = _import(tmp_path / "a.txt", tmp_path / "out", characters=(wanted,))
    assert [row["speaker"] for row in folder.rows("imported/utterances")] == [wanted, "李强"] * 2
    assert any("are taken for one person" in n for n in folder.read_json("reports/import.json")["notices"])


@pytest.mark.parametrize(
    "speakers",
    [
        ["建国", "张建国", "李建国"],
        ["妈妈", "小明妈妈"],
        ["老师", "王老师"],
        ["Guard", "Guard Captain"],
        ["Tom", "Tom Junior"],
        ["Derek", "Derek and Ann"],
        ["Ann", "Ann's Mum"],
        ["Old", "Old Tom"],
    ],
)
def test_a_part_of_a_name_that_may_mean_another_is_left_alone(speakers: list[str]) -> None:
    assert full_names(speakers) == {}


def test_the_cast_of_a_script_in_a_folder_tells_of_its_character_alone(tmp_path: Path) -> None:
    cast = "人物表：\n芳芳：五十岁，开小卖部\n李强：她的儿子\n\n"
    _put(tmp_path / "in" / "王芳芳" / "a.txt", cast + "芳芳：谁？\n李强：我。\n芳芳：进来。\n")
    (profile,) = _import(tmp_path / "in", tmp_path / "out").rows("imported/profiles")
    assert (profile["character"], profile["text"]) == ("王芳芳", "五十岁，开小卖部")


def test_what_a_chat_makes_of_the_assistant_is_the_profile_where_there_is_no_other(tmp_path: Path) -> None:
    turns = [("system", "You are Nadia, owner of a laundry."), ("user", "Are you open?"), ("assistant", "Till nine.")]
    chat = "".join(json.dumps({"role": role, "content": text}) + "\n" for role, text in turns)
    _put(tmp_path / "in" / "Nadia" / "desk.jsonl", chat)
    [profile] = _import(tmp_path / "in", tmp_path / "alone").rows("imported/profiles")
    assert profile["text"] == "owner of a laundry."
    _put(tmp_path / "in" / "Nadia" / "profile.txt", "Name: Nadia; Age: 52; Hobbies: chess\n")
    folder = _import(tmp_path / "in", tmp_path / "beside")
    [profile] = folder.rows("imported/profiles")
    assert profile["text"] == "Name: Nadia; Age: 52; Hobbies: chess"
    assert ("profile", "system_message") in {(row["unit"], row["reason"]) for row in folder.rows("rejected/import")}
