"""How the commands talk: notices and tables for people on stderr and stdout, JSON for programs."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TextColumn, TimeRemainingColumn
from rich.table import Table

from roleinstruct.dataset.statistics import figure
from roleinstruct.emotions import Emotion
from roleinstruct.generate.fitting import FitReport
from roleinstruct.pipeline.listener import Listener

__all__ = [
    "accounting_table",
    "emotions_table",
    "fit_tables",
    "listening",
    "out",
    "print_json",
    "say",
    "statistics_table",
]


def out() -> Console:
    """The console of what was asked for."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=not sys.stdout.isatty())


def say(message: str) -> None:
    """A line of talk on stderr."""
    Console(file=sys.stderr, highlight=False, markup=False, soft_wrap=True).print(message)


@contextmanager
def listening() -> Iterator[Listener]:
    """Hear a build: sentences on stderr, and a bar with rate and remaining time if stderr is a terminal."""
    console = Console(file=sys.stderr, highlight=False, markup=False, soft_wrap=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task("", total=None)
        current = ""

        def progress(what: str, done: int, total: int | None) -> None:
            nonlocal current
            work = what.partition(" (")[0]  # what stands in brackets changes while the work goes on
            if work != current:
                current = work
                bars.reset(task, total=total)
            bars.update(task, description=what, completed=done, total=total)

        yield Listener(console.print, progress)


class _Rate(TextColumn):
    """Rows a second."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Task) -> Any:  # noqa: ANN401 - as in rich
        self.text_format = f"{task.speed:,.0f}/s" if task.speed else ""
        return super().render(task)


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def accounting_table(accounts: Mapping[str, Mapping[str, Any]]) -> Table:
    """Source rows by unit, with the reasons for what was rejected."""
    table = _table("Every source row", "unit", "read", "kept", "merged", "rejected", "reasons")
    for unit, counts in accounts.items():
        if counts["read"]:
            rejected: Mapping[str, int] = counts["rejected"]
            reasons = ", ".join(f"{reason} {n:,}" for reason, n in sorted(rejected.items(), key=lambda r: -r[1]))
            numbers = (counts["read"], counts["kept"], counts["merged"], sum(rejected.values()))
            table.add_row(unit, *(f"{n:,}" for n in numbers), reasons)
    return table


def statistics_table(summary: Mapping[str, Any]) -> Table:
    """The rows of the paper's Table 1."""
    table = _table("Beside the paper's Table 1", "", "this data set", "paper v1", "paper v2")
    for row in summary["table_1"]:
        table.add_row(row["name"], *(figure(row[column]) for column in ("value", "paper_v1", "paper_v2")))
    return table


def emotions_table(summary: Mapping[str, Any]) -> Table:
    """Shares of the ten emotions."""
    table = _table("Emotions, percent of labelled turns", "", "this data set", "paper v1")
    for emotion, share in summary["emotions_percent"].items():
        table.add_row(emotion, f"{share:.1f}", f"{summary['emotions_percent_paper_v1'][emotion]:.1f}")
    return table


_GROUPS = 20
"""Groups to be shown one by one, the largest."""


def fit_tables(report: FitReport) -> Iterator[Table]:
    """What cross-validation says of a fitted classifier, beside the lexicon on the same turns."""
    title = f"{report.n:,} labelled turns, each labelled by a classifier that saw no turn of its {report.by}"
    table = _table(title, "", "turns", "accuracy", "macro-F1", "Cohen's kappa", "kappa of the lexicon")
    largest = sorted(report.by_group.items(), key=lambda group: -group[1].n)
    for name, found in largest[:_GROUPS]:
        numbers = (found.accuracy, found.macro_f1, found.kappa, report.lexicon_by_group[name].kappa)
        table.add_row(escape(name), f"{found.n:,}", *(f"{x:.3f}" for x in numbers))
    if len(largest) > _GROUPS:
        table.add_row(f"… and {len(largest) - _GROUPS:,} more")
    numbers = (report.accuracy, report.macro_f1, report.kappa, report.lexicon.kappa)
    table.add_row("all", f"{report.n:,}", *(f"{x:.3f}" for x in numbers))
    table.caption = (
        f"the most frequent label alone: accuracy {report.majority:.3f}; "
        f"expected calibration error of the confidences: {report.ece:.3f}"
    )
    yield table
    confusion = _table("Confusion: rows as they were labelled, columns as the classifier has it", "", *Emotion)
    for emotion, counts in zip(Emotion, report.confusion, strict=True):
        confusion.add_row(emotion.value, *(f"{n:,}" for n in counts))
    yield confusion
    sure = _table("Is it as right as it is sure?", "confidence", "turns", "mean confidence", "accuracy")
    for part in report.reliability:
        if part.n:
            sure.add_row(
                f"{part.low:.1f}–{part.high:.1f}", f"{part.n:,}", f"{part.confidence:.3f}", f"{part.accuracy:.3f}"
            )
    yield sure


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="left" if name == "reasons" else "right")
    return table
