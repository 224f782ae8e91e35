"""Parquet tables written and read as streams, so that no table has to fit in memory."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from roleinstruct.dataset.rows import Row
from roleinstruct.errors import FolderError

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

__all__ = ["ByCharacter", "TableWriter", "footer_of", "read_rows"]

_GROUP_ROWS = 1_000
"""Rows of a row group: what is held in memory, and what a reader skips when it looks for one character."""

_BATCH_ROWS = 500
"""Rows that a reader turns into Python at a time."""

_SHARD_ROWS = 500_000
"""Rows of a file: a larger table is several files, which `num_proc` and streaming read side by side."""


class TableWriter:
    """Writes rows of one schema into `<folder>/<split>-00000-of-0000N.parquet`, split by split.

    The files get their names when the writer is closed without an error: until then they carry temporary ones. A table
    without rows is no table: it leaves no folder.
    """

    def __init__(self, folder: Path, schema: "pa.Schema") -> None:
        self._folder = folder
        self._schema = schema
        self._splits: dict[str, _Split] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for split in self._splits.values():
            split.close(whole=error is None)
        if not self._splits:
            self._folder.rmdir()
        elif error is None:
            for name, split in self._splits.items():
                for number, path in enumerate(split.paths):
                    path.replace(self._folder / f"{name}-{number:05d}-of-{len(split.paths):05d}.parquet")

    def split(self, name: str) -> None:
        """Make sure that a split exists, even if no row comes."""
        if name not in self._splits:
            self._splits[name] = _Split(self._folder / f".{name}", self._schema)

    def write(self, row: Row, split: str = "train") -> None:
        """Add a row to a split."""
        self.split(split)
        self._splits[split].write(row)


class _Split:
    def __init__(self, stem: Path, schema: "pa.Schema") -> None:
        self._stem = stem
        self._schema = schema
        self._rows: list[Row] = []
        self._in_shard = 0
        self._writer: pq.ParquetWriter | None = None
        self.paths: list[Path] = []
        self._open()

    def write(self, row: Row) -> None:
        self._rows.append(row)
        if len(self._rows) == _GROUP_ROWS:
            self._flush()

    def close(self, *, whole: bool) -> None:
        if whole:
            self._flush()
            if self._writer is not None:
                self._writer.close()
        elif self._writer is not None:
            with suppress(OSError, ValueError):  # the error that ended the block is the one to be told
                self._writer.close()

    def _open(self) -> None:
        import pyarrow.parquet as pq

        path = self._stem.with_name(f"{self._stem.name}-{len(self.paths):05d}.tmp")
        self.paths.append(path)
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._in_shard = 0

    def _flush(self) -> None:
        import pyarrow as pa

        if not self._rows or self._writer is None:
            return
        if self._in_shard >= _SHARD_ROWS:
            self._writer.close()
            self._open()
        self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        self._in_shard += len(self._rows)
        self._rows = []


def footer_of(path: Path) -> "pq.FileMetaData":
    """How many rows and row groups a file of a table has.

    Raises:
        FolderError: It is damaged.
    """
    with _opened(path) as file:
        return file.metadata


def read_rows(folder: Path, split: str | None = None, *, columns: list[str] | None = None) -> Iterator[Row]:
    """Stream the rows of a table.

    Args:
        folder: The folder of the config.
        split: Only this split; None reads all, in the order of their names.
        columns: Only these columns.

    Raises:
        FolderError: There is no such table, or a file of it is damaged.
    """
    files = _files(folder, split)
    if not files:
        raise FolderError(
            f"{folder} holds no {split or 'Parquet'} table; expected {split or 'train'}-00000-of-00001.parquet there: "
            "run the stage that makes it, or roleinstruct build."
        )
    for path in files:
        with _opened(path) as file:
            for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=columns):
                yield from batch.to_pylist()


class ByCharacter:
    """A table's rows, one character at a time: only the row groups that hold the character are read again.

    A table that is not there has no characters.

    Args:
        folder: The folder of the config.
        split: Only this split; None takes all.

    Attributes:
        names: The characters, in the order of their first rows.

    Raises:
        FolderError: A file of the table is damaged.
    """

    def __init__(self, folder: Path, split: str | None = None) -> None:
        self._groups: dict[str, dict[Path, list[int]]] = {}
        self._footers: dict[Path, pq.FileMetaData] = {}
        for path in _files(folder, split):
            with _opened(path) as file:
                self._footers[path] = file.metadata
                for group in range(file.num_row_groups):
                    for name in file.read_row_group(group, columns=["character"])["character"].unique().to_pylist():
                        self._groups.setdefault(name, {}).setdefault(path, []).append(group)
        self.names = list(self._groups)

    def rows(self, character: str) -> Iterator[Row]:
        """Stream a character's rows, in the table's order."""
        import pyarrow.compute as pc

        for path, groups in self._groups.get(character, {}).items():
            with _opened(path, self._footers[path]) as file:
                for batch in file.iter_batches(batch_size=_BATCH_ROWS, row_groups=groups):
                    yield from batch.filter(pc.equal(batch["character"], character)).to_pylist()


@contextmanager
def _opened(path: Path, footer: "pq.FileMetaData | None" = None) -> "Iterator[pq.ParquetFile]":
    """A file of a table, to be read in the block.

    Args:
        path: The file.
        footer: Its metadata, where it has been read before.

    Raises:
        FolderError: It is cut off, damaged or no Parquet, which may show only where it is read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path, metadata=footer) as file:
            yield file
    except (pa.ArrowInvalid, OSError) as error:
        if isinstance(error, OSError) and error.errno:  # the system's own, such as rights that are missing
            raise
        raise FolderError(
            f"{path} is cut off, damaged or no Parquet file ({str(error).splitlines()[0].rstrip('.')}): copy the "
            "folder again, or build it again."
        ) from error


def _files(folder: Path, split: str | None) -> list[Path]:
    return sorted(folder.glob(f"{split or '*'}-*-of-*.parquet"))
