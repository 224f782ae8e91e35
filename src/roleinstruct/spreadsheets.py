"""CSV for people: spreadsheet programs show its Chinese and run nothing of it, and it is read however they saved it."""

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from roleinstruct.errors import SourceError

__all__ = ["csv_rows", "disarmed", "rearmed", "table_csv"]


def table_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A table as CSV, UTF-8 with the mark by which Excel knows it; see `disarmed`."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([disarmed(cell) for cell in row] for row in rows)
    return codecs.BOM_UTF8 + out.getvalue().encode()


def disarmed(text: str) -> str:
    """A cell that no spreadsheet program takes for a formula: an apostrophe goes in front of what it might."""
    return f"'{text}" if _ARMED.match(text) else text


def rearmed(cell: str) -> str:
    """What `disarmed` was given."""
    return cell[1:] if cell.startswith("'") and _ARMED.match(cell) else cell


def csv_rows(
    data: bytes, name: str, needed: Collection[str], expected: str
) -> Iterator[tuple[int, dict[str, str] | str]]:
    """Read a table that a spreadsheet program saved: any usual encoding, with comma, semicolon or tab.

    Args:
        data: The bytes of the file.
        name: What to call it in messages.
        needed: Columns without which it is no such table, in lower case.
        expected: Which columns it should have and what to do, as the end of a sentence.

    Yields:
        The first line of each row, and its cells by column, or what is wrong with it. A row that is broken costs
        itself alone.

    Raises:
        SourceError: It is no text, or has no header with the needed columns.
    """
    lines = _decoded(data, name).split("\n")
    found_header = _header(lines[0], needed)
    if found_header is None:
        raise SourceError(f"{name}:1 is no header of a sheet; expected {expected}")
    header, delimiter = found_header
    start = 1
    while start < len(lines):
        found = _record(lines, start, delimiter, len(header))
        if isinstance(found, str):
            yield start + 1, found
            start += 1
            continue
        cells, end = found
        if any(cells):
            yield start + 1, {column: rearmed(cell) for column, cell in zip(header, cells, strict=True)}
        start = end


_ARMED = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
_LONGEST_RECORD = 200
"""Lines of one row; a quote that is still open then was never meant as one."""


def _decoded(data: bytes, name: str) -> str:
    if data.startswith(b"PK\x03\x04"):
        raise SourceError(f"{name} is a workbook, and CSV was expected: save it as CSV UTF-8.")
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text if "\n" in text else text.replace("\r", "\n")
    raise SourceError(f"{name} is no text in UTF-8, UTF-16 or GB18030: save it as CSV UTF-8.")


def _header(line: str, needed: Collection[str]) -> tuple[list[str], str] | None:
    for delimiter in (",", ";", "\t"):
        found = [cell.strip().casefold() for cell in next(csv.reader([line.rstrip("\r")], delimiter=delimiter), [])]
        if set(needed) <= set(found):
            return found, delimiter
    return None


def _record(lines: Sequence[str], start: int, delimiter: str, width: int) -> tuple[list[str], int] | str:
    """The cells of the row that begins there and the line after it, or what is wrong."""
    problem = ""
    for end in range(start + 1, min(start + _LONGEST_RECORD, len(lines)) + 1):
        text = "\n".join(lines[start:end]).removesuffix("\r")
        try:
            cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            problem = problem or f"its quotes are broken ({error})"
            continue
        if len(cells) == width or not cells:
            return cells, end
        return f"it has {len(cells)} cells, and {width} were expected"
    return problem
