"""Rows of CSV, TSV and their relatives, with the lines they stand on, whatever became of the quotes."""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from roleinstruct.sources.reading import Head

__all__ = ["Row", "delimiter_of", "header_of", "records"]


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a table.

    Attributes:
        first: Its first line.
        last: Its last line; later than the first where a quoted cell holds line ends.
        cells: Its cells, from the left; empty where `problem` is not.
        text: The record as it stands, where there is a problem.
        problem: What is wrong with it, or "".
    """

    first: int
    last: int
    cells: list[str]
    text: str = ""
    problem: str = ""


def records(lines: Iterable[tuple[int, str]], delimiter: str) -> Iterator[Row]:
    """Read the records of a table.

    Quotes are as in RFC 4180, and there may be spaces in front of them. A line whose quotes do not fit that is read as
    if they were letters, provided that it has as many cells as the first record; else it is a problem, and costs that
    line alone. Blank lines are left out, and so is the hint "sep=;" that Excel wants in front.

    Args:
        lines: Line numbers and texts.
        delimiter: What parts the cells.
    """
    feed = _Feed(line for line in lines if line[0] > 1 or not _HINT.fullmatch(line[1]))
    reader = csv.reader(feed, delimiter=delimiter, strict=True, skipinitialspace=True)
    width = 0
    while True:
        feed.taken.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            row = _mend(feed, delimiter, width, str(error))
        else:
            row = Row(feed.taken[0][0], feed.taken[-1][0], cells)
        width = width or len(row.cells)
        if row.cells or row.problem:
            yield row


def delimiter_of(head: Head) -> str:
    """The delimiter under which most rows of a file's head have as many cells as the first, or ""."""
    scores = {}
    for delimiter in _DELIMITERS:
        widths = [len(row.cells) for row in _some(head, delimiter)]
        if widths and widths[0] > 1:
            alike = sum(width == widths[0] for width in widths) / len(widths)
            scores[delimiter] = (alike > _ALIKE, widths[0] if alike > _ALIKE else 0, alike)
    return max(scores, key=lambda delimiter: scores[delimiter], default="")


def header_of(head: Head, delimiter: str) -> list[str]:
    """The cells of the first row, without the white space around them; of a name that comes again the first stays."""
    cells = next((row.cells for row in _some(head, delimiter)), [])
    names: list[str] = []
    for cell in map(str.strip, cells):
        names.append(f"{cell} ({names.count(cell) + 1})" if cell and cell in names else cell)
    return names


_DELIMITERS = (",", "\t", ";", "|")
_ALIKE = 0.7
_ROWS_LOOKED_AT = 50
_HINT = re.compile(r"\"?sep=.\"?", re.IGNORECASE)
_LONGEST_RECORD = 500
"""Lines of one record; a quote that is still open then was never meant as one."""


@dataclass(slots=True)
class _Feed:
    """Gives lines to the csv module, remembers those of the current record, and takes them back."""

    lines: Iterator[tuple[int, str]]
    taken: list[tuple[int, str]] = field(default_factory=list)
    again: deque[tuple[int, str]] = field(default_factory=deque)

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        if len(self.taken) >= _LONGEST_RECORD:
            raise csv.Error("a quoted cell does not end")
        item = self.again.popleft() if self.again else next(self.lines)
        self.taken.append(item)
        return item[1] + "\n"


def _mend(feed: _Feed, delimiter: str, width: int, why: str) -> Row:
    """Read the first line of a failed record without regard to quotes, and give back the others."""
    number, line = feed.taken[0]
    feed.again.extendleft(reversed(feed.taken[1:]))
    cells = next(csv.reader([line], delimiter=delimiter, quoting=csv.QUOTE_NONE), [])
    return Row(number, number, cells) if len(cells) == width else Row(number, number, [], line, why)


def _some(head: Head, delimiter: str) -> list[Row]:
    numbered = enumerate(head.text.removesuffix("\n").split("\n"), start=1)
    found = records(numbered, delimiter)
    return [row for _, row in zip(range(_ROWS_LOOKED_AT), found, strict=False)]
