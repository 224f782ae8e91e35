"""The command that tunes an adapter further by what judges or people have said of answers."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from roleinstruct.cli.options import Json
from roleinstruct.cli.talk import listening, print_json
from roleinstruct.cli.trained import in_one_voice, say_next, show_report
from roleinstruct.evaluation.preferences import Pairing
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.preferring import Evidence, prefer_from
from roleinstruct.training.processes import is_first
from roleinstruct.training.recipe import Recipe

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("prefer")(_prefer)


def _prefer(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="That of the adapter; its preference block is run.")],
    adapter: Annotated[Path, typer.Option("--adapter", metavar="DIR", help="The adapter that train wrote.")],
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="The data set folder.")],
    answers: Annotated[list[Path], typer.Option("--answers", metavar="FILE", help="What was judged; repeatable.")],
    target: Annotated[Path, typer.Option("--out", metavar="DIR", help="A new folder for the adapter.")],
    verdicts: Annotated[
        list[Path] | None, typer.Option("--verdicts", metavar="FILE", help="Of roleinstruct judge; repeatable.")
    ] = None,
    ratings: Annotated[
        list[Path] | None, typer.Option("--ratings", metavar="FILE", help="Of humans collect; repeatable.")
    ] = None,
    margin: Annotated[
        float, typer.Option("--margin", help="The least difference of the mean scores, in points.")
    ] = Pairing().margin,
    agreement: Annotated[
        float, typer.Option("--agreement", help="The least share of votes for one answer, above 0.5.")
    ] = Pairing().agreement,
    all_pairs: Annotated[
        bool, typer.Option("--all-pairs", help="Every pair of a question's answers, not only the widest apart.")
    ] = False,
    allow_benchmark: Annotated[
        bool, typer.Option("--allow-benchmark", help="Learn from the benchmark too, which then measures nothing.")
    ] = False,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A key of the recipe, as in preference.beta=0.2; repeatable."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run that was begun in --out.")] = False,
    report_to: Annotated[
        str, typer.Option("--report-to", metavar="NAME,…", help="Of tensorboard, wandb, trackio; or none.")
    ] = "tensorboard",
    as_json: Json = False,
) -> None:
    """Have an adapter prefer the answers that a judge or people prefer (DPO), held to what it was.

    The answers are to training questions: respond --questions train, then judge, then this.
    """
    names = tuple(name.strip() for name in report_to.split(",") if name.strip())
    how = Pairing(margin, agreement, all_pairs)
    evidence = Evidence(data, answers, verdicts or (), ratings or (), how, allow_benchmark)
    with in_one_voice(target), listening() if is_first() else nullcontext(Listener()) as listener:
        chosen = Recipe.load(recipe, settings or ())
        report = prefer_from(evidence, chosen, adapter, target, resume=resume, report_to=names, listener=listener)
    if not is_first():
        return
    print_json(report.as_json()) if as_json else show_report(report)
    say_next(target, data)
