"""Parquet tables written and read as streams, so that no table has to fit in memory."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from roleinstruct.dataset.features import Row
from roleinstruct.errors import FolderError

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

__all__ = ["TableWriter", "read_rows"]

_GROUP_ROWS = 5_000
"""Rows of a row group: what is held in memory, and what a reader skips when it looks for one character."""

_SHARD_ROWS = 500_000
"""Rows of a file: a larger table is several files, which `num_proc` and streaming read side by side."""


class TableWriter:
    """Writes rows of one schema into `<folder>/<split>-00000-of-0000N.parquet`, split by split.

    The files get their names when the writer is closed without an error: until then they carry temporary ones.
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
            split.close()
        if error is None:
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

    def close(self) -> None:
        self._flush()
        if self._writer is not None:
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


def read_rows(
    folder: Path, split: str | None = None, *, character: str | None = None, columns: list[str] | None = None
) -> Iterator[Row]:
    """Stream the rows of a table.

    Args:
        folder: The folder of the config.
        split: Only this split; None reads all, in the order of their names.
        character: Only this character's rows; row groups that hold none of them are not read.
        columns: Only these columns.

    Raises:
        FolderError: There is no such table.
    """
    import pyarrow.dataset as ds

    files = sorted(folder.glob(f"{split or '*'}-*-of-*.parquet"))
    if not files:
        raise FolderError(
            f"{folder} holds no {split or 'Parquet'} table; expected {split or 'train'}-00000-of-00001.parquet there: "
            "run the stage that makes it, or roleinstruct build."
        )
    wanted = None if character is None else ds.field("character") == character
    for file in files:
        dataset: Any = ds.dataset(file, format="parquet")
        for batch in dataset.to_batches(columns=columns, filter=wanted, batch_size=1_000, batch_readahead=1):
            yield from batch.to_pylist()
