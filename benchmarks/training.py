"""Tokens a second of a recipe's training, beside TRL's plain padded script and beside a bare loop.

    OMP_NUM_THREADS=1 python benchmarks/training.py [DATA] [--rows 64] [--repeats 3] [--accumulation 2] [--rate 3e-3]

DATA is a data set folder; without it the sample that comes with the package is built. All systems train an epoch of the
same rows (the whole persona, the question, the answer; lengths as the data has them), from the same GLM of 4 million
parameters that was briefly pre-trained on the folder, with LoRA of rank 8 on all linear layers, in steps of 4 rows x
accumulation, on as many threads as OMP_NUM_THREADS says (1 if nothing). Repeats are interleaved, A B C A B C, each with
a seed and rows of its own; medians are printed. Rows are drawn at random, four of a character at a time, for in a whole
epoch nearly all have so many kin.

    plain             what most people write: TRL's SFTTrainer as it is (random order, padding, bf16, checkpointing)
    plain, float32    the same in float32, and without gradient checkpointing
    by length         `roleinstruct train` with rows of like length together: train_sampling_strategy=group_by_length
    ours              `roleinstruct train` as it is: rows of one character are folded (see `training.folding`)
    ours, bf16        the same with sft.bf16=true, as the plain script has it: for processors that compute in it
    bare loop         torch and PEFT, without a trainer, on padded batches of like length
    bare loop, folded the same on our batches: the limit

The clock runs from the first forward to the end of the last step; saving and evaluating are switched off. A row counts
with all its tokens, however often they are computed. CPU seconds are the process's: on a machine that others use, go by
these. The loss is of the answers of held-out rows, the same ones for all, before and after.
"""

import argparse
import os
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

THREADS = os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch  # noqa: E402 - reads OMP_NUM_THREADS
from datasets import Dataset  # noqa: E402
from peft import PeftModel, get_peft_model  # noqa: E402
from transformers import AutoModelForCausalLM, TrainerCallback  # noqa: E402
from trl.trainer.sft_config import SFTConfig  # noqa: E402
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling, SFTTrainer  # noqa: E402

from roleinstruct.dataset.folder import DataFolder  # noqa: E402
from roleinstruct.dataset.mixture import mix  # noqa: E402
from roleinstruct.pipeline.build import build  # noqa: E402
from roleinstruct.pipeline.config import BuildConfig  # noqa: E402
from roleinstruct.pipeline.recipes import mixture_config  # noqa: E402
from roleinstruct.pipeline.tiny import ensure_tiny_glm  # noqa: E402
from roleinstruct.records import Example  # noqa: E402
from roleinstruct.training.answer_head import sees  # noqa: E402
from roleinstruct.training.collating import FoldingCollator  # noqa: E402
from roleinstruct.training.encoding import columns, encode_all  # noqa: E402
from roleinstruct.training.folding import families  # noqa: E402
from roleinstruct.training.models import Size  # noqa: E402
from roleinstruct.training.order import epoch_order, family_order  # noqa: E402
from roleinstruct.training.pretraining import Pretraining  # noqa: E402
from roleinstruct.training.quiet import quiet  # noqa: E402
from roleinstruct.training.recipe import Recipe  # noqa: E402
from roleinstruct.training.sft import Hearing, fit  # noqa: E402
from roleinstruct.training.templates import load_config, load_tokenizer, read_format  # noqa: E402

SIZE = Size(vocabulary=4096, hidden=256, layers=4, heads=4, intermediate=704)  # 3.9 million parameters
GOALS = "goals: 3 times the plain script, 0.7 of the limit"
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


