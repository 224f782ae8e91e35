"""The preference stage: an adapter that was trained on answers learns which of two answers is the better one.

Direct preference optimisation (Rafailov et al. 2023, https://arxiv.org/abs/2305.18290), by TRL's DPOTrainer: the loss
is -log sigmoid(beta * margin), where the margin is by how much more than the reference the model prefers the chosen
answer over the rejected one. The reference is the adapter as it was: at the first step the margin is 0 and the loss is
ln 2 = 0.6931, whatever the pairs.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roleinstruct.errors import ConfigError
from roleinstruct.training.adapter import RECORD, base_of, digest_of
from roleinstruct.training.arguments import preference_arguments
from roleinstruct.training.course import Course
from roleinstruct.training.export.opening import Adapter, open_adapter, put_on
from roleinstruct.training.failures import memory_told
from roleinstruct.training.finishing import report_of, write_out
from roleinstruct.training.history import TrainReport
from roleinstruct.training.loading import load_base
from roleinstruct.training.preference_rows import Preference, PreferenceRow, preference_rows, preferences_digest
from roleinstruct.training.quiet import quiet
from roleinstruct.training.recipe import Recipe
from roleinstruct.training.reporting import reports
from roleinstruct.training.running import begin, course_of, made, run
from roleinstruct.training.sft import Hearing, heard_by_first
from roleinstruct.training.started import CHECKPOINTS, tokens_digest

if TYPE_CHECKING:
    from trl.trainer.dpo_config import DPOConfig

    from roleinstruct.training.preference_trainer import PreferenceTrainer

__all__ = ["DEFAULTS", "prefer", "with_preference"]

DEFAULTS: Mapping[str, Any] = {"beta": 0.1, "num_train_epochs": 1}
"""Of the preference block: beta as in the paper and in TRL, one epoch as in TRL's example for LoRA in
trl/scripts/dpo.py."""

_SLOWER = 40
"""The learning rate is so many times less than that of the sft block: 5e-6 where that is 2e-4, as in the same example;
TRL's own default, 1e-6, is for training all weights."""


def prefer(
    recipe: Recipe,
    adapter: Path,
    preferences: Sequence[Preference],
    validation: Sequence[Preference],
    out: Path,
    *,
    resume: bool = False,
    report_to: Sequence[str] = ("tensorboard",),
    hearing: Hearing | None = None,
    record: Mapping[str, Any] | None = None,
    write_more: Callable[[Path], object] | None = None,
) -> TrainReport:
    """Tune an adapter further, by preferences.

    Args:
        recipe: What to do, in its `preference` block; its `lora` and `sft` blocks were for the adapter.
        adapter: The folder that `fit` wrote, which is only read.
        preferences: To train on, 1 or more.
        validation: To evaluate on while training; the weights of the least loss there are kept.
        out: The new adapter folder.
        resume: As in `fit`, as are `report_to`, `hearing` and `record`.
        report_to: Where the log goes beside training.json.
        hearing: Who hears of it.
        record: What training.json is to say beside what is known here.
        write_more: Writes into the folder that it is given what else is to lie in the adapter's when that is finished.

    Raises:
        ConfigError: The recipe, the adapter or the folder does not do, or the run in it was begun otherwise.
        MissingExtraError: A library is not installed.
        TrainingError: The memory or the disk does not suffice, or the loss is no number.
        StoppedError: Ctrl-C was pressed, or the process was asked to end; all is in a checkpoint.
    """
    hearing = heard_by_first(hearing or Hearing(), out, resume=resume)
    wanted = reports(report_to, hearing.say)
    with quiet():
        opened = open_adapter(adapter)
        recipe = with_preference(_of_base(recipe, opened))
        rows = _rows(recipe, opened, preferences, validation, hearing)
        args = _settings(recipe, opened, rows, out, wanted)
        data = {
            "adapter": digest_of(adapter),
            "pairs": preferences_digest(preferences),
            "validation pairs": preferences_digest(validation),
        }
        tokens = tokens_digest((*row.prompt_ids, *row.chosen_ids, *row.rejected_ids) for row in rows.train)
        begun = begin(recipe, args, data, tokens, out, resume=resume, say=hearing.say, stage="preference")
        course = course_of(recipe.preference or {}, out, begun, hearing.progress, wanted)
        with memory_told(args, "preference"):
            trainer = _trainer(recipe, opened, args, rows, course)
            run(trainer, begun)
        report = report_of(trainer, out, rows=len(rows.train), unfit=rows.unfit, begun=begun)
        write_out(trainer, recipe, report, {"data": data, **_carried(adapter), **(record or {})}, write_more)
    return report


