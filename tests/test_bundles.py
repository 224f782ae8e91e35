"""Archives that somebody else made: nothing of them is unpacked, or sent, on their own word."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from roleinstruct.errors import PublishError
from roleinstruct.publish.bundles import read_bundle, write_bundle
from roleinstruct.publish.opening import opened_bundle
from roleinstruct.publish.staging import CARD, Staged


def packed(path: Path, files: dict[str, Any], **said: object) -> Path:
    """An archive that says what it likes."""
    listing = {"format": 1, "kind": "dataset", "repo_id": "a/b", "allow": {}, "files": files, **said}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bundle.json", json.dumps(listing))
        for name in files:
            archive.writestr(f"files/{name}", "x")
    return path


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        (
            {"README.md": {"sha256": "", "size": -5}},
            r"no bundle of roleinstruct \(files\.README\.md\.size: input should",
        ),
        ({"README.md": {"sha256": "", "size": 10**10}}, "would unpack to 10,000, as neither tables nor weights do"),
        ({"a": {"sha256": "", "size": 1}, "a/b": {"sha256": "", "size": 1}}, "a file called 'a/b', which no disk can"),
        ({"人" * 100: {"sha256": "", "size": 1}}, "which no disk can hold"),
        *(({name: {"sha256": "", "size": 1}}, "a dataset has no such file") for name in ("training_args.bin", ".env")),
        ({"loader.py": {"sha256": "", "size": 1}}, "holds loader.py, and a dataset has no such file: do not trust it"),
    ],
)
def test_what_an_archive_says_of_its_files_is_checked_before_any_is_unpacked(
    files: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(PublishError, match=sentence):
        read_bundle(packed(tmp_path / "x.zip", files), tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_a_list_of_files_that_is_a_bomb_is_not_read_whole(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bundle.json", b" " * 40_000_000)
    with pytest.raises(PublishError, match="is no bundle of roleinstruct"):
        read_bundle(tmp_path / "x.zip", tmp_path)


def test_an_archive_does_not_let_through_secrets_and_files_and_what_it_does_is_told(tmp_path: Path) -> None:
    files: dict[str, Path | bytes] = {
        CARD: "---\nlicense: mit\nbase_model: a/b\n---\n请打 13812345678\n".encode(),
        "adapter_config.json": b'{"base_model_name_or_path": "/home/me/base"}',
        "adapter_model.safetensors": (2).to_bytes(8, "little") + b"{}",
        "results.json": b'{"password": "Xk29-qwLm4-82hT"}',
    }
    allow = {
        "private": "the shop's\nown number",
        "file": "ok",
        "file:adapter_config.json": "ok",
        "secret:results.json": "ok",
        "size": "not needed",
    }
    write_bundle(Staged("adapter", tmp_path, files), tmp_path / "x.zip", "a/bev", allow)
    heard: list[str] = []
    with opened_bundle(tmp_path / "x.zip", say=heard.append) as prepared:
        stopped = {finding.name for finding in prepared.report.findings}
    assert stopped == {"file:adapter_config.json", "secret:results.json"}
    assert heard == [f"{tmp_path / 'x.zip'} lets private through: the shop's own number"]
    own = {name: "seen by me" for name in ("private", *stopped)}
    with opened_bundle(tmp_path / "x.zip", allow=own, say=heard.append) as prepared:
        assert not prepared.report.findings
        assert {row["because"] for row in prepared.report.exceptions} == {"seen by me"}
    assert len(heard) == 1


def test_a_kind_that_is_none_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match=r"no bundle of roleinstruct \(kind: input should be 'dataset'"):
        read_bundle(packed(tmp_path / "x.zip", {}, kind="foo"), tmp_path)
