"""The charts of a report: figures with their intervals, and tables as depths of one colour; each value is written."""

from collections.abc import Sequence
from dataclasses import dataclass

from roleinstruct.evaluation.report.document import Cell, Chart
from roleinstruct.evaluation.report.drawing import Drawing, cut

__all__ = ["Panel", "heat_map", "interval_plot"]

_NAMES, _ROW = 200, 34
_WIDTH = 1000


@dataclass(frozen=True, slots=True)
class Panel:
    """One quantity of several systems.

    Attributes:
        title: What it is called.
        cells: One a system.
        floors: What chance makes of each, where it is known.
    """

    title: str
    cells: Sequence[Cell]
    floors: Sequence[float | None] = ()


def interval_plot(
    title: str, names: Sequence[str], panels: Sequence[Panel], scale: tuple[float, float], note: str = ""
) -> Chart:
    """Panels side by side on one scale: a row a system, with a shape of its own, a whisker, and the value in words.

    Args:
        title: Of the chart.
        names: Of the systems, whose place is their shape.
        panels: One or more.
        scale: Where the axis begins and ends.
        note: How to read it.
    """
    height = 34 + _ROW * len(names) + 30
    drawing = Drawing(title, _WIDTH, height)
    for row, name in enumerate(names):
        y = 34 + _ROW * (row + 0.5) + 6
        drawing.marker(10, y, row)
        drawing.text(26, y, cut(name, 12.5), "name", size=14)
    gap, room = 26.0, (_WIDTH - _NAMES) / len(panels)
    for place, panel in enumerate(panels):
        _panel(drawing, panel, (_NAMES + room * place, room - gap), scale, height)
    return Chart(title, drawing.done(), note)


def _panel(drawing: Drawing, panel: Panel, where: tuple[float, float], scale: tuple[float, float], height: int) -> None:
    """One panel, in its place and width."""
    left, width = where
    begin, end = scale
    bottom = height - 30

    def at(value: float) -> float:
        return left + width * (min(max(value, begin), end) - begin) / (end - begin)

    drawing.text(left, 16, panel.title, "head", size=14)
    for tick in _ticks(begin, end):
        drawing.line(at(tick), 34, at(tick), bottom, "grid")
        drawing.text(at(tick), bottom + 14, f"{tick:g}", "muted", align="middle", size=12)
    for row, cell in enumerate(panel.cells):
        if cell.value is None:
            continue
        y = 34 + _ROW * (row + 0.5) + 6
        if panel.floors and (floor := panel.floors[row]) is not None:
            drawing.line(at(floor), y - 8, at(floor), y + 8, "floor")
        if cell.low is not None and cell.high is not None:
            drawing.line(at(cell.low), y, at(cell.high), y, "whisker")
        drawing.marker(at(cell.value), y, row, cell.shown)
        x = min(max(at(cell.value), left + 18), left + width - 18)
        drawing.text(x, y - 16, cell.text, "value", align="middle", size=12)


def _ticks(begin: float, end: float) -> list[float]:
    """Four or five round steps."""
    step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2, 5, 10) if (end - begin) / s <= 5)
    first = int(-(-begin // step))
    return [round(step * n, 6) for n in range(first, int(end / step + 1e-9) + 1)]


def heat_map(
    title: str,
    head: Sequence[str],
    rows: Sequence[tuple[str, Sequence[Cell]]],
    note: str = "",
    *,
    scale: tuple[float, float] | None = None,
) -> Chart:
    """A table whose cells are the deeper the greater; the value is written in each.

    Args:
        title: Of the chart.
        head: Of the columns, each of one line or two.
        rows: Name and cells; a cell without a number is left empty.
        note: How to read it.
        scale: What is palest and what is deepest; by default the least and the greatest of the values.
    """
    values = [cell.value for _, cells in rows for cell in cells if cell.value is not None]
    low, high = scale or (min(values, default=0.0), max(values, default=1.0))
    wide, tall = min(150.0, (_WIDTH - _NAMES) / max(len(head), 1)), 36
    top = 16 + 18 * max((name.count("\n") + 1 for name in head), default=1)
    drawing = Drawing(title, int(_NAMES + wide * len(head)), top + tall * len(rows) + 4)
    for column, name in enumerate(head):
        for place, line in enumerate(reversed(name.split("\n"))):
            x, y = _NAMES + wide * (column + 0.5), top - 18 * (place + 1)
            drawing.text(x, y, cut(line, wide / 12.5), "head", align="middle", size=12)
    for place, (name, cells) in enumerate(rows):
        y = top + tall * place
        drawing.text(0, y + tall / 2, cut(name, 13), "name", size=14)
        for column, cell in enumerate(cells):
            x, told = _NAMES + wide * column, f"{name}, {' '.join(head[column].split())}: {cell.shown}"
            depth = 0.0 if cell.value is None or high == low else (cell.value - low) / (high - low)
            drawing.bar(x + 1, y + 1, wide - 2, tall - 2, "heat", depth=0.06 + 0.62 * min(max(depth, 0), 1), tip=told)
            drawing.text(x + wide / 2, y + tall / 2, cell.text + cell.mark, "value", align="middle")
    return Chart(title, drawing.done(), note)
