"""The data set folder: where each part lies, and how it changes only as a whole.

Work is done in a *draft* beside the tables. `Draft.commit` first writes down what it is about to move, then moves it: a
run that is killed before that leaves the folder as it was, one that is killed during it is completed by the next.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from roleinstruct.dataset.features import CONFIGS, features
from roleinstruct.dataset.rows import Row
from roleinstruct.dataset.tables import ByCharacter, TableWriter, read_rows
from roleinstruct.errors import FolderError

__all__ = ["DataFolder", "draft"]

_PRIVATE = ".roleinstruct"


class DataFolder:
    """A data set folder, finished or in the making.

    Args:
        root: The folder; it need not exist before something is written.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def private(self) -> Path:
        """Where working tables and run records lie; never published."""
        return self.root / _PRIVATE

    def table(self, config: str) -> Path:
        """The folder of a table: one of `CONFIGS`, or a working table such as "imported/utterances"."""
        return self.root / config if config in CONFIGS else self.private / config

    def has(self, config: str) -> bool:
        """Whether a table has been written."""
        return any(self.table(config).glob("*.parquet"))

    def splits(self, config: str) -> list[str]:
        """The splits of a table in the order train, validation, test, others."""
        names = {path.name.split("-", 1)[0] for path in self.table(config).glob("*.parquet")}
        usual = ("train", "validation", "test")
        return [s for s in usual if s in names] + sorted(names - set(usual))

    def writer(self, config: str, schema: Any = None) -> TableWriter:  # noqa: ANN401 - a pyarrow schema, imported late
        """A writer of a table, which replaces what was there when it closes.

        Args:
            config: A published config or a working table.
            schema: The Arrow schema of a working table.
        """
        self.remove(config)
        return TableWriter(self.table(config), features(config).arrow_schema if schema is None else schema)

    def replace(self, config: str, by_config: str) -> None:
        """Put one table in the place of another."""
        self.remove(by_config)
        self.table(config).rename(self.table(by_config))

    def remove(self, config: str) -> None:
        """Remove a table, if it is there."""
        shutil.rmtree(self.table(config), ignore_errors=True)

    def remove_all(self, *parts: str) -> None:
        """Remove files and folders, given as paths under the folder, if they are there."""
        for part in parts:
            _remove(self.root / part)

    def rows(self, config: str, split: str | None = None, *, columns: list[str] | None = None) -> Iterator[Row]:
        """Stream the rows of a table; see `tables.read_rows`."""
        return read_rows(self.table(config), split, columns=columns)

    def by_character(self, config: str) -> ByCharacter:
        """The rows of a table, one character at a time."""
        return ByCharacter(self.table(config))

    def count(self, config: str, split: str | None = None) -> int:
        """The number of rows of a table, read from the files' footers; 0 where there is no table."""
        import pyarrow.parquet as pq

        files = sorted(self.table(config).glob(f"{split or '*'}-*.parquet"))
        return sum(pq.read_metadata(file).num_rows for file in files)

    def write_json(self, name: str, value: Mapping[str, Any]) -> None:
        """Write a JSON document at `name`, a path under the folder."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

    def read_json(self, name: str) -> dict[str, Any]:
        """Read a JSON document of the folder.

        Raises:
            FolderError: It is not there or no JSON.
        """
        path = self.root / name
        try:
            document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise FolderError(
                f"{path} does not exist; {self.root} is no finished data set folder: run roleinstruct build first."
            ) from error
        except json.JSONDecodeError as error:
            raise FolderError(f"{path}:{error.lineno} is no JSON ({error.msg}): build the folder again.") from error
        return document


@contextmanager
def draft(root: Path, *, keep: bool) -> Iterator[DataFolder]:
    """Work on a copy of a data set folder that replaces the folder's parts when the block ends without an error.

    Args:
        root: The data set folder; made if it does not exist.
        keep: True begins with all that the folder holds (a single stage), False with nothing (a whole build).

    Raises:
        FolderError: Another process works on the folder, or the path is a file.
    """
    if root.exists() and not root.is_dir():
        raise FolderError(f"{root} is a file, expected a folder to write a data set into: choose another --out.")
    private = root / _PRIVATE
    is_new = not root.exists()
    private.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(private / "lock", timeout=0):
            _finish_commit(root)
            shutil.rmtree(private / "draft", ignore_errors=True)
            folder = DataFolder(private / "draft")
            folder.root.mkdir()
            if keep:
                _link(root, folder.root)
            yield folder
            _commit(root, folder)
            is_new = False
    except Timeout as error:
        raise FolderError(
            f"another roleinstruct is writing into {root}; wait until it ends, or choose another --out."
        ) from error
    finally:
        if is_new:
            shutil.rmtree(root, ignore_errors=True)


def _parts(root: Path) -> list[str]:
    """What a folder consists of: the entries that a commit replaces, each as a whole."""
    own = [p.name for p in root.iterdir() if p.name != _PRIVATE]
    private = root / _PRIVATE
    kept_apart = {"draft", "lock", "commit.json"}
    hidden = [f"{_PRIVATE}/{p.name}" for p in private.iterdir() if p.name not in kept_apart] if private.is_dir() else []
    return sorted(own + hidden)


_OURS = frozenset({*CONFIGS, "README.md", "reports", "figures"})


def _link(root: Path, copy: Path) -> None:
    """Give the draft the folder's present parts: hard links, since writers replace files and never edit them."""
    for part in _parts(root):
        if part not in _OURS and not part.startswith(_PRIVATE):
            continue
        source, target = root / part, copy / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, copy_function=_link_file)
        else:
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


def _commit(root: Path, folder: DataFolder) -> None:
    """Replace the folder's parts by the draft's; parts of ours that the draft lacks go, a stranger's files stay."""
    new = _parts(folder.root)
    old = [p for p in _parts(root) if p in _OURS or p.startswith(_PRIVATE)]
    plan = {"move": new, "remove": [p for p in old if p not in new]}
    journal = root / _PRIVATE / "commit.json"
    waiting = journal.with_suffix(".tmp")
    waiting.write_text(json.dumps(plan, ensure_ascii=False), encoding="utf-8")
    waiting.replace(journal)
    _finish_commit(root)


def _finish_commit(root: Path) -> None:
    """Carry out a commit that was written down; doing it twice, or from the middle, is the same as once."""
    journal = root / _PRIVATE / "commit.json"
    if not journal.is_file():
        return
    plan = json.loads(journal.read_text(encoding="utf-8"))
    source = root / _PRIVATE / "draft"
    for part in plan["move"]:
        if not (source / part).exists():
            continue  # moved already, before the run was killed
        target = root / part
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove(target)
        (source / part).rename(target)
    for part in plan["remove"]:
        _remove(root / part)
    journal.unlink()
    shutil.rmtree(source, ignore_errors=True)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
