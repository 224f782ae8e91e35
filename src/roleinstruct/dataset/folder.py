"""The data set folder: where each part lies, and what is in it."""

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from roleinstruct.dataset.features import CONFIGS, features
from roleinstruct.dataset.rows import Row
from roleinstruct.dataset.tables import ByCharacter, TableWriter, footer_of, read_rows
from roleinstruct.errors import FolderError

__all__ = ["PRIVATE", "WORK", "DataFolder"]

PRIVATE = ".roleinstruct"
"""What is never published."""

WORK = f"{PRIVATE}/work"
"""The working tables and accounts of the stages."""


class DataFolder:
    """A data set folder, finished or in the making.

    Args:
        root: The folder; it need not exist before something is written.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def table(self, config: str) -> Path:
        """The folder of a table: one of `CONFIGS`, or a working table such as "imported/utterances"."""
        return self.root / config if config in CONFIGS else self.root / WORK / config

    def expect_there(self) -> None:
        """Check that there is a data set folder, whatever parts of it.

        Raises:
            FolderError: There is no folder, or one of other things.
        """
        if not self.root.is_dir():
            found = "a file" if self.root.exists() else "no folder"
            raise FolderError(
                f"{self.root} is {found}, and a data set folder was expected: roleinstruct build makes one."
            )
        if not (self.root / PRIVATE).is_dir() and not any(self.has(config) for config in CONFIGS):
            held = min((path.name for path in self.root.iterdir() if path.name[0] != "."), default="nothing")
            raise FolderError(
                f"{self.root} is no data set folder (it holds {held}): make one by roleinstruct build, or name another."
            )

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
            path = self.root / part
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def rows(self, config: str, split: str | None = None, *, columns: list[str] | None = None) -> Iterator[Row]:
        """Stream the rows of a table; see `tables.read_rows`."""
        if not self.has(config):
            self.expect_there()
        return read_rows(self.table(config), split, columns=columns)

    def by_character(self, config: str, split: str | None = None) -> ByCharacter:
        """The rows of a table, or of one split of it, one character at a time."""
        return ByCharacter(self.table(config), split)

    def count(self, config: str, split: str | None = None) -> int:
        """The number of rows of a table, read from the files' footers; 0 where there is no table."""
        files = sorted(self.table(config).glob(f"{split or '*'}-*.parquet"))
        return sum(footer_of(file).num_rows for file in files)

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
        except (FileNotFoundError, NotADirectoryError) as error:
            self.expect_there()
            raise FolderError(
                f"{path} does not exist; {self.root} is no finished data set folder: run roleinstruct build first."
            ) from error
        except json.JSONDecodeError as error:
            raise FolderError(f"{path}:{error.lineno} is no JSON ({error.msg}): build the folder again.") from error
        return document
