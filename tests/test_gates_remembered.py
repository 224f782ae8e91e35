"""What the gates remember of a folder: less work, and never another word."""

import json
import shutil
from pathlib import Path

import pytest

from little_cards import little_dataset
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.publish.gates.finding import GateReport
from roleinstruct.publish.gates.gate import check
from roleinstruct.publish.gates.remembered import MEMORY, Memory
from roleinstruct.publish.gates.texts import check_texts
from roleinstruct.publish.staging import CARD, Staged, stage

PHONE, OTHER = "打13812345678找我", "或者发到 lin.mei@mailbox.cn"


def judged(folder: Path, *, remember: bool = True) -> GateReport:
    return check(stage(folder, "dataset"), "ann/shop", lint_score=101, remember=remember)


@pytest.fixture(scope="module")
def joiner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = little_dataset(tmp_path_factory.mktemp("我的 set") / "joiner")
    report = judged(folder)
    assert report == judged(folder, remember=False)
    assert "lint" in {finding.gate for finding in report.findings}
    return folder


@pytest.fixture
def folder(joiner: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(joiner, tmp_path / "joiner"))


def memory_of(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / MEMORY).read_text(encoding="utf-8"))
    return found


TWICE, BOTH = f"{PHONE}\nsound\n{PHONE}", f"{OTHER}\n{PHONE}"
STATES: dict[str, dict[str, str]] = {
    "at first": {"README.md": "hello", "reports/a.json": TWICE, "reports/b.json": BOTH},
    "nothing": {"README.md": "hello", "reports/a.json": TWICE, "reports/b.json": BOTH},
    "a sound file": {"README.md": "hi", "reports/a.json": TWICE, "reports/b.json": BOTH},
    "the first place goes": {"README.md": "hi", "reports/a.json": "sound", "reports/b.json": BOTH},
    "an earlier one comes": {"README.md": f"{PHONE}\n{OTHER}", "reports/b.json": BOTH},
    "it has another name": {"README.md": f"{PHONE}\n{OTHER}", "reports/c.json": f"sound\n{BOTH}"},
    "two in one text": {"README.md": f"{PHONE}，{OTHER}", "reports/c.json": f"{BOTH}\n{PHONE}，{OTHER}"},
}
"""The texts of files, each state remembering the one before."""


def test_whatever_changes_the_findings_are_those_of_a_look_at_everything(tmp_path: Path) -> None:
    for change, texts in STATES.items():
        staged = Staged("dataset", tmp_path, {name: text.encode() for name, text in texts.items()})
        memory = Memory(tmp_path)
        found = list(check_texts(staged, memory=memory))
        memory.write()
        assert found == list(check_texts(staged)), change
        assert {finding.where for finding in found}, change


def test_a_file_is_read_again_only_when_it_has_changed_or_has_another_name(tmp_path: Path) -> None:
    def unread() -> dict[str, list[object]]:
        raise AssertionError

    memory = Memory(tmp_path)
    assert memory.texts("README.md", "0" * 64, dict) == {}
    memory.write()
    assert Memory(tmp_path).texts("README.md", "0" * 64, unread) == {}  # type: ignore[arg-type]
    for name, digest in (("README.md", "1" * 64), ("reports/a.json", "0" * 64)):
        with pytest.raises(AssertionError):
            Memory(tmp_path).texts(name, digest, unread)  # type: ignore[arg-type]


def test_the_linter_looks_again_when_a_table_or_the_licence_has_changed(folder: Path) -> None:
    def told() -> str:
        return next(finding.what for finding in judged(folder).findings if finding.gate == "lint")

    def forge() -> None:
        document = memory_of(folder)
        document["lint"]["linted"]["score"] = 12.5  # type: ignore[index]
        (folder / MEMORY).write_text(json.dumps(document), encoding="utf-8")

    card = (folder / CARD).read_text(encoding="utf-8")
    forge()
    assert "gives 12.5 of 100" in told()
    (folder / CARD).write_text(f"{card}\nAnother word.\n", encoding="utf-8")
    assert "gives 12.5 of 100" in told()
    (folder / CARD).write_text(card.replace("license: ", "license: cc0-1.0 # "), encoding="utf-8")
    assert "12.5" not in told()
    forge()
    tables = DataFolder(folder)
    rows = list(tables.rows("profiles"))
    with tables.writer("profiles") as writer:
        for row in rows:
            writer.write({**row, "text": f"{row['text']}。"})
    assert "12.5" not in told()
    assert judged(folder) == judged(folder, remember=False)


def test_a_memory_that_others_judged_or_that_is_damaged_is_made_anew(folder: Path) -> None:
    expected, memory = judged(folder, remember=False), folder / MEMORY
    whole = memory.read_bytes()
    document = memory_of(folder)
    document["lint"]["linted"]["score"] = 12.5  # type: ignore[index]
    for damaged in (
        json.dumps({**document, "judges": "0" * 64}).encode(),
        json.dumps({**document, "more": 1}).encode(),
        *(whole[: len(whole) // 2], b"", b"[]", b"\xff\xfe", b'{"files": 3}'),
    ):
        memory.write_bytes(damaged)
        assert judged(folder) == expected
        assert memory.read_bytes() == whole


def test_a_folder_that_cannot_be_written_to_is_looked_through_each_time(folder: Path) -> None:
    expected = judged(folder)
    (folder / MEMORY).unlink()
    (folder / MEMORY).mkdir()
    assert judged(folder) == expected
    shutil.rmtree(folder / ".roleinstruct")
    (folder / ".roleinstruct").write_text("no folder", encoding="utf-8")
    assert judged(folder) == expected


def test_the_memory_shows_no_more_than_a_finding_does_and_never_travels(folder: Path) -> None:
    (folder / MEMORY).unlink()
    judged(folder, remember=False)
    assert not (folder / MEMORY).exists()
    with (folder / CARD).open("a", encoding="utf-8") as card:
        card.write(f'\n{PHONE}\n{OTHER}\n"https://me:\\ud83d\\ud83d\\ud83d\\ud83d\\ud83d\\ud83d@shop.example"\n')
    report = judged(folder)
    assert {"private", "secret"} <= {finding.gate for finding in report.findings}
    kept = (folder / MEMORY).read_text(encoding="utf-8")
    assert not [word for word in ("13812345678", "1381234", "lin.mei@", "找我") if word in kept]
    assert MEMORY in stage(folder, "dataset").left_out
    assert judged(folder) == report
