"""A data set built again from its journal alone: does it come out the same, byte for byte?"""

import hashlib
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from roleinstruct.dataset.folder import PRIVATE, DataFolder
from roleinstruct.errors import FolderError
from roleinstruct.llm.damage import explain
from roleinstruct.llm.store import read
from roleinstruct.pipeline.build import build
from roleinstruct.pipeline.carding import set_aside
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.pseudonyms import map_beside
from roleinstruct.pipeline.remembering import REMEMBERED, remembered
from roleinstruct.pipeline.session import JOURNAL

__all__ = ["Replayed", "replay"]


@dataclass(frozen=True, slots=True)
class Replayed:
    """How a data set came out.

    Attributes:
        same: Files with the same bytes, paths under the folder, in alphabetical order.
        different: Files with others, and files that only one of the two has.
    """

    same: tuple[str, ...]
    different: tuple[str, ...]


def replay(out: Path, listener: Listener) -> Replayed:
    """Build a data set once more, of its source and its journal, and hold it against what is there.

    Nobody is called, and the folder is not touched.

    Args:
        out: A data set folder that `build` has made with a model.
        listener: Hears what is being done.

    Raises:
        FolderError: The folder has no journal, or its build was never finished.
        JournalError: The journal lacks a reply: the run was not finished, or its settings have changed since.
        SourceError: The source is no longer there.
    """
    if not (out / JOURNAL).is_file():
        raise FolderError(f"{out} holds no journal: no model has been asked for it, and nothing can be replayed.")
    if not (out / REMEMBERED).is_file():
        raise FolderError(
            f"the build of {out} was never finished, so that there is nothing to compare: the same build command goes "
            "on where it was stopped."
        )
    with TemporaryDirectory(prefix="roleinstruct-") as temporary:
        again = Path(temporary) / out.resolve().name  # the card names the folder
        (again / PRIVATE).mkdir(parents=True)
        _copy(out / JOURNAL, again / JOURNAL)
        set_aside(out, DataFolder(again))  # what people wrote in the card is no part of what is replayed
        if map_beside(out).is_file():
            shutil.copy(map_beside(out), map_beside(again))
        build(remembered(out), again, listener=listener, replay=True)
        before, after = _digests(out), _digests(again)
    names = sorted(before.keys() | after.keys())
    same = tuple(name for name in names if before.get(name) == after.get(name))
    return Replayed(same, tuple(name for name in names if name not in same))


def _copy(journal: Path, to: Path) -> None:
    """A copy of one moment of it, also while somebody writes."""
    with closing(read(journal)) as source, closing(sqlite3.connect(to)) as target:
        try:
            source.backup(target)
        except sqlite3.Error as error:
            raise explain(journal, error) from error


def _digests(out: Path) -> dict[str, str]:
    files = (path for path in out.rglob("*") if path.is_file() and path.relative_to(out).parts[0] != PRIVATE)
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
