"""What a run decides beside its recipe: when it logs, evaluates and saves, and what is not left to chance."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from roleinstruct.training.free_memory import free_memory
from roleinstruct.training.memory import estimate_memory
from roleinstruct.training.order import batching
from roleinstruct.training.precision import device_type
from roleinstruct.training.processes import how_many
from roleinstruct.training.recipe import Recipe

if TYPE_CHECKING:
    from transformers import PretrainedConfig, TrainingArguments
    from trl.trainer.dpo_config import DPOConfig
    from trl.trainer.sft_config import SFTConfig

__all__ = ["arguments", "preference_arguments", "settings_of", "steps_in", "timetable"]

Config = TypeVar("Config", "SFTConfig", "DPOConfig")


def arguments(
    recipe: Recipe,
    config: "PretrainedConfig",
    folder: Path,
    *,
    lengths: Sequence[int],
    validation: int,
    report_to: Sequence[str],
) -> "SFTConfig":
    """The trainer's configuration.

    Args:
        recipe: What it says stays, but for what every run decides.
        config: The model's config.json, by which its memory is estimated.
        folder: For checkpoints.
        lengths: Of the rows that are trained on, in tokens.
        validation: Rows to evaluate on; with 0 nothing is evaluated.
        report_to: Where the log goes; see `reporting.reports`.

    Raises:
        ConfigError: The recipe says what SFTConfig refuses.
    """
    sft = recipe.sft
    decided = _decided(sft, lengths, validation, report_to) | {"completion_only_loss": True}
    longest = int(sft["max_length"]) if sft.get("packing") and sft.get("max_length") else max(lengths)
    return _with_room(partial(recipe.sft_config, folder, **decided), recipe, sft, config, longest)


def preference_arguments(
    recipe: Recipe,
    config: "PretrainedConfig",
    folder: Path,
    *,
    lengths: Sequence[int],
    validation: int,
    report_to: Sequence[str],
) -> "DPOConfig":
    """The configuration of the preference stage's trainer.

    Args:
        recipe: With a preference block.
        config: As in `arguments`, as are `folder` and `report_to`.
        folder: For checkpoints.
        lengths: Of the pairs, in tokens of the longer row of each.
        validation: Pairs to evaluate on.
        report_to: As in `arguments`.

    Raises:
        ConfigError: The recipe says what DPOConfig refuses.
    """
    block = recipe.preference or {}
    decided = _decided(block, lengths, validation, report_to)
    both = 2 * max(lengths)  # a pair is two rows
    return _with_room(partial(recipe.dpo_config, folder, **decided), recipe, block, config, both)


def _decided(
    block: Mapping[str, Any], lengths: Sequence[int], validation: int, report_to: Sequence[str]
) -> dict[str, Any]:
    """What every run decides, and what this one does where the recipe's block does not say it."""
    rows, longest = len(lengths), block.get("max_length")
    if block.get("packing") and longest:
        rows = math.ceil(sum(lengths) / longest)
    unsaid = {**timetable(block, rows, validation), **batching(block, lengths)}
    unsaid |= {"dataloader_pin_memory": not _is_on_cpu(block), "ddp_find_unused_parameters": False}
    decided = {key: value for key, value in unsaid.items() if key not in block} | {
        "report_to": [name for name in report_to if name != "tensorboard"],  # which we write ourselves
        "disable_tqdm": True,
        "logging_nan_inf_filter": False,  # a loss that is no number is to be seen
        "save_total_limit": None,  # old checkpoints go when the new one is sealed
        "save_only_model": False,
    }
    return decided if validation else decided | {"eval_strategy": "no", "load_best_model_at_end": False}


def _with_room(
    make: Callable[..., Config], recipe: Recipe, block: Mapping[str, Any], config: "PretrainedConfig", length: int
) -> Config:
    """The configuration, with checkpointing where the recipe does not say and the memory would not suffice."""
    if "gradient_checkpointing" in block or "activation_checkpointing" in block:
        return make()
    keeping = make(gradient_checkpointing=False)
    needed = estimate_memory(recipe, config, keeping, length=length).total * _MARGIN
    return keeping if needed < free_memory(is_cpu=_is_on_cpu(block)) else make(gradient_checkpointing=True)


def settings_of(args: "TrainingArguments", block: Mapping[str, Any]) -> dict[str, Any]:
    """What was in force: of a recipe's block, and what its defaults and the machine made of the rest."""
    values: Any = args.to_dict  # brings no types
    known = values()
    settings = {key: known[key] for key in sorted({*block, *_TELLING}) if key in known}
    if args.max_steps > 0:  # which then rules
        settings.pop("num_train_epochs", None)
    return settings | {"processes": args.world_size, "device": str(args.device)}


def steps_in(sft: Mapping[str, Any], rows: int) -> int:
    """Steps of a run: as the recipe says, or as its epochs make, shared by all processes."""
    said = int(sft.get("max_steps", -1))
    batch = int(sft.get("per_device_train_batch_size", 8)) * int(sft.get("gradient_accumulation_steps", 1)) * how_many()
    return said if said > 0 else math.ceil(math.ceil(rows / batch) * float(sft.get("num_train_epochs", 3)))


def timetable(sft: Mapping[str, Any], rows: int, validation: int) -> dict[str, Any]:
    """When a run logs, evaluates and saves where the recipe does not say: ten times, and the log about fifty times.

    What is said of saving holds for evaluating too, and the other way round, so that the best can be kept.
    """
    total = steps_in(sft, rows)
    said = sft.get("eval_strategy", "steps")
    strategy = sft.get("save_strategy", "steps" if said == "no" else said)
    every = sft.get("save_steps", sft.get("eval_steps", max(1, math.ceil(total / 10))))
    times: dict[str, Any] = {
        "logging_steps": max(1, min(10, total // 50)),
        "logging_first_step": True,
        "save_strategy": strategy,
        "save_steps": every,
    }
    if not validation:
        return times | {"eval_strategy": "no"}
    alike = "steps" if strategy == "best" else strategy
    times |= {"eval_strategy": sft.get("eval_strategy", alike), "eval_steps": sft.get("eval_steps", every)}
    times["load_best_model_at_end"] = times["eval_strategy"] == alike != "no"
    return times | {"metric_for_best_model": "eval_loss"} if times["load_best_model_at_end"] else times


def _is_on_cpu(sft: Mapping[str, Any]) -> bool:
    return bool(sft.get("use_cpu")) or device_type() == "cpu"


_MARGIN = 1.5
"""What a process takes may be more than its tensors hold, by so many times; see `memory`."""

_TELLING = (
    "activation_checkpointing",
    "adam_beta1",
    "adam_beta2",
    "beta",
    "bf16",
    "data_seed",
    "fp16",
    "gradient_accumulation_steps",
    "learning_rate",
    "lr_scheduler_type",
    "max_grad_norm",
    "max_length",
    "max_steps",
    "num_train_epochs",
    "optim",
    "packing",
    "per_device_train_batch_size",
    "seed",
    "train_sampling_strategy",
    "warmup_steps",
    "weight_decay",
)
