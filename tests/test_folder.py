import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from roleinstruct.dataset.draft import draft
from roleinstruct.dataset.features import features
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import (
    dialogue_of,
    dialogue_row,
    general_row,
    instruction_of,
    profile_of,
    profile_row,
    rejected_row,
    specific_row,
)
from roleinstruct.emotions import Emotion
from roleinstruct.errors import FolderError
from roleinstruct.records import CharacterProfile, Dialogue, Instruction, Place, Rejected, Utterance


def dialogue(number: int, character: str = "阿甲") -> Dialogue:
    place = Place("戏.txt", number, number)
    turns = (
        Utterance(character, f"第{number}句", Emotion.ANGER, place, 2, "source"),
        Utterance("阿乙", "嗯", None, None),
    )
    return Dialogue(f"{character}-{number:05d}", character, "阿乙", turns, place, f"第{number}场")


def write(root: Path, count: int, config: str = "dialogues") -> None:
    with draft(root, keep=False) as folder, folder.writer(config) as writer:
        for number in range(1, count + 1):
            writer.write(dialogue_row(dialogue(number)))


def test_records_come_back_from_their_rows_as_they_were() -> None:
    profile = CharacterProfile(
        "甲", "zh", {"name": "甲", "口头禅": "好说"}, ("乐观",), "名字：甲", ("source: a.txt:1",)
    )
    asked = Instruction("甲-1", "甲", "specific", "甲，你好吗？", ("好",), emotion=Emotion.OTHER, evidence=("a.txt:1",))
    told = Instruction("甲-2", "甲", "general", "天为什么蓝？", ("散射", "不知道"), raw_response="因为散射")
    assert dialogue_of(dialogue_row(dialogue(3))) == dialogue(3)
    assert profile_of(profile_row(profile)) == profile
    assert instruction_of(specific_row(asked)) == asked
    assert instruction_of(general_row(told)) == told


def test_a_rejected_row_holds_its_payload_as_json() -> None:
    row = rejected_row(Rejected("utterance", "third_party", "clean", Place("a", 1, 2), {"text": "好"}, 2, "甲"))
    assert json.loads(row["payload"]) == {"text": "好"}
    assert row["source"] == "a:1-2"


def test_tables_stream_back_by_character_and_by_split(tmp_path: Path) -> None:
    with draft(tmp_path, keep=False) as folder, folder.writer("dialogues") as writer:
        for number in range(1, 8):
            split = "test" if number == 7 else "train"
            writer.write(dialogue_row(dialogue(number, "甲" if number % 2 else "丙")), split)
    folder = DataFolder(tmp_path)
    assert folder.splits("dialogues") == ["train", "test"]
    assert folder.count("dialogues") == 7
    assert folder.count("dialogues", "test") == 1
    by_character = folder.by_character("dialogues")
    assert sorted(by_character.names) == ["丙", "甲"]
    assert [dialogue_of(row).id for row in by_character.rows("丙")] == [
        "丙-00002",
        "丙-00004",
        "丙-00006",
    ]
    assert [row["dialogue_id"] for row in folder.rows("dialogues", "test")] == ["甲-00007"]


def test_a_table_is_cut_into_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from roleinstruct.dataset import tables

    monkeypatch.setattr(tables, "_GROUP_ROWS", 3)
    monkeypatch.setattr(tables, "_SHARD_ROWS", 6)
    write(tmp_path, 14)
    names = [p.name for p in sorted((tmp_path / "dialogues").iterdir())]
    assert names == [f"train-{n:05d}-of-00003.parquet" for n in range(3)]
    assert [row["dialogue_id"] for row in DataFolder(tmp_path).rows("dialogues")] == [
        f"阿甲-{n:05d}" for n in range(1, 15)
    ]


def test_an_error_in_a_draft_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    write(tmp_path, 3)
    with pytest.raises(RuntimeError), draft(tmp_path, keep=False) as folder:
        with folder.writer("dialogues") as writer:
            writer.write(dialogue_row(dialogue(1)))
        raise RuntimeError
    assert DataFolder(tmp_path).count("dialogues") == 3


@pytest.mark.parametrize("last", range(1, 4))
def test_a_commit_that_was_cut_short_is_completed_by_the_next_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: int
) -> None:
    write(tmp_path, 3)
    renames = 0
    rename = Path.rename

    def dies(self: Path, target: Path) -> Path:
        nonlocal renames
        renames += 1
        if renames == last:
            raise KeyboardInterrupt
        return rename(self, target)

    with pytest.raises(KeyboardInterrupt), draft(tmp_path, keep=False) as folder:
        for config in ("dialogues", "rejected"):
            row = dialogue_row(dialogue(1)) if config == "dialogues" else _rejected()
            with folder.writer(config) as writer:
                writer.write(row)
        monkeypatch.setattr(Path, "rename", dies)
    monkeypatch.undo()
    assert (tmp_path / ".roleinstruct" / "commit.json").is_file()
    with draft(tmp_path, keep=True) as folder:
        assert folder.count("dialogues") == 1
        assert folder.count("rejected") == 1
    assert sorted(p.name for p in (tmp_path / ".roleinstruct").iterdir()) == ["lock"]


def test_a_journal_of_a_commit_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    write(tmp_path, 3)
    (tmp_path / ".roleinstruct" / "commit.json").write_text("", encoding="utf-8")
    with pytest.raises(FolderError, match=r"commit\.json, which says how .* remove it"):
        write(tmp_path, 1)
    assert DataFolder(tmp_path).count("dialogues") == 3


