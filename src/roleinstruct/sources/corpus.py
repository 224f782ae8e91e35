"""A source as the user has it: one file, a folder of files, or one folder a character."""

import os
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from roleinstruct.errors import SourceError
from roleinstruct.records import Event, Notice
from roleinstruct.sources.detect import Detected, detect
from roleinstruct.sources.reading import Head, ReadOptions
from roleinstruct.sources.text import look

__all__ = ["Material", "SourceFile", "find_material"]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that a reader has been found for."""

    head: Head
    detected: Detected

    def events(self, options: ReadOptions) -> Iterator[Event]:
        """Read the file, in order."""
        return self.detected.reader.read(self.head, options)


@dataclass(frozen=True, slots=True)
class Material:
    """What belongs to one character, or to nobody in particular.

    Attributes:
        character: The name of the folder, with composed letters (NFC), or "" for files that lie outside a character's
            folder.
        files: In the order of their names, those that a reader was found for.
        notices: One for each file and data set that was left out, with the reason.
    """

    character: str
    files: tuple[SourceFile, ...]
    notices: tuple[Notice, ...]


def find_material(root: Path, wanted: str = "auto", columns: Collection[str] = ()) -> Iterator[Material]:
    """Find the characters and files of a source.

    A folder that has folders in it is read as one folder a character; files beside those folders are shared by all and
    come first. What is hidden (".DS_Store", "__MACOSX") is not looked at, nor a link to a folder that it lies in.
    Folders that this package has built or is building are left out at any depth, so that an output inside the source
    is never read as one.

    Args:
        root: A file or a folder.
        wanted: A format for all files, or "auto".
        columns: Column names that the user gave; see `detect`.

    Raises:
        SourceError: There is nothing to read: a missing path, a data set of ours, or not one file of a known shape.
    """
    if not root.exists():
        raise SourceError(f"{root} does not exist; expected a file or a folder of dialogue: check the path.")
    if root.is_file():
        head = look(root, _readable(root.name))
        yield Material("", (SourceFile(head, detect(head, wanted, columns)),), ())
        return
    if _is_data_set(root):
        raise SourceError(
            f"{root} is a data set folder of roleinstruct, and raw dialogue was expected: keep the two in folders of "
            "their own, and say with --source where the dialogue lies."
        )
    folders = [root, *_visible(root, folders=True)]
    found = [_material(root, folder, wanted, columns) for folder in folders]
    if not any(material.files for material in found):
        left_out = [notice.message for material in found for notice in material.notices]
        reasons = f": {left_out[0]}" if left_out else "; the folder is empty."
        raise SourceError(f"{root} holds no file that can be read{reasons}")
    yield from (material for material in found if material.files or material.notices)


def _material(root: Path, folder: Path, wanted: str, columns: Collection[str]) -> Material:
    character = "" if folder == root else unicodedata.normalize("NFC", _readable(folder.name)).strip()
    files: list[SourceFile] = []
    notices: list[Notice] = []
    found = _visible(root, folders=False) if folder == root else _files(folder, frozenset({root.resolve()}))
    for path in sorted(found):
        name = "/".join(map(_readable, path.relative_to(root).parts))
        if path.is_dir():
            notices.append(Notice(f"left out: {name} is a data set folder of roleinstruct, and no raw dialogue."))
            continue
        try:
            head = look(path, name)
            files.append(SourceFile(head, detect(head, wanted, columns, character)))
        except SourceError as error:
            notices.append(Notice(f"left out: {error}"))
    return Material(character, tuple(files), tuple(notices))


_PRIVATE = ".roleinstruct"
"""The folder inside every data set folder of this package, from the moment that it is begun."""


def _is_data_set(folder: Path) -> bool:
    return (folder / _PRIVATE).is_dir()


def _readable(name: str) -> str:
    """A name as text: archives made on Chinese Windows leave names in GB18030, which elsewhere are no characters."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode("gb18030", errors="replace")
    return name


def _files(folder: Path, above: frozenset[Path]) -> list[Path]:
    """The files in a folder and all folders below it, and the data set folders as they are, unopened.

    `above` are the folders that it lies in, so that no link goes round.
    """
    if _is_data_set(folder):
        return [folder]
    real = folder.resolve()
    if real in above:
        return []
    found = _visible(folder, folders=False)
    for inner in _visible(folder, folders=True):
        found += _files(inner, above | {real})
    return found


def _visible(folder: Path, *, folders: bool) -> list[Path]:
    """The folders, or the files and dead links, that are not hidden; pipes and devices are neither."""
    shown = [path for path in folder.iterdir() if not path.name.startswith((".", "__"))]
    return sorted(p for p in shown if p.is_dir() == folders and (folders or p.is_file() or p.is_symlink()))
