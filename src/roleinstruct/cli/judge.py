"""The commands that have a model judge answers, and that set the verdicts of several judges side by side."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, cast

import typer

from roleinstruct.cli.judge_tables import judge_tables
from roleinstruct.cli.model import ModelOptions, show_estimate, with_model_options
from roleinstruct.cli.options import Answered, Benchmark, Json
from roleinstruct.cli.talk import listening, out, print_json, say
from roleinstruct.errors import ConfigError
from roleinstruct.evaluation.answers import read_answers
from roleinstruct.evaluation.judge_report import report_of
from roleinstruct.evaluation.judging import JudgeOptions
from roleinstruct.evaluation.orders import Orders
from roleinstruct.evaluation.ratings import Rating, read_ratings
from roleinstruct.evaluation.verdicts import Verdicts, read_verdicts
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.judging import Trial, estimate_judging, run_judge
from roleinstruct.pipeline.session import Session

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("judge")(_judge)
    app.command("verdicts")(_verdicts)


@with_model_options
def _judge(
    answers: Annotated[list[Path], typer.Argument(metavar="ANSWERS", help="Files of answers, one a system.")],
    data: Benchmark,
    verdicts: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the verdicts go.")],
    asking: ModelOptions,
    judge_name: Annotated[str, typer.Option("--judge-name", help="A name for the judge; by default its model's.")] = "",
    repeats: Annotated[int, typer.Option("--repeats", min=1, max=20, help="How often to ask each question.")] = 1,
    orders: Annotated[
        str, typer.Option("--orders", metavar="2|all", help="One order and its mirror, or a balanced design.")
    ] = "all",
    own: Annotated[
        list[str] | None,
        typer.Option("--own", metavar="SYSTEM", help="This system is the judge's own model or kin; repeatable."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="At most so many of each character and task.")
    ] = None,
    only_answered: Answered = False,
    as_json: Json = False,
) -> None:
    """Have a model judge how well systems play their characters: scores, reasons and a ranking, in balanced orders."""
    config = asking.applied(BuildConfig())
    if not config.model.name:
        raise ConfigError("a judge is a model: say which with --model.")
    if orders not in ("2", "all"):
        raise ConfigError(f"--orders {orders} is none; expected 2 (an order and its mirror) or all (a design).")
    options = JudgeOptions(cast(Orders, orders), repeats)
    systems = [read_answers(path) for path in answers]
    trial = Trial(data, systems, options, limit, only_answered, own or (), judge_name)
    for remark in trial.warnings():
        say(f"warning: {remark}")
    if asking.estimate:
        show_estimate(config, {"judge": estimate_judging(trial, config.model)})
        return
    with listening() as listener:
        found = run_judge(trial, Session(config.model, data, listener, replay=asking.replay), verdicts)
    _show([found], [], as_json=as_json)


def _verdicts(
    files: Annotated[list[Path], typer.Argument(metavar="VERDICTS", help="Files that roleinstruct judge wrote.")],
    people: Annotated[
        Path | None, typer.Option("--people", metavar="FILE", help="Scores of people, in JSON Lines.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what verdicts say, and how far judges agree with each other and with people."""
    found, ratings = [read_verdicts(path) for path in files], read_ratings(people) if people else []
    judged = {name for file in found for name in file.judge.systems}
    if others := sorted({rating.system for rating in ratings} - judged):
        say(f"warning: people have rated {', '.join(others)} too, which no judge has seen: it counts for nothing.")
    _show(found, ratings, as_json=as_json)


def _show(files: Sequence[Verdicts], people: Sequence[Rating], *, as_json: bool) -> None:
    report = report_of(files, people)
    if as_json:
        print_json(report.as_json())
        return
    for table in judge_tables(report):
        out().print(table)
