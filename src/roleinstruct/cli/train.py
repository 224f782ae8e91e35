"""The commands around training: look at what would be trained, and train it."""

from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from roleinstruct.cli.inspection import show
from roleinstruct.cli.talk import listening, print_json, say
from roleinstruct.cli.trained import in_one_voice, say_next, show_report
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import ConfigError
from roleinstruct.pipeline.inspecting import inspect
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.tiny import ensure_tiny_glm
from roleinstruct.pipeline.training import expect_folders, train
from roleinstruct.training.models import Size
from roleinstruct.training.pretraining import Pretraining
from roleinstruct.training.processes import is_first
from roleinstruct.training.recipe import Recipe

__all__ = ["register"]

RecipeName = Annotated[str, typer.Argument(metavar="RECIPE", help="A recipe file, or the name of a bundled one.")]
Data = Annotated[Path, typer.Option("--data", metavar="DIR", help="The data set folder.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A key of the recipe, as in sft.max_steps=20; may be given again."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("inspect")(_inspect)
    app.command("train")(_train)
    app.command("tiny-glm")(_tiny_glm)


def _inspect(
    recipe: RecipeName,
    data: Data,
    rows: Annotated[int, typer.Option("--rows", min=0, help="Rows to show, of each kind in turn.")] = 3,
    row: Annotated[str | None, typer.Option("--row", metavar="ID", help="Show this row instead.")] = None,
    settings: Settings = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Show what would be trained, token by token, with lengths, padding and memory; fail where it should not be."""
    DataFolder(data).expect_there()
    with listening() as listener:
        found = inspect(Recipe.load(recipe, settings or ()), data, show=rows, only=row, listener=listener)
    print_json(asdict(found)) if as_json else show(found)
    if found.problems:
        first, *others = found.problems
        raise ConfigError(f"{first[:-1]} (and {len(others)} more).") if others else ConfigError(first)


def _train(
    recipe: RecipeName,
    data: Data,
    target: Annotated[Path, typer.Option("--out", metavar="DIR", help="A new folder for the adapter.")],
    settings: Settings = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run that was begun in --out.")] = False,
    report_to: Annotated[
        str, typer.Option("--report-to", metavar="NAME,…", help="Of tensorboard, wandb, trackio; or none.")
    ] = "tensorboard",
    probe: Annotated[
        int, typer.Option("--probe", min=0, max=16, metavar="N", help="Answers to keep at each evaluation.")
    ] = 4,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Train an adapter on a data set folder; Ctrl-C ends it with a checkpoint from which --resume goes on.

    Several processes: python -m torch.distributed.run --nproc_per_node 2 -m roleinstruct train …
    """
    names = tuple(name.strip() for name in report_to.split(",") if name.strip())
    with in_one_voice(target), listening() if is_first() else nullcontext(Listener()) as listener:
        expect_folders(data, target, resume=resume)
        chosen = Recipe.load(recipe, settings or ())
        report = train(chosen, data, target, resume=resume, report_to=names, probe=probe, listener=listener)
    if not is_first():
        return
    print_json(report.as_json()) if as_json else show_report(report)
    say_next(target, data)


def _tiny_glm(
    data: Data,
    target: Annotated[Path, typer.Option("--out", metavar="DIR", help="The model's folder.")],
    tokens: Annotated[int, typer.Option("--tokens", min=1, help="To pre-train on.")] = Pretraining().tokens,
    seed: Annotated[int, typer.Option("--seed", help="Another one gives other weights.")] = 0,
    layers: Annotated[int, typer.Option("--layers", min=1)] = Size().layers,
    hidden: Annotated[int, typer.Option("--hidden", min=1, help="The model's width.")] = Size().hidden,
) -> None:
    """Make a small base model of a data set's training part: without a download, in about a minute."""
    size = replace(Size(), layers=layers, hidden=hidden, heads=max(1, hidden // 64), intermediate=8 * hidden // 3)
    with listening() as listener:
        ensure_tiny_glm(data, target, size=size, how=Pretraining(tokens=tokens, seed=seed), listener=listener)
    say(
        f"{target} is ready; tune it with\n"
        f"  roleinstruct train tiny-glm --set model.name_or_path={target} --data {data} --out my-adapter"
    )
