"""The rows of a table as names and values: CSV and its relatives, JSON objects, Parquet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from roleinstruct.errors import SourceError
from roleinstruct.records import Place
from roleinstruct.sources.delimited import delimiter_of, header_of, records
from roleinstruct.sources.json_rows import first_objects, rows
from roleinstruct.sources.json_stream import Broken, Gap
from roleinstruct.sources.reading import Head
from roleinstruct.sources.text import lines

__all__ = ["TableRow", "columns_of", "table_rows"]


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row.

    Attributes:
        place: Its lines, or its number in a file without lines.
        cells: Values by column; whatever there is of them where there is a problem.
        problem: Why it cannot be read, as the reason of a rejection, or "".
    """

    place: Place
    cells: Mapping[str, object]
    problem: str = ""


def columns_of(head: Head) -> list[str]:
    """The names of a table's columns, in order; empty for what is no table.

    Raises:
        SourceError: A Parquet file is damaged.
    """
    if not head.encoding:
        return _parquet_columns(head)
    if _is_json(head):
        return list(dict.fromkeys(str(key) for row in first_objects(head) for key in row))
    delimiter = delimiter_of(head)
    return header_of(head, delimiter) if delimiter else []


def table_rows(head: Head, free: str) -> Iterator[TableRow]:
    """Stream the rows of a table.

    Args:
        head: A file that has columns.
        free: The column of running text; where it is the last, surplus cells are taken for its unquoted delimiters.

    Raises:
        SourceError: A Parquet file is damaged.
    """
    if not head.encoding:
        yield from _parquet_rows(head)
    elif _is_json(head):
        yield from _json_rows(head)
    else:
        yield from _delimited_rows(head, free)


_BATCH = 1024
"""Rows of a Parquet file that are in memory at a time."""


def _is_json(head: Head) -> bool:
    return head.text.lstrip()[:1] in ("{", "[") and bool(first_objects(head))


def _json_rows(head: Head) -> Iterator[TableRow]:
    for first, last, row in rows(lines(head)):
        place = Place(head.name, first, last)
        if isinstance(row, Broken):
            yield TableRow(place, {"text": row.text, "why": row.why}, "broken_json")
        elif isinstance(row, dict):
            yield TableRow(place, row)
        elif not isinstance(row, Gap):
            yield TableRow(place, {"value": row}, "wrong_type")


def _delimited_rows(head: Head, free: str) -> Iterator[TableRow]:
    delimiter = delimiter_of(head)
    header = header_of(head, delimiter)
    width = len(header)
    found = records(lines(head), delimiter)
    next(found)
    for row in found:
        place, cells = Place(head.name, row.first, row.last), row.cells
        if len(cells) > width and header[-1] == free:
            cells = [*cells[: width - 1], delimiter.join(cells[width - 1 :])]
        if all(_is_ruled(cell) for cell in cells) and not row.problem:
            yield TableRow(place, {"cells": cells}, "ruled_row")
        elif row.problem:
            yield TableRow(place, {"text": row.text, "why": row.problem}, "broken_row")
        elif len(cells) != width and any(cells[width:] or [len(cells) < width]):
            yield TableRow(place, {"cells": cells}, "short_row" if len(cells) < width else "long_row")
        else:
            yield TableRow(place, dict(zip(header, cells, strict=False)))


def _is_ruled(cell: str) -> bool:
    """Whether a cell is a line of dashes or nothing, as under the head of a table in Markdown."""
    return not cell.strip(" :-") and (not cell or "--" in cell)


def _parquet_columns(head: Head) -> list[str]:
    import pyarrow
    import pyarrow.parquet

    try:
        return list(pyarrow.parquet.read_schema(head.path).names)
    except (pyarrow.ArrowException, OSError) as error:
        raise _damaged(head, error) from error


def _parquet_rows(head: Head) -> Iterator[TableRow]:
    import pyarrow
    import pyarrow.parquet

    number = 0
    try:
        with pyarrow.parquet.ParquetFile(head.path) as file:
            for batch in file.iter_batches(batch_size=_BATCH):
                for cells in batch.to_pylist():
                    number += 1
                    yield TableRow(Place(head.name, number, number), cells)
    except (pyarrow.ArrowException, OSError) as error:
        raise _damaged(head, error) from error


def _damaged(head: Head, error: Exception) -> SourceError:
    return SourceError(
        f"{head.name} begins as a Parquet file and cannot be read as one ({error}): it is not complete, fetch it again."
    )
