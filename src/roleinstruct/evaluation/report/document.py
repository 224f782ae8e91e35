"""What a report is made of: sections of tables and charts, every figure both as a number and as it is shown.

The page, the Markdown and the JSON are all made from this one document, so that they cannot tell different numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Cell", "Chart", "Grid", "Report", "Section"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    Attributes:
        text: As it is shown.
        value: The number, where it is one.
        low: Where its 95 % interval begins.
        high: Where it ends.
        n: Of how many.
        range: The interval as it is shown, or "".
        mark: Something short behind the number, such as "*" for a difference that is decided.
    """

    text: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    range: str = ""
    mark: str = ""

    @property
    def shown(self) -> str:
        """All that a reader sees of it."""
        return f"{self.text}{self.mark} {self.range}".rstrip()

    def as_json(self) -> dict[str, Any]:
        """As a JSON document, without what it does not have."""
        found: dict[str, Any] = {"text": self.shown}
        if self.value is not None:
            found["value"] = self.value
        if self.low is not None and self.high is not None:
            found["interval"] = [self.low, self.high]
        if self.n is not None:
            found["n"] = self.n
        return found


@dataclass(frozen=True, slots=True)
class Grid:
    """A table.

    Attributes:
        title: What it shows; "" where the section's title says so.
        head: Of the columns.
        rows: Each as long as the head; the first cell is the row's name.
        note: How to read it.
        look: "wide" for running text in cells, "sample" for answers side by side, "folded" for what is shown on demand.
    """

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    look: Literal["", "wide", "sample", "folded"] = ""

    def has_figures(self, column: int) -> bool:
        """Whether a column is of numbers, and so to be read from its right end."""
        return all(row[column].value is not None or row[column].text in ("", "–") for row in self.rows)


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing; every figure in it stands in a table of the same section too.

    Attributes:
        title: What it shows.
        svg: The drawing, in which all text is escaped.
        note: How to read it.
    """

    title: str
    svg: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report.

    Attributes:
        name: Its anchor.
        title: Its heading.
        lead: What to know before the tables.
        blocks: Tables and charts; none where there is nothing to report, and the lead says what would add it.
    """

    name: str
    title: str
    lead: str
    blocks: Sequence[Grid | Chart] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All of it.

    Attributes:
        title: Of the page.
        lead: What was measured, on what.
        remarks: What speaks against the figures.
        sections: In their order.
        data: The figures in full, as the parts of the evaluation write them.
    """

    title: str
    lead: str
    remarks: Sequence[str]
    sections: Sequence[Section]
    data: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As a JSON document: the tables as they are shown, and the figures in full."""
        return {
            "title": self.title,
            "lead": self.lead,
            "remarks": list(self.remarks),
            "sections": [
                {
                    "name": section.name,
                    "title": section.title,
                    "lead": section.lead,
                    "tables": [_grid(block) for block in section.blocks if isinstance(block, Grid)],
                }
                for section in self.sections
            ],
            **self.data,
        }


def _grid(grid: Grid) -> dict[str, Any]:
    rows = [[cell.as_json() for cell in row] for row in grid.rows]
    return {"title": grid.title, "head": list(grid.head), "rows": rows, "note": grid.note}
