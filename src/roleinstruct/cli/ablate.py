"""The commands that train to compare: the paper's ablations, and what a training has cost of what the model knew."""

from pathlib import Path
from typing import Annotated

import typer

from roleinstruct.cli.tables_5_6 import ablation_tables
from roleinstruct.cli.talk import listening, out, print_json, say
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.evaluation.ablation import SHEETS, settings_of
from roleinstruct.evaluation.answers import read_answers
from roleinstruct.evaluation.forgetting import forgetting
from roleinstruct.evaluation.items import read_items
from roleinstruct.evaluation.sampling import Sampling
from roleinstruct.pipeline.ablating import ablate, emotion_of
from roleinstruct.pipeline.cells import Plan
from roleinstruct.pipeline.scoring import ScoreOptions

__all__ = ["register"]

Data = Annotated[Path, typer.Option("--data", metavar="DIR", help="The data set folder.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("ablate")(_ablate)
    app.command("forgetting")(_forgetting)


def _ablate(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="A recipe file, or the name of one.")],
    data: Data,
    target: Annotated[Path, typer.Option("--out", metavar="DIR", help="A folder for all trainings.")],
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="Trainings of each setting.")] = 3,
    only: Annotated[str | None, typer.Option("--only", help="strategy or emotion alone.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Items asked of each character and task.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A key of the recipe, for all settings.")
    ] = None,
    max_tokens: Annotated[int, typer.Option("--max-tokens", help="The most of an answer.")] = 256,
    batch_size: Annotated[int, typer.Option("--batch-size", min=1, help="Questions at once.")] = 8,
    budget: Annotated[
        float | None,
        typer.Option("--forgetting-budget", metavar="X", help="Ask RAW without a persona too: may lose X of Rouge-L."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Train general, specific and hybrid, and with and without emotion: Tables 5 and 6 of the paper, with intervals."""
    sheets = [only] if only else list(SHEETS)
    words, sampling = settings or [], Sampling(max_tokens=max_tokens)
    plan = Plan(
        recipe, data, target, settings_of(sheets, emotion_of(recipe, words)), seeds, words, sampling, limit,
        batch_size, budget is not None,
    )  # fmt: skip
    with listening() as listener:
        found = ablate(plan, sheets, budget=budget, listener=listener)
    if as_json:
        print_json(found.as_json())
    else:
        for table in ablation_tables(found):
            out().print(table)
        for name, told in found.trained.items():
            out().print(f"{name}: {told['steps']:,} steps on {told['rows']:,} rows, {told['seconds']:,.0f} s")
        for verdict in (one for sheet in found.sheets.values() for one in sheet.verdicts):
            out().print(verdict.told())
    if found.failed:
        say(f"{len(found.failed):,} trainings failed, and the tables do without them: the same command tries again.")
        raise typer.Exit(1)


def _forgetting(
    base: Annotated[Path, typer.Argument(metavar="BASE", help="Answers of the base: respond --neutral.")],
    adapter: Annotated[Path, typer.Argument(metavar="ADAPTER", help="Answers of the adapter, asked alike.")],
    data: Data,
    budget: Annotated[float, typer.Option("--budget", help="The loss of Rouge-L that is bearable.")] = 0.02,
    as_json: Json = False,
) -> None:
    """Say what an adapter has lost of neutral RAW; exit with 1 if that is more than the budget."""
    items = read_items(DataFolder(data), tasks=("raw",))
    found = forgetting(items, [read_answers(base)], [read_answers(adapter)], ScoreOptions().measure(), budget)
    if as_json:
        print_json(found.as_json())
    else:
        out().print(found.told())
    if found.verdict == "exceeded":
        raise typer.Exit(1)
