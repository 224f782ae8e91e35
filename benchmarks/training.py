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
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from training_systems import SYSTEMS, THREADS, Clock, Row, Task, summed
from transformers import AutoModelForCausalLM
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.mixture import mix
from roleinstruct.pipeline.build import build
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.recipes import mixture_config
from roleinstruct.pipeline.tiny import ensure_tiny_glm
from roleinstruct.records import Example
from roleinstruct.training.encoding import columns, encode_all
from roleinstruct.training.models import Size
from roleinstruct.training.pretraining import Pretraining
from roleinstruct.training.quiet import quiet
from roleinstruct.training.recipe import Recipe
from roleinstruct.training.templates import load_config, load_tokenizer, read_format

SIZE = Size(vocabulary=4096, hidden=256, layers=4, heads=4, intermediate=704)  # 3.9 million parameters
GOALS = "goals: 3 times the plain script, 0.7 of the limit"


@dataclass
class Found:
    """What a system's repeats came to."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)


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
