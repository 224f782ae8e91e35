"""How a training is told of: once, by whichever process has something to say."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from roleinstruct.cli.talk import out
from roleinstruct.errors import RoleInstructError, StoppedError, TrainingError
from roleinstruct.training.history import TrainReport
from roleinstruct.training.processes import is_first

__all__ = ["in_one_voice", "show_report"]


@contextmanager
def in_one_voice() -> Iterator[None]:
    """Of several processes that end for the same reason, only the first says so; what befell one alone is told."""
    try:
        yield
    except RoleInstructError as error:
        if is_first() or isinstance(error, TrainingError):
            raise
        raise typer.Exit(_INTERRUPTED if isinstance(error, StoppedError) else 1) from error


def show_report(report: TrainReport) -> None:
    """Print how it went, and what the weights that are kept have answered."""
    table = Table(title=str(report.out), title_justify="left", show_header=False, box=SIMPLE_HEAD, pad_edge=False)
    shown: list[tuple[str, float | None, str]] = [
        ("rows", report.rows, ",d"),
        ("examples that made no row", sum(report.unfit.values()) or None, ",d"),
        ("steps", report.steps, ",d"),
        ("gone on from step", report.resumed_from, ",d"),
        ("last loss", report.loss, ".4f"),
        ("kept step", report.kept_step, ",d"),
        ("its loss on validation rows", report.eval_loss, ".4f"),
        ("its Rouge-L on some of them", report.rouge_l, ".3f"),
        ("minutes", report.seconds / 60, ",.1f"),
        ("tokens a second", report.tokens_per_second, ",.0f"),
    ]
    for name, value, form in shown:
        if value is not None:
            table.add_row(name, format(value, form))
    out().print(table)
    for said in report.samples:
        out().print(f"{said['character']}: {said['question']}\n  {said['answer']}", markup=False)


_INTERRUPTED = 130
"""The exit code after Ctrl-C."""
