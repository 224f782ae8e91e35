"""How a training is told of: once, by whichever process has something to say."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from roleinstruct.cli.talk import out, say
from roleinstruct.errors import RoleInstructError, StoppedError, TrainingError
from roleinstruct.training.failures import what_is_kept
from roleinstruct.training.history import TrainReport
from roleinstruct.training.processes import is_first
from roleinstruct.training.started import CHECKPOINTS, has_begun

__all__ = ["in_one_voice", "say_next", "show_report"]


@contextmanager
def in_one_voice(target: Path) -> Iterator[None]:
    """Of several processes that end for the same reason, only the first says so; what befell one alone is told.

    Args:
        target: The adapter folder, for what Ctrl-C has left in it.

    Raises:
        StoppedError: Ctrl-C was pressed before a step or behind the last one.
    """
    try:
        with _told_of_ctrl_c(target):
            yield
    except RoleInstructError as error:
        if is_first() or isinstance(error, TrainingError):
            raise
        raise typer.Exit(_INTERRUPTED if isinstance(error, StoppedError) else 1) from error


def say_next(adapter: Path, data: Path) -> None:
    """What to do with an adapter that is finished."""
    adapter_word, data_word = shlex.quote(str(adapter)), shlex.quote(str(data))
    say(
        f"next: roleinstruct respond --adapter {adapter_word} --data {data_word} --out answers.jsonl\n"
        f"      roleinstruct score answers.jsonl --data {data_word}\n"
        f"to publish: roleinstruct card write {adapter_word} --answers answers.jsonl --data {data_word}, then "
        f"roleinstruct push adapter {adapter_word} OWNER/NAME"
    )


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


@contextmanager
def _told_of_ctrl_c(target: Path) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt as error:
        if has_begun(target):
            raise StoppedError(f"stopped; {what_is_kept(target / CHECKPOINTS)}.") from error
        raise StoppedError("stopped before the first checkpoint; the same command begins again.") from error


_INTERRUPTED = 130
"""The exit code after Ctrl-C."""
