"""A data set folder changes as a whole: work is done on a draft, which is put in place when all is done.

What a commit is about to do is written down first. A process that is killed before that leaves the folder as it was;
one that is killed in the few milliseconds after it leaves the rest to the next that opens a draft.
"""

import json
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from roleinstruct.dataset.features import CONFIGS
from roleinstruct.dataset.folder import PRIVATE, WORK, DataFolder
from roleinstruct.errors import FolderError

__all__ = ["draft"]

_PARTS = (*CONFIGS, "README.md", "reports", "figures", WORK)
"""What a data set folder consists of; a commit replaces each as a whole, and touches nothing else."""


@contextmanager
def draft(root: Path, *, keep: bool) -> Iterator[DataFolder]:
    """Work on a copy of a data set folder that replaces it when the block ends without an error.

    Args:
        root: The data set folder; made if it does not exist.
        keep: True begins with all that the folder holds (a single stage), False with nothing (a whole build).

    Raises:
        FolderError: The path is a file, the folder holds what others have made, or another process works on it.
    """
    _check(root)
    private = root / PRIVATE
    is_new = not root.exists()
    private.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(private / "lock", timeout=0):
            try:
                yield from _drafted(root, private, keep)
            finally:
                if is_new and _is_empty(root):
                    shutil.rmtree(root)  # nothing came of it
    except Timeout as error:
        raise FolderError(
            f"another roleinstruct is writing into {root}; wait until it ends, or choose another --out."
        ) from error


def _is_empty(root: Path) -> bool:
    """Whether a folder holds no part of a data set, nor a journal of what was paid for."""
    paid = {path.name for path in (root / PRIVATE).iterdir()} - {"lock", "draft", "old", "commit.json"}
    return not paid and not any((root / part).exists() for part in _PARTS)


def _check(root: Path) -> None:
    if root.exists() and not root.is_dir():
        raise FolderError(f"{root} is a file, expected a folder to write a data set into: choose another --out.")
    strange = [part for part in _PARTS if (root / part).exists()]
    if strange and not (root / PRIVATE).is_dir():
        raise FolderError(
            f"{root} holds {', '.join(strange)}, which no build of roleinstruct has put there; expected a new folder, "
            "an empty one or one that was built before: choose another --out."
        )


def _drafted(root: Path, private: Path, keep: bool) -> Iterator[DataFolder]:
    _settle(root, private)
    folder = DataFolder(private / "draft")
    folder.root.mkdir()
    if keep:
        _link(root, folder.root)
    done = False
    try:
        yield folder
        done = True
    finally:
        if not done:
            shutil.rmtree(folder.root, ignore_errors=True)
    with _undisturbed():
        _write_down(private / "commit.json", [part for part in _PARTS if (folder.root / part).exists()])
        _settle(root, private)


def _link(root: Path, copy: Path) -> None:
    """Give the draft the folder's present parts: hard links, since writers replace files and never edit them."""
    for part in _PARTS:
        source, target = root / part, copy / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, copy_function=_link_file)
        elif source.exists():
            shutil.copyfile(source, target)


def _link_file(source: str, target: str) -> str:
    if source.endswith(".parquet"):
        try:
            Path(target).hardlink_to(source)
        except OSError:  # a file system without hard links
            shutil.copyfile(source, target)
    else:
        shutil.copyfile(source, target)
    return target


def _write_down(journal: Path, parts: list[str]) -> None:
    waiting = journal.with_suffix(".tmp")
    with waiting.open("w", encoding="utf-8") as file:
        json.dump(parts, file)
        file.flush()
        os.fsync(file.fileno())
    waiting.replace(journal)


def _settle(root: Path, private: Path) -> None:
    """Carry out a commit that was written down, if one was; from the middle it is the same as from the beginning.

    Old parts are renamed out of the way and removed when all new ones are in place.
    """
    journal, new, old = private / "commit.json", private / "draft", private / "old"
    if journal.is_file():
        parts = _read_down(journal)
        for part in _PARTS:
            if (new / part).exists() or (part not in parts and (root / part).exists()):
                _rename(root / part, old / part)
                _rename(new / part, root / part)
        journal.unlink()
    for rest in (old, new):
        shutil.rmtree(rest, ignore_errors=True)


def _read_down(journal: Path) -> list[str]:
    try:
        parts: list[str] = json.loads(journal.read_text(encoding="utf-8"))
    except ValueError as error:
        raise FolderError(
            f"{journal}, which says how to complete the last build, is damaged ({error}): remove it and build again."
        ) from error
    return parts


def _rename(source: Path, target: Path) -> None:
    if source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """No Ctrl-C while parts are put in place; it takes milliseconds."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
