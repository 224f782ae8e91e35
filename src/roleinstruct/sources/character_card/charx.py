"""The card in a charx: a zip of which nothing but its card.json is ever unpacked."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from roleinstruct.errors import SourceError
from roleinstruct.sources.character_card.limits import (
    LARGEST_ASSETS,
    LARGEST_CARD,
    LARGEST_DIRECTORY,
    LARGEST_FILE,
    LARGEST_UNPACKED,
)

__all__ = ["CARD_FILE", "ZIP_MARK", "assets_in_charx", "card_in_charx"]

CARD_FILE = "card.json"
"""The file at the root of the zip that holds the card."""

ZIP_MARK = b"PK\x03\x04"
"""How a zip with something in it begins."""


def card_in_charx(path: Path, where: str) -> bytes:
    """The JSON of the card in a charx.

    Args:
        path: A file.
        where: What to call it in a message.

    Raises:
        SourceError: It is no zip, too large, encrypted, holds no card, or paths that would lead out of a folder.
    """
    with _opened(path, where) as archive:
        card = next((info for info in archive.infolist() if info.filename == CARD_FILE), None)
        if card is None:
            raise SourceError(f"{where} is a zip without a {CARD_FILE} at its root: it is no character card.")
        if card.file_size > LARGEST_CARD:
            raise SourceError(f"{where} holds a card of more than {LARGEST_CARD >> 20} MiB unpacked: leave it out.")
        return _unpacked(archive, card, where)


def assets_in_charx(path: Path, where: str) -> dict[str, bytes]:
    """The other files of a charx by their paths in it: pictures, voices, and what programs keep there.

    Args:
        path: A file.
        where: What to call it in a message.

    Raises:
        SourceError: As `card_in_charx`, or they have more than `LARGEST_ASSETS` together.
    """
    with _opened(path, where) as archive:
        found = [info for info in archive.infolist() if info.filename != CARD_FILE and not info.is_dir()]
        if sum(info.file_size for info in found) > LARGEST_ASSETS:
            raise SourceError(
                f"{where} holds more than {LARGEST_ASSETS >> 20} MiB of pictures and the like: use fewer."
            )
        return {info.filename: _unpacked(archive, info, where) for info in found}


_END = 22
"""Bytes of the record at the end of a zip without a comment."""


@contextmanager
def _opened(path: Path, where: str) -> Iterator[ZipFile]:
    _expect_modest(path, where)
    try:
        with ZipFile(path) as archive:
            _expect_honest(archive.infolist(), where)
            yield archive
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError, OverflowError) as error:
        raise SourceError(f"{where} is a damaged zip ({str(error)[:60]!r}): get it again.") from error


def _unpacked(archive: ZipFile, info: ZipInfo, where: str) -> bytes:
    """A file of the zip; no more is unpacked than the list says that it has."""
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise SourceError(f"{where} packs {_short(info)} in an unusual way: save it again as a plain zip.")
    with archive.open(info) as file:
        return file.read(info.file_size + 1)


def _expect_modest(path: Path, where: str) -> None:
    """Check the size of the list of files before it is read: it is held whole, some ten times as large."""
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise SourceError(f"{where} has more than {LARGEST_FILE >> 20} MiB, which no card needs: leave it out.")
    with path.open("rb") as file:
        file.seek(max(0, size - _END - 20))
        last = file.read()
    end = last[-_END:]
    if len(end) < _END or not end.startswith(b"PK\x05\x06") or end[-2:] != b"\0\0":
        raise SourceError(
            f"{where} does not end as a zip does, or has a comment behind it: it is cut or no character card."
        )
    if last[:4] == b"PK\x06\x07" or int.from_bytes(end[12:16], "little") > LARGEST_DIRECTORY:
        raise SourceError(f"{where} is a zip with a list of more files than any card needs: leave it out.")


def _expect_honest(found: list[ZipInfo], where: str) -> None:
    names: set[str] = set()
    for info in found:
        if info.filename in names:
            raise SourceError(f"{where} holds {_short(info)} twice, and one can be meant: it is no character card.")
        names.add(info.filename)
        if _leads_out(info.orig_filename):
            raise SourceError(f"{where} holds the path {_short(info)}, which leads out of its folder: leave it out.")
        if info.flag_bits & 1:
            raise SourceError(f"{where} is encrypted, and a character card is not: save it without a password.")
    if sum(info.file_size for info in found) > LARGEST_UNPACKED:
        raise SourceError(f"{where} would have more than {LARGEST_UNPACKED >> 30} GiB unpacked: leave it out.")


def _leads_out(name: str) -> bool:
    windows = PureWindowsPath(name)
    return bool(windows.drive or windows.root or "\0" in name or ".." in {*windows.parts, *PurePosixPath(name).parts})


def _short(info: ZipInfo) -> str:
    """The beginning of a path, which may have thousands of characters."""
    return repr(info.filename[:60])