def with_preference(recipe: Recipe) -> Recipe:
    """The recipe with a whole preference block: what it leaves unsaid is as in `DEFAULTS`.

    Batch, length, seed, precision and what saves memory are those of the sft block, the learning rate is a fortieth.
    """
    shared = {key: recipe.sft[key] for key in _SHARED if key in recipe.sft}
    rate = {"learning_rate": recipe.sft.get("learning_rate", _RATE) / _SLOWER}
    return recipe.model_copy(update={"preference": {**shared, **DEFAULTS, **rate, **(recipe.preference or {})}})


@dataclass(frozen=True, slots=True)
class _Rows:
    """What is trained on and evaluated on, and how many pairs made no row, by reason."""

    train: tuple[PreferenceRow, ...]
    validation: tuple[PreferenceRow, ...]
    unfit: dict[str, int]


def _of_base(recipe: Recipe, adapter: Adapter) -> Recipe:
    """The recipe, of the base that the adapter lies on."""
    named = base_of(recipe, None).name
    if named != adapter.base:
        raise ConfigError(
            f"{adapter.folder} is an adapter for {adapter.base}, and {recipe.path} is for {named}: take the recipe "
            "that it was trained by."
        )
    base = _record(adapter.folder).get("base", {})
    if base.get("is_local") and digest_of(Path(adapter.base)) != base["digest"]:
        raise ConfigError(f"the weights in {adapter.base} are no longer those that {adapter.folder} was trained on.")
    words = {"name_or_path": adapter.base, "revision": adapter.revision}
    return recipe.model_copy(update={"model": recipe.model.model_copy(update=words)})


def _record(folder: Path) -> dict[str, Any]:
    """What the adapter's folder says of how it came about; {} where it says nothing, as one of another program."""
    path = folder / RECORD
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return record


def _carried(folder: Path) -> dict[str, Any]:
    """What holds of the new adapter too, and, as "before", how the old one was trained."""
    record = _record(folder)
    kept: dict[str, Any] = {key: record.pop(key) for key in ("mixture", "personas") if key in record}
    return kept | {"before": {key: value for key, value in record.items() if key not in ("history", "samples")}}


def _rows(
    recipe: Recipe,
    adapter: Adapter,
    preferences: Sequence[Preference],
    validation: Sequence[Preference],
    hearing: Hearing,
) -> _Rows:
    longest = (recipe.preference or {}).get("max_length", _LENGTH)
    (train, unfit), (others, _) = (
        preference_rows(some, adapter.tokenizer, max_length=longest, end=adapter.end)
        for some in (preferences, validation)
    )
    if not train:
        raise ConfigError(
            f"none of {len(preferences):,} pairs makes a row to train on ({unfit or 'there are none'}): raise "
            "preference.max_length, or have more answers judged."
        )
    if unfit:
        hearing.say(f"{sum(unfit.values()):,} of {len(preferences):,} pairs are left out ({unfit}).")
    return _Rows(train, others, unfit)


def _settings(recipe: Recipe, adapter: Adapter, rows: _Rows, out: Path, report_to: Sequence[str]) -> "DPOConfig":
    return preference_arguments(
        recipe,
        adapter.base_config,
        out / CHECKPOINTS,
        lengths=[row.length for row in rows.train],
        validation=len(rows.validation),
        report_to=report_to,
    )


def _trainer(recipe: Recipe, adapter: Adapter, args: "DPOConfig", rows: _Rows, course: Course) -> "PreferenceTrainer":
    from roleinstruct.training.preference_trainer import PreferenceTrainer

    model, _ = load_base(recipe)
    return made(
        PreferenceTrainer,
        recipe,
        course,
        [row.columns() for row in rows.train],
        [row.columns() for row in rows.validation],
        model=put_on(model, adapter, is_trainable=True),
        args=args,
        processing_class=adapter.tokenizer,
    )


_LENGTH = 1024
"""The most tokens of a prompt and an answer where the recipe does not say: TRL's own default."""

_RATE = 2.0e-4
"""The paper's learning rate, where the sft block says none."""

_SHARED = (
    "activation_checkpointing",
    "bf16",
    "data_seed",
    "fp16",
    "gradient_accumulation_steps",
    "gradient_checkpointing",
    "max_length",
    "per_device_eval_batch_size",
    "per_device_train_batch_size",
    "seed",
    "use_cpu",
)
"""Keys of the sft block that hold for the preference stage too."""
