"""Archives that somebody else made: nothing of them is unpacked, or sent, on their own word."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from roleinstruct.errors import PublishError
from roleinstruct.publish.bundles import read_bundle


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


def test_a_kind_that_is_none_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match=r"no bundle of roleinstruct \(kind: input should be 'dataset'"):
        read_bundle(packed(tmp_path / "x.zip", {}, kind="foo"), tmp_path)
