"""The systems that benchmarks/training.py holds against each other; see there."""

import os
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

THREADS = os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch  # noqa: E402 - reads OMP_NUM_THREADS
from datasets import Dataset  # noqa: E402
from peft import PeftModel, get_peft_model  # noqa: E402
from transformers import AutoModelForCausalLM, TrainerCallback  # noqa: E402
from trl.trainer.sft_config import SFTConfig  # noqa: E402
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling, SFTTrainer  # noqa: E402

from roleinstruct.records import Example  # noqa: E402
from roleinstruct.training.answer_head import sees  # noqa: E402
from roleinstruct.training.collating import FoldingCollator  # noqa: E402
from roleinstruct.training.folding import families  # noqa: E402
from roleinstruct.training.order import epoch_order, family_order  # noqa: E402
from roleinstruct.training.recipe import Recipe  # noqa: E402
from roleinstruct.training.sft import Hearing, fit  # noqa: E402
from roleinstruct.training.templates import load_tokenizer  # noqa: E402

Row = dict[str, list[int]]


@dataclass
class Clock:
    """Seconds and CPU seconds from the first forward in training to the last step."""

    began: tuple[float, float] | None = None
    ended: tuple[float, float] = (0.0, 0.0)

    def __enter__(self) -> "Clock":
        hook = torch.nn.modules.module.register_module_forward_pre_hook

        def first(module: torch.nn.Module, _: object) -> None:
            is_real = isinstance(module, PeftModel) and next(module.parameters()).device.type != "meta"
            if is_real and module.training and self.began is None:
                self.began = now()
                handle.remove()

        handle = hook(first)
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def start(self) -> None:
        """Begin now."""
        self.began = now()

    def stop(self, *_: object) -> None:
        """A step has ended."""
        self.ended = now()

    @property
    def took(self) -> tuple[float, float]:
        """Seconds, and CPU seconds."""
        assert self.began is not None
        return self.ended[0] - self.began[0], self.ended[1] - self.began[1]


def now() -> tuple[float, float]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime


@dataclass
class Task:
    """What all systems are given."""

    base: Path
    recipe: Recipe
    examples: Sequence[Example]
    rows: Sequence[Row]
    accumulation: int
    seed: int
    out: Path

    @property
    def batch(self) -> int:
        """Rows of a step."""
        return 4 * self.accumulation

    def settings(self) -> dict[str, Any]:
        """What all systems train by."""
        sft = self.recipe.sft
        return {key: sft[key] for key in ("learning_rate", "adam_beta1", "adam_beta2", "max_length")} | {
            "per_device_train_batch_size": 4,
            "gradient_accumulation_steps": self.accumulation,
            "num_train_epochs": 1,
            "seed": self.seed,
        }


System = Callable[[Task, Clock], Any]


def plain(task: Task, clock: Clock, **said: object) -> torch.nn.Module:
    """The script, which gives back the tuned model."""

    class Stop(TrainerCallback):
        def on_step_end(self, *_: object, **__: object) -> None:
            clock.stop()

    trainer = SFTTrainer(
        model=str(task.base),
        args=SFTConfig(
            str(task.out), **task.settings(), use_cpu=True, report_to=[], save_strategy="no", disable_tqdm=True, **said
        ),
        train_dataset=Dataset.from_list([{k: row[k] for k in ("input_ids", "labels")} for row in task.rows]),
        processing_class=load_tokenizer(task.recipe),
        peft_config=task.recipe.lora_config("glm"),
        callbacks=[Stop()],
    )
    trainer.train()
    return trainer.model  # type: ignore[no-any-return]


def plain_float32(task: Task, clock: Clock) -> torch.nn.Module:
    return plain(task, clock, bf16=False, activation_checkpointing=False)


def ours(task: Task, clock: Clock, *words: str) -> torch.nn.Module:
    """The recipe."""
    unused = ['sft.save_strategy="no"', 'sft.eval_strategy="no"']
    said = [f"sft.{key}={value}" for key, value in task.settings().items()]
    recipe = Recipe.load("tiny-glm", [f"model.name_or_path={task.base}", *said, *unused, *words])
    hearing = Hearing(progress=lambda *_: clock.stop())
    fit(recipe, task.examples, [], task.out, report_to=(), probe=0, hearing=hearing)
    return PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(task.base), task.out)


def by_length(task: Task, clock: Clock) -> torch.nn.Module:
    return ours(task, clock, "sft.train_sampling_strategy=group_by_length")


def ours_bf16(task: Task, clock: Clock) -> torch.nn.Module:
    return ours(task, clock, "sft.bf16=true")


def bare(task: Task, clock: Clock, *, folds: bool = False) -> torch.nn.Module:
    """A loop, as fast as torch and PEFT go."""
    torch.manual_seed(task.seed)
    ids = [row["input_ids"] for row in task.rows]
    if folds:
        order = family_order(families(ids), batch=task.batch, seed=task.seed, epoch=0)
    else:
        order = epoch_order(list(map(len, ids)), batch=task.batch, seed=task.seed, epoch=0, by_length=True)
    padded = DataCollatorForLanguageModeling(pad_token_id=0)
    collate: Any = FoldingCollator(padded, 0) if folds else padded
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(task.base), task.recipe.lora_config("glm")).train()
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    said = task.settings()
    adam = torch.optim.AdamW(weights, lr=said["learning_rate"], weight_decay=0.0, fused=True)
    steps = len(order) // task.batch
    clock.start()
    for step in range(steps):
        rows = [task.rows[row] for row in order[step * task.batch : (step + 1) * task.batch]]
        batches = [collate(rows[at : at + 4]) for at in range(0, len(rows), 4)]
        learnt = sum(int((batch["labels"] != -100).sum()) for batch in batches)
        for batch in batches:
            (summed(model, batch) / learnt).backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        adam.param_groups[0]["lr"] = said["learning_rate"] * (1 - step / steps)
        adam.step()
        adam.zero_grad(set_to_none=True)
        clock.stop()
    return model


def bare_folded(task: Task, clock: Clock) -> torch.nn.Module:
    return bare(task, clock, folds=True)


def summed(model: torch.nn.Module, batch: dict[str, Any]) -> torch.Tensor:
    """The loss of a batch's answers, in nats, summed up."""
    labels, segments = batch["labels"][:, 1:], batch.get("segments")
    given = {key: batch[key] for key in ("input_ids", "position_ids", "attention_mask") if key in batch}
    if segments is not None:
        given["attention_mask"] = sees(segments)
    inner: Any = model.get_base_model() if isinstance(model, PeftModel) else model
    read = inner.model(**given, use_cache=False).last_hidden_state[:, :-1]
    learnt = labels != -100
    return torch.nn.functional.cross_entropy(inner.lm_head(read[learnt]), labels[learnt], reduction="sum")


SYSTEMS: dict[str, System] = {
    "plain": plain,
    "plain, float32": plain_float32,
    "by length": by_length,
    "ours": ours,
    "ours, bf16": ours_bf16,
    "bare loop": bare,
    "bare loop, folded": bare_folded,
}
