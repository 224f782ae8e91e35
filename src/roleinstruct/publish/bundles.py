"""A push for those without internet: one archive with checksums, which is pushed from a machine that has it."""

import json
import shutil
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from roleinstruct.errors import PublishError
from roleinstruct.publish.digests import digest_of
from roleinstruct.publish.staging import Kind, Staged, travels

__all__ = ["Bundle", "read_bundle", "write_bundle"]


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was in an archive.

    Attributes:
        staged: The files, unpacked.
        repo_id: Where they were meant to go.
        allow: The exceptions of the gates, with their reasons.
    """

    staged: Staged
    repo_id: str
    allow: Mapping[str, str]


def write_bundle(staged: Staged, target: Path, repo_id: str, allow: Mapping[str, str] | None = None) -> None:
    """Write an archive; the same files make the same bytes.

    Args:
        staged: What the gates have let through.
        target: A new file, a zip.
        repo_id: Where they are meant to go.
        allow: What the gates were told to let through.

    Raises:
        PublishError: The file exists already.
    """
    if target.exists():
        raise PublishError(f"{target} exists already: give --bundle another name, or move it away first.")
    rows = {name: _Listed(sha256=digest.sha256, size=digest.size) for name, digest in staged.digests.items()}
    listing = _Listing(kind=staged.kind, repo_id=repo_id, allow=dict(allow or {}), files=rows)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(_info(_LISTING), listing.model_dump_json(indent=2))
            for name, content in staged.files.items():
                with archive.open(_info(f"{_FILES}{name}"), "w", force_zip64=True) as out:
                    if isinstance(content, bytes):
                        out.write(content)
                    else:
                        with content.open("rb") as stream:
                            shutil.copyfileobj(stream, out, 1 << 20)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def read_bundle(path: Path, folder: Path) -> Bundle:
    """Unpack an archive, and check every file.

    Args:
        path: The archive.
        folder: An empty folder to unpack into.

    Raises:
        PublishError: It is no bundle, or a file in it is not what was packed.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            listing = _listing(archive, path)
            _expect_sound(listing, path)
            for name, row in listing.files.items():
                _unpack(archive, name, row, folder, path)
    except (
        zipfile.BadZipFile,
        EOFError,
        zlib.error,
        RuntimeError,
    ) as error:  # the last: encrypted, or packed in a newer way
        raise PublishError(f"{path} is no bundle ({error}): copy it again, or make it anew with --bundle.") from error
    except OSError as error:
        if error.filename != str(path):
            raise
        raise PublishError(f"{path} cannot be read ({error.strerror}): give a file made with --bundle.") from error
    files: dict[str, Path | bytes] = {name: folder / name for name in listing.files}
    return Bundle(Staged(listing.kind, folder, files), listing.repo_id, listing.allow)


class _Listed(BaseModel):
    model_config = ConfigDict(extra="forbid")
    sha256: str
    size: int = Field(ge=0)


class _Listing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    format: int = 1
    kind: Kind
    repo_id: str
    allow: dict[str, str]
    files: dict[str, _Listed]


def _listing(archive: zipfile.ZipFile, path: Path) -> _Listing:
    try:
        with archive.open(_LISTING) as stream:
            found: Any = json.loads(stream.read(_LONGEST_LISTING))  # cut off, a longer one is no JSON
        return _Listing.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        reason = f"{'.'.join(map(str, first['loc']))}: {first['msg'].lower()}"
    except (KeyError, ValueError) as error:
        reason = " ".join(str(error).split())
    raise PublishError(f"{path} is no bundle of roleinstruct ({reason}): make one with push --bundle.")


def _expect_sound(listing: _Listing, path: Path) -> None:
    """Check names and sizes before anything is unpacked."""
    for name in listing.files:
        parts = PurePosixPath(name).parts
        if not parts or ".." in parts or name.startswith("/") or "\\" in name or ":" in parts[0]:
            raise PublishError(f"{path} holds a file called {name!r}, which would land outside: do not trust it.")
        is_folder = any(str(above) in listing.files for above in PurePosixPath(name).parents)
        if is_folder or any(len(part.encode()) > _LONGEST_NAME for part in parts):
            raise PublishError(f"{path} holds a file called {name[:80]!r}, which no disk can hold: do not trust it.")
    if odd := [name for name in listing.files if not travels(name, listing.kind)]:
        raise PublishError(
            f"{path} holds {', '.join(odd[:5])}, and a {listing.kind} has no such file: do not trust it."
        )
    total, packed = sum(row.size for row in listing.files.values()), _size(path)
    if total > _MOST_TIMES * packed + _LONGEST_LISTING:
        raise PublishError(
            f"{path} has {packed / 1e6:,.1f} MB and would unpack to {total / 1e6:,.0f}, as neither tables nor weights "
            "do: do not trust it."
        )


def _unpack(archive: zipfile.ZipFile, name: str, row: _Listed, folder: Path, path: Path) -> None:
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with archive.open(f"{_FILES}{name}") as stream, target.open("wb") as out:
            left = row.size + 1
            while left and (part := stream.read(min(left, 1 << 20))):
                out.write(part)
                left -= len(part)
    except KeyError as error:
        raise PublishError(f"{path} lacks {name}, which it lists: copy it again, or make it anew.") from error
    if _size(target) != row.size or digest_of(target).sha256 != row.sha256:
        raise PublishError(f"{name} in {path} is not what was packed: copy it again, or make it anew with --bundle.")


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)  # with the first day that a zip knows, so that the same files are the same bytes
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info


def _size(path: Path) -> int:
    return path.stat().st_size


_LISTING = "bundle.json"
_FILES = "files/"
_LONGEST_LISTING = 10_000_000
_LONGEST_NAME = 255
_MOST_TIMES = 100
"""Bytes of a list of files, bytes of a name, and how many times larger than the archive its files may be together."""
