"""Learning rate, rank, share of specific questions and share of neutral answers, in miniature: are the defaults good?

    python benchmarks/sweeps.py DATA OUT [--sweeps rate rank ratio neutral] [--seeds 3] [--steps 120] [--limit 12]

DATA is a data set folder, OUT keeps every training: the same command goes on where it was stopped, and a greater limit
asks more of what is trained already. All begin from the recipe `tiny-glm` unless `--recipe` says otherwise. A row is a
setting, the mean over its seeds, with the 95 % interval over runs and questions, and ± the standard deviation over the
runs; "less default" is how far it is from the recipe's own setting, with p corrected for the rows of the sweep (Holm);
* below .05. The sweep of neutral answers is about what is forgotten, if the benchmark has neutral answers (RAW): these
are asked without a persona too.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.evaluation.ablation import BASE, Setting
from roleinstruct.evaluation.benchmark import AVERAGE
from roleinstruct.evaluation.contrasts import Figure, Findings
from roleinstruct.evaluation.forgetting import Forgetting
from roleinstruct.evaluation.items import read_items
from roleinstruct.evaluation.sampling import Sampling
from roleinstruct.pipeline.ablating import forgotten, scored
from roleinstruct.pipeline.cells import Plan, run_cells
from roleinstruct.pipeline.listener import Listener

DEFAULT = "default"
SWEEPS: Mapping[str, Sequence[Setting]] = {
    "rate": [Setting(f"rate-{rate}", (f"sft.learning_rate={rate}",)) for rate in ("2.0e-4", "1.0e-3", "1.0e-2")],
    # alpha / r stays the recipe's 4, so that the rank alone differs
    "rank": [Setting(f"rank-{r}", (f"lora.r={r}", f"lora.lora_alpha={4 * r}")) for r in (2, 32)],
    "ratio": [Setting(f"specific-{share}", (f"data.specific={share}",)) for share in (0.25, 0.5, 0.75)],
    "neutral": [Setting(f"neutral-{share}", (f"data.neutral={share}",)) for share in (0.1, 0.25)],
}
"""Beside the default, which is in all of them: the recipe as it is."""


def words(steps: int) -> tuple[str, ...]:
    """As many steps for all, and no evaluation on the way: it takes longer than the training."""
    return (
        f"sft.max_steps={steps}",
        'sft.eval_strategy="no"',
        "sft.load_best_model_at_end=false",
        f"sft.save_steps={max(1, steps // 4)}",
    )


def cell(figure: Figure) -> str:
    low, high = figure.interval
    spread = "" if figure.spread is None else f" ±{figure.spread:.3f}"
    return f"{figure.value:.4f} {low:.3f}-{high:.3f}{spread}"


def show(title: str, names: Sequence[str], found: Findings) -> None:
    """A row a setting, and what it says of the default."""
    columns = [AVERAGE, *found.items]
    print(f"\n{title}: {', '.join(f'{n:,} {task.upper()}' for task, n in found.items.items())}, {found.runs} runs")
    print(f"{'':>16}" + "".join(f"{column.upper():>28}" for column in columns) + f"{'Avg less default':>34}")
    for name in (BASE, *names):
        row = f"{name:>16}" + "".join(f"{cell(found.figures[name][column]):>28}" for column in columns)
        for one in (one for one in found.of(name, AVERAGE) if DEFAULT in (one.first, one.second) and name != DEFAULT):
            mark = "*" if one.is_decided else ""
            row += (
                f"{f'{one.difference:+.4f}{mark} {one.interval[0]:+.3f} to {one.interval[1]:+.3f} p {one.p:.3f}':>34}"
            )
        print(row, flush=True)
    print(supported(names, found))


def supported(names: Sequence[str], found: Findings) -> str:
    """What the sweep says of the default, in a sentence."""
    rivals = [one for name in names if name != DEFAULT for one in found.of(name, AVERAGE)]
    if better := [one for one in rivals if one.is_decided and one.difference > 0]:
        best = max(better, key=lambda one: one.difference)
        return f"-> against the default: {best.first} is better by {best.difference:.4f} (p {best.p:.3f})."
    ahead = [one.first for one in rivals if one.difference > 0]
    if all(one.is_decided for one in rivals):
        return "-> for the default: it beats every other setting."
    return f"-> nothing beats the default by more than chance; ahead of it: {', '.join(ahead) or 'none'}."


def show_forgotten(lost: Mapping[str, Forgetting]) -> None:
    print("\nneutral RAW, asked without a persona")
    for name, one in lost.items():
        print(f"{name:>16}  {one.told()}", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--sweeps", nargs="+", choices=SWEEPS, default=list(SWEEPS))
    parser.add_argument("--recipe", default="tiny-glm")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--limit", type=int, default=12, help="items asked of each character and task")
    parser.add_argument("--max-tokens", type=int, default=64)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--budget", type=float, default=0.02, help="of forgetting")
    given = parser.parse_args()
    has_raw = any(item.task == "raw" for item in read_items(DataFolder(given.data)))
    listener = Listener(say=lambda said: print(f"# {said}", flush=True))
    for sweep in given.sweeps:
        settings = [Setting(DEFAULT), *SWEEPS[sweep]]
        plan = Plan(
            given.recipe, given.data, given.out, settings, given.seeds, words(given.steps),
            Sampling(max_tokens=given.max_tokens), given.limit, given.batch_size, has_raw and sweep == "neutral",
        )  # fmt: skip
        ran, names = run_cells(plan, listener=listener), [setting.name for setting in settings]
        if not (seeds := ran.seeds([BASE, *names])):
            print(f"\n{sweep}: too many trainings failed; the same command tries them again")
            continue
        pairs = [(BASE, DEFAULT), *((name, DEFAULT) for name in names[1:])]
        show(sweep, names, scored(plan, [BASE, *names], seeds, pairs)[0])
        if plan.neutral:
            show_forgotten(forgotten(plan, ran, given.budget))


if __name__ == "__main__":
    main()
