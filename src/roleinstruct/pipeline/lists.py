"""A list of texts in a file: a table of one column, which nothing delimits; and tables whose quotes are broken."""

from collections.abc import Iterator

from roleinstruct.records import Place
from roleinstruct.sources.delimited import header_of, records
from roleinstruct.sources.reading import Head
from roleinstruct.sources.table_rows import TableRow
from roleinstruct.sources.text import lines

__all__ = ["list_column", "list_rows", "unclosed_quote"]

_NOTHING = "\x1f"
"""The unit separator stands in no text, so a row has one cell, with its quotes read as in any CSV."""


def list_column(head: Head) -> list[str]:
    """The name above the texts, in a list; none for what is no text, or JSON."""
    return header_of(head, _NOTHING) if head.encoding and not _is_json(head) else []


def list_rows(head: Head) -> Iterator[TableRow]:
    """The texts under the name, each a row of one cell."""
    (name,) = list_column(head)
    found = records(lines(head), _NOTHING)
    next(found)
    for row in found:
        place = Place(head.name, row.first, row.last)
        yield TableRow(place, {name: "".join(row.cells)}, "broken_row" if row.problem else "")


def unclosed_quote(head: Head, row: TableRow) -> str:
    """What is wrong with a row of a table in text where a cell begins with a quote that does not end, or ""."""
    if not head.encoding or _is_json(head):
        return ""
    cells = (cell for cell in row.cells.values() if isinstance(cell, str))
    broken = any(cell.startswith('"') and cell.count('"') % 2 for cell in cells)
    return "a cell begins with a quote that does not end" if broken else ""


def _is_json(head: Head) -> bool:
    return head.text.lstrip()[:1] in ("{", "[")
