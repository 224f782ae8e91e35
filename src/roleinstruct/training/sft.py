"""Supervised fine-tuning: examples in, an adapter folder out, at any time to be stopped and gone on with."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roleinstruct.errors import ConfigError
from roleinstruct.records import Example
from roleinstruct.training.arguments import arguments
from roleinstruct.training.course import Course
from roleinstruct.training.encoding import Encoded, columns, encode_all
from roleinstruct.training.failures import memory_told
from roleinstruct.training.finishing import report_of, write_out
from roleinstruct.training.fitting import far_rows, pad_with, unknown_tokens
from roleinstruct.training.history import TrainReport
from roleinstruct.training.loading import load_base
from roleinstruct.training.order import to_fold
from roleinstruct.training.probing import probe_of
from roleinstruct.training.processes import is_first, others_are_missing
from roleinstruct.training.quiet import quiet
from roleinstruct.training.recipe import Recipe
from roleinstruct.training.reporting import reports
from roleinstruct.training.running import begin, course_of, made, run
from roleinstruct.training.started import CHECKPOINTS, examples_digest, expect_beginning, tokens_digest
from roleinstruct.training.templates import ChatFormat, load_config, read_format

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase
    from trl.trainer.sft_config import SFTConfig

    from roleinstruct.training.trainer import CourseTrainer

__all__ = ["Hearing", "fit", "heard_by_first"]


def _unheard(*_: object) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Hearing:
    """Who hears of a training; by default nobody.

    Attributes:
        say: A sentence worth knowing.
        progress: The work, steps done, steps in all.
    """

    say: Callable[[str], None] = _unheard
    progress: Callable[[str, int, int | None], None] = _unheard


def fit(
    recipe: Recipe,
    examples: Sequence[Example],
    validation: Sequence[Example],
    out: Path,
    *,
    resume: bool = False,
    report_to: Sequence[str] = ("tensorboard",),
    probe: int = 4,
    hearing: Hearing = Hearing(),
    record: Mapping[str, Any] | None = None,
    write_more: Callable[[Path], object] | None = None,
) -> TrainReport:
    """Tune an adapter.

    Several processes, started by torchrun or accelerate, each call it with the same arguments; the first writes.

    Args:
        recipe: What to do.
        examples: To train on, 1 or more.
        validation: To evaluate on while training; the weights of the least loss there are kept.
        out: The adapter folder; checkpoints lie in it while it is made.
        resume: Go on from the last whole checkpoint in it, to the weights that a run without a break comes to. Where
            there is none, begin.
        report_to: Some of `reporting.REPORTS`.
        probe: Questions whose answers are kept at each evaluation, up to 16; with 0 nothing is asked, and there is no
            Rouge-L.
        hearing: Who hears of it.
        record: What training.json is to say beside what is known here.
        write_more: Writes into the folder that it is given what else is to lie in the adapter's when that is finished.

    Raises:
        ConfigError: The recipe or the folder does not do, or the run in it was begun otherwise.
        MissingExtraError: A library is not installed.
        TrainingError: The memory or the disk does not suffice, or the loss is no number.
        StoppedError: Ctrl-C was pressed, or the process was asked to end; all is in a checkpoint.
    """
    hearing = heard_by_first(hearing, out, resume=resume)
    wanted = reports(report_to, hearing.say)
    with quiet():
        base = _loaded(recipe)
        rows = _encoded(recipe, examples, validation, base, hearing)
        args = _settings(recipe, base, rows, out, wanted)
        data = {"training rows": examples_digest(examples), "validation rows": examples_digest(validation)}
        tokens = tokens_digest(row.input_ids for row in rows.train)
        begun = begin(recipe, args, data, tokens, out, resume=resume, say=hearing.say)
        course = course_of(recipe.sft, out, begun, hearing.progress, wanted)
        if probe:
            course.shown, course.probe = probe, probe_of(validation, base.tokenizer, base.style.stops, room=base.room)
        with memory_told(args):
            trainer = _trainer(recipe, base, args, rows, course)
            run(trainer, begun)
        report = report_of(trainer, out, rows=len(rows.train), unfit=rows.unfit, begun=begun)
        write_out(trainer, recipe, report, {"data": data, **(record or {})}, write_more)
    return report


def heard_by_first(hearing: Hearing, out: Path, *, resume: bool) -> Hearing:
    """Who hears of a training in this process: of several the first alone tells, and looks whether it may begin.

    Raises:
        ConfigError: See `started.expect_beginning`.
    """
    if not is_first():  # the others may come when it has begun
        return Hearing()
    expect_beginning(out, resume=resume)
    if others_are_missing():
        hearing.say(
            "accelerate launch was told to start several processes, and has started this one alone, as it does with "
            "--cpu: for several, python -m torch.distributed.run --nproc_per_node N -m roleinstruct train RECIPE ..."
        )
    return hearing


@dataclass(frozen=True, slots=True)
class _Loaded:
    """The base, what reads for it, and how it is spoken to."""

    model: "PreTrainedModel"
    tokenizer: "PreTrainedTokenizerBase"
    style: ChatFormat

    @property
    def room(self) -> int:
        """The most tokens that it reads at once."""
        return getattr(self.model.config, "max_position_embeddings", None) or 2048


@dataclass(frozen=True, slots=True)
class _Rows:
    """What is trained on and evaluated on, and how many examples made no row, by reason."""

    train: tuple[Encoded, ...]
    validation: tuple[Encoded, ...]
    unfit: dict[str, int]


def _loaded(recipe: Recipe) -> _Loaded:
    model, tokenizer = load_base(recipe)
    style = read_format(recipe, load_config(recipe), tokenizer)
    pad_with(tokenizer, style.end, model.config)
    return _Loaded(model, tokenizer, style)


def _encoded(
    recipe: Recipe,
    examples: Sequence[Example],
    validation: Sequence[Example],
    base: _Loaded,
    hearing: Hearing,
) -> _Rows:
    longest = recipe.sft.get("max_length", _LENGTH)
    (train, unfit), (others, _) = (
        encode_all(some, base.tokenizer, max_length=longest, end=base.style.added_end)
        for some in (examples, validation)
    )
    if problem := unknown_tokens(train, base.model.config):
        raise ConfigError(f"{recipe.path}: {problem}")
    for notice in (*base.style.notices, far_rows(train, base.model.config)):
        if notice:
            hearing.say(notice)
    reasons = dict(Counter(str(one.reason) for one in unfit))
    if not train:
        raise ConfigError(
            f"none of {len(examples):,} examples makes a row to train on ({reasons or 'there are none'}): look at "
            "them with roleinstruct inspect, or raise sft.max_length."
        )
    if unfit:
        hearing.say(f"{len(unfit):,} of {len(examples):,} examples are left out ({reasons}); see roleinstruct inspect.")
    return _Rows(train, others, reasons)


def _settings(recipe: Recipe, base: _Loaded, rows: _Rows, out: Path, report_to: Sequence[str]) -> "SFTConfig":
    return arguments(
        recipe,
        base.model.config,
        out / CHECKPOINTS,
        lengths=[len(row.input_ids) for row in rows.train],
        validation=len(rows.validation),
        report_to=report_to,
    )


def _trainer(recipe: Recipe, base: _Loaded, args: "SFTConfig", rows: _Rows, course: Course) -> "CourseTrainer":
    from roleinstruct.training.trainer import CourseTrainer

    validation = sorted(rows.validation, key=lambda row: row.input_ids)  # kin together: they are folded
    return made(
        CourseTrainer,
        recipe,
        course,
        [columns(row) for row in rows.train],
        [columns(row) for row in validation],
        families=to_fold(recipe.sft, [row.input_ids for row in rows.train], base.model.config),
        model=base.model,
        args=args,
        processing_class=base.tokenizer,
        peft_config=recipe.lora_config(base.model.config.model_type),
    )


_LENGTH = 1024
"""The most tokens of a row where the recipe does not say: TRL's own default."""