def _rejected() -> dict[str, object]:
    return rejected_row(Rejected("utterance", "r", "clean", Place("a", 1, 1), {}))


def test_a_draft_that_keeps_holds_what_was_there_and_never_edits_it(tmp_path: Path) -> None:
    write(tmp_path, 3)
    before = (tmp_path / "dialogues" / "train-00000-of-00001.parquet").read_bytes()
    with pytest.raises(RuntimeError), draft(tmp_path, keep=True) as folder:
        assert folder.count("dialogues") == 3
        with folder.writer("dialogues") as writer:
            writer.write(dialogue_row(dialogue(1)))
        raise RuntimeError
    assert (tmp_path / "dialogues" / "train-00000-of-00001.parquet").read_bytes() == before


def test_a_strangers_files_in_the_folder_stay(tmp_path: Path) -> None:
    notes = [tmp_path / "my notes.txt", tmp_path / ".roleinstruct" / "journal.sqlite"]
    for note in notes:
        note.parent.mkdir(exist_ok=True)
        note.write_text("keep", encoding="utf-8")
    for keep in (False, True):
        with draft(tmp_path, keep=keep) as folder, folder.writer("dialogues") as writer:
            writer.write(dialogue_row(dialogue(1)))
    assert all(note.read_text(encoding="utf-8") == "keep" for note in notes)


@pytest.mark.parametrize("theirs", ["README.md", "reports/q3.txt", "chat/log.txt"])
def test_a_folder_that_others_have_filled_is_refused(tmp_path: Path, theirs: str) -> None:
    path = tmp_path / theirs
    path.parent.mkdir(exist_ok=True)
    path.write_text("theirs", encoding="utf-8")
    with pytest.raises(FolderError, match="which no build of roleinstruct has put there"):
        write(tmp_path, 1)
    assert path.read_text(encoding="utf-8") == "theirs"
    assert [p.name for p in tmp_path.iterdir()] == [theirs.split("/")[0]]


def test_a_folder_that_never_came_to_be_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), draft(tmp_path / "new" / "set", keep=False):
        raise RuntimeError
    assert list((tmp_path / "new").iterdir()) == []


def test_the_folder_is_one_writers_at_a_time(tmp_path: Path) -> None:
    with draft(tmp_path, keep=False), pytest.raises(FolderError, match="another roleinstruct is writing"):
        with draft(tmp_path, keep=False):
            pass


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    target = tmp_path / "a file"
    target.write_text("x", encoding="utf-8")
    with pytest.raises(FolderError, match="is a file, expected a folder"), draft(target, keep=False):
        pass


def test_a_missing_table_or_report_says_what_to_run(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with pytest.raises(FolderError, match="roleinstruct build"):
        list(folder.rows("dialogues"))
    with pytest.raises(FolderError, match="roleinstruct build"):
        folder.read_json("reports/statistics.json")
    folder.write_json("reports/statistics.json", {})
    (tmp_path / "reports" / "statistics.json").write_text("{", encoding="utf-8")
    with pytest.raises(FolderError, match=r"statistics\.json:1 is no JSON"):
        folder.read_json("reports/statistics.json")


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_table_that_is_cut_off_is_one_sentence_with_its_file(tmp_path: Path, share: float) -> None:
    write(tmp_path, 9)
    folder = DataFolder(tmp_path)
    (path,) = folder.table("dialogues").glob("*.parquet")
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    reads: list[Callable[[], object]] = [
        lambda: list(folder.rows("dialogues")),
        lambda: folder.by_character("dialogues"),
        lambda: folder.count("dialogues"),
    ]
    for read in reads:
        with pytest.raises(FolderError) as told:
            read()
        assert re.fullmatch(
            rf"{re.escape(str(path))} is cut off, damaged .*: copy the folder again.*\.", str(told.value)
        )


def test_a_table_that_is_damaged_inside_is_one_sentence(tmp_path: Path) -> None:
    write(tmp_path, 9)
    folder = DataFolder(tmp_path)
    (path,) = folder.table("dialogues").glob("*.parquet")
    content = path.read_bytes()
    path.write_bytes(content[:4] + bytes(200) + content[204:])
    with pytest.raises(FolderError, match="is cut off, damaged or no Parquet file"):
        list(folder.rows("dialogues"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere", "nowhere is no folder, and a data set folder was expected"),
        ("notes.txt", "notes.txt is a file, and a data set folder was expected"),
        ("empty", "empty is no data set folder (it holds nothing): make one by roleinstruct build"),
        ("foreign", "foreign is no data set folder (it holds a.txt): make one by roleinstruct build"),
    ],
)
def test_what_is_no_data_set_folder_is_told_apart(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "notes.txt").touch()
    (tmp_path / "empty").mkdir()
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "a.txt").touch()
    folder = DataFolder(tmp_path / name)
    for read in (lambda: folder.rows("profiles"), lambda: folder.read_json("reports/statistics.json")):
        with pytest.raises(FolderError) as told:
            read()
        assert said in str(told.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_rights_is_the_systems_own_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError), draft(tmp_path / "x", keep=False):
        pass


def test_label_names_are_in_the_features_of_every_table() -> None:
    turn = features("dialogues")["turns"].feature
    assert turn["emotion"].names == [e.value for e in Emotion]
    assert features("benchmark")["task"].names == ["raw", "cus", "spe"]
