"""The end of a training: its report, and the adapter folder."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roleinstruct.training.adapter import base_of, versions, write_adapter
from roleinstruct.training.arguments import settings_of
from roleinstruct.training.checkpoints import step_of
from roleinstruct.training.failures import disk_told
from roleinstruct.training.history import History, TrainReport
from roleinstruct.training.recipe import Recipe

if TYPE_CHECKING:
    from roleinstruct.training.trainer import Coursed

__all__ = ["report_of", "write_out"]


def report_of(trainer: "Coursed", out: Path, *, rows: int, unfit: dict[str, int], begun: Path | None) -> TrainReport:
    """How the training went.

    Args:
        trainer: Done.
        out: The adapter folder.
        rows: That were trained on.
        unfit: Examples that made no row, by reason.
        begun: The checkpoint that was gone on from.
    """
    course, state, kept = trainer.course, trainer.state, trainer.kept_step
    evaluated = History([entry for entry in course.history.log if entry["step"] == kept])
    return TrainReport(
        out,
        steps=state.global_step,
        epochs=round(state.epoch or 0.0, 2),
        rows=rows,
        unfit=unfit,
        loss=course.history.last("loss"),
        eval_loss=evaluated.last("eval_loss"),
        rouge_l=evaluated.last("eval_rouge_l"),
        kept_step=kept,
        seconds=round(course.seconds, 2),
        tokens_per_second=round(course.tokens / course.busy, 1) if course.busy else None,
        resumed_from=step_of(begun) if begun else None,
        samples=tuple(sample for sample in course.history.samples if sample["step"] == kept),
    )


def write_out(
    trainer: "Coursed",
    recipe: Recipe,
    report: TrainReport,
    record: Mapping[str, Any],
    write_more: Callable[[Path], object] | None,
) -> None:
    """Write the adapter folder; every process takes part in the gathering of sharded weights, and the first writes.

    Args:
        trainer: Done.
        recipe: That was run.
        report: How it went.
        record: What training.json is to say beside what is known here.
        write_more: Writes what else is to lie in the adapter folder before that counts as finished.

    Raises:
        TrainingError: The disk is full.
    """
    args, saved = trainer.args, report.out / ".adapter"
    with disk_told(saved, trainer.course.folder):
        trainer.save_model(str(saved))
        if args.process_index:
            return
        if write_more is not None:
            write_more(saved)
        base = base_of(recipe, getattr(trainer.tuned.config, "_commit_hash", None))
        facts = {
            "stage": trainer.stage,
            "base": asdict(base),
            "versions": versions(),
            "report": {key: value for key, value in report.as_json().items() if key not in ("out", "samples")},
            "settings": settings_of(args, getattr(recipe, trainer.stage)),
            **record,
            "history": trainer.course.history.log,
            "samples": trainer.course.history.samples,
        }
        write_adapter(saved, report.out, recipe, base, facts)
