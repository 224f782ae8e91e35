"""The report as Markdown: the same tables as the page, readable as it is and on any site that renders it."""

import re
from collections.abc import Iterator

from roleinstruct.evaluation.report.document import Cell, Grid, Report

__all__ = ["markdown"]


def markdown(report: Report) -> str:
    """The whole report; what others wrote in it is escaped, so that it stays text."""
    return "\n".join(_lines(report)).rstrip() + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield from (f"# {_plain(report.title)}", "", _plain(report.lead), "")
    for remark in report.remarks:
        yield from (f"> **Mind:** {_plain(remark)}", ">")
    yield ""
    for section in report.sections:
        yield from (f"## {_plain(section.title)}", "")
        if section.lead:
            yield from (_plain(section.lead), "")
        for block in section.blocks:
            if isinstance(block, Grid):
                yield from _grid(block)


def _grid(grid: Grid) -> Iterator[str]:
    if grid.title:
        yield from (f"### {_plain(grid.title)}", "")
    yield f"| {' | '.join(map(_plain, grid.head))} |"
    yield f"| {' | '.join('---:' if grid.has_figures(n) else '---' for n in range(len(grid.head)))} |"
    for row in grid.rows:
        yield f"| {' | '.join(map(_cell, row))} |"
    yield ""
    if grid.note:
        yield from (_plain(grid.note), "")


def _cell(cell: Cell) -> str:
    return cell.shown if cell.value is not None else _plain(cell.text)


def _plain(text: str) -> str:
    """One line in which nothing is markup."""
    return re.sub(r"([\\`*_{}\[\]<>|#!~&$])", r"\\\1", " ".join(text.split()))