@dataclass
class Found:
    """What a system's repeats came to."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)


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


def material(data: Path, base: Path, tokens: int) -> tuple[Recipe, list[Example], list[Row]]:
    """The recipe, the examples, and 64 held-out rows."""
    ensure_tiny_glm(data, base, size=SIZE, how=Pretraining(tokens=tokens))
    recipe = Recipe.load("tiny-glm", [f"model.name_or_path={base}", "data.persona_tokens=null"])
    tokenizer = load_tokenizer(recipe)
    count = lambda text: len(tokenizer(text, add_special_tokens=False)["input_ids"])  # noqa: E731
    train, held = (
        list(mix(DataFolder(data), mixture_config(recipe), split, count_tokens=count).examples)
        for split in ("train", "validation")
    )
    return recipe, train, encoded(recipe, held[:64])


def drawn(examples: Sequence[Example], count: int, seed: int) -> list[Example]:
    """Rows at random, four of a character at a time: so many of one would be kin in a whole epoch, too."""
    chance, by_character = random.Random(seed), dict[str, list[Example]]()
    for example in chance.sample(examples, len(examples)):
        by_character.setdefault(example.character, []).append(example)
    fours = [some[at : at + 4] for some in by_character.values() for at in range(0, len(some) - 3, 4)]
    return [example for four in chance.sample(fours, min(len(fours), count // 4)) for example in four]


def encoded(recipe: Recipe, examples: Sequence[Example]) -> list[Row]:
    tokenizer = load_tokenizer(recipe)
    end = read_format(recipe, load_config(recipe), tokenizer).added_end
    return [columns(row) for row in encode_all(examples, tokenizer, max_length=1024, end=end)[0]]


@torch.no_grad()
def loss_of(model: torch.nn.Module, rows: Sequence[Row]) -> float:
    """Nats for each token of the answers."""
    model.eval()
    padded: Any = DataCollatorForLanguageModeling(pad_token_id=0)
    ordered = sorted(rows, key=lambda row: len(row["input_ids"]))
    batches = [padded(ordered[at : at + 8]) for at in range(0, len(ordered), 8)]
    learnt = sum(int((batch["labels"] != -100).sum()) for batch in batches)
    return sum(float(summed(model, batch)) for batch in batches) / learnt


def measured(name: str, task: Task, held: Sequence[Row], found: Found) -> None:
    """Run a system once."""
    torch.manual_seed(task.seed)
    with Clock() as clock, quiet():
        model = SYSTEMS[name](task, clock)
    tokens = sum(len(row["input_ids"]) for row in task.rows)
    found.wall.append(tokens / clock.took[0])
    found.cpu.append(tokens / clock.took[1])
    found.loss.append(loss_of(model, held))
    print(
        f"# {name:18} {clock.took[0]:6.1f} s {clock.took[1]:6.1f} CPU s {found.wall[-1]:8,.0f} tokens/s "
        f"{found.cpu[-1]:8,.0f} tokens/CPU s  loss {found.loss[-1]:.4f}",
        flush=True,
    )


def show(found: dict[str, Found], before: float) -> None:
    """The table."""
    ratios = f"{'x plain':>9}{'of limit':>9}"
    print(f"\n{'':20}{'tokens/s':>10}{ratios}{'tokens/CPU s':>14}{ratios}   loss")
    base, limit = found.get("plain"), found.get("bare loop, folded")
    for name, one in found.items():
        cells = ""
        for values, plains, limits in (
            (one.wall, base and base.wall, limit and limit.wall),
            (one.cpu, base and base.cpu, limit and limit.cpu),
        ):
            width = 10 if values is one.wall else 14
            cells += f"{statistics.median(values):>{width},.0f}" + ratio(values, plains) + ratio(values, limits)
        spread = f" ±{statistics.stdev(one.loss):.4f}" if len(one.loss) > 1 else ""
        print(f"{name:20}{cells}   {statistics.mean(one.loss):.4f}{spread}")
    print(f"loss before {before:.4f}; {GOALS}")


def ratio(values: Sequence[float], others: Sequence[float] | None) -> str:
    """The median of the repeats' ratios: those of one repeat ran one after the other."""
    if not others:
        return f"{'':>9}"
    return f"{statistics.median(v / o for v, o in zip(values, others, strict=True)):>9.2f}"


def main() -> None:
    """Print a line for each run, and the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS))
    parser.add_argument("--rows", type=int, default=64, help="of an epoch; made a multiple of the step's")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--accumulation", type=int, default=2)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--base", type=Path, help="where the model is kept; else it is made anew")
    parser.add_argument("--pretraining", type=int, default=120_000, help="tokens of the model's pre-training")
    given = parser.parse_args()
    torch.set_num_threads(int(THREADS))
    with tempfile.TemporaryDirectory() as folder:
        data = given.data
        if data is None:
            data = Path(folder) / "sample"
            build(BuildConfig.load("sample"), data)
        recipe, examples, held = material(data, given.base or Path(folder) / "base", given.pretraining)
        recipe.sft["learning_rate"] = given.rate
        base, out, found = Path(recipe.model.name_or_path), Path(folder), {name: Found() for name in given.systems}
        count = min(given.rows, len(examples)) // (4 * given.accumulation) * 4 * given.accumulation
        print(f"# {data}: {len(examples):,} examples; {count} rows in steps of {4 * given.accumulation}")
        print(f"# threads {THREADS}, torch {torch.__version__}, load {os.getloadavg()[0]:.1f}")
        for repeat in range(given.repeats):
            some = drawn(examples, count, repeat)
            rows = encoded(recipe, some)
            for name, one in found.items():
                task = Task(base, recipe, some, rows, given.accumulation, repeat, out / f"{repeat} {name}")
                measured(name, task, held, one)
        before = AutoModelForCausalLM.from_pretrained(base)
        show(found, loss_of(before, held))


if __name__ == "__main__":
    main()
