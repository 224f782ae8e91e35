"""The command that puts all that is known of some systems into one report."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from roleinstruct.cli.options import Answered, Cache, Encoder, Uncontaminated
from roleinstruct.cli.talk import print_json, say
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import ConfigError
from roleinstruct.pipeline.reporting import ReportOptions, make_report, write_report

__all__ = ["register"]

_LISTS = ("--answers", "--verdicts", "--ratings")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report", cls=_ListsOfFiles)(_report)


class _ListsOfFiles(TyperCommand):
    """Takes `--answers A B C` for `--answers A --answers B --answers C`, so that a shell's `*.jsonl` does."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own click
        spread: list[str] = []
        current = ""
        for arg in args:
            if arg.startswith("-"):
                current = arg if arg in _LISTS else ""
                spread += [] if current else [arg]
            else:
                spread += [current, arg] if current else [arg]
        return super().parse_args(ctx, spread)


def _report(
    data: Annotated[Path, typer.Argument(metavar="DIR", help="The data set folder whose benchmark was answered.")],
    answers: Annotated[list[Path], typer.Option("--answers", metavar="FILE…", help="Files of answers, one a system.")],
    target: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where the report goes.")],
    verdicts: Annotated[
        list[Path] | None, typer.Option("--verdicts", metavar="FILE…", help="What judges said, a file each.")
    ] = None,
    ratings: Annotated[
        list[Path] | None, typer.Option("--ratings", metavar="FILE…", help="What people gave: of humans collect --out.")
    ] = None,
    encoder: Encoder = None,
    cache: Cache = None,
    dataset: Annotated[
        str | None, typer.Option("--dataset", metavar="OWNER/NAME", help="The data set on the Hub, for result files.")
    ] = None,
    exclude_contaminated: Uncontaminated = False,
    only_answered: Answered = False,
    as_json: Annotated[bool, typer.Option("--json", help="The report as one JSON document on stdout too.")] = False,
) -> None:
    """Put scores, verdicts and ratings of systems into one page, its Markdown twin, and JSON."""
    if dataset is not None and not re.fullmatch(r"\w[\w.-]*/\w[\w.-]*", dataset, re.ASCII):
        raise ConfigError(f"--dataset {dataset!r} is no data set of the Hub; expected OWNER/NAME.")
    folder = DataFolder(data)
    options = ReportOptions(answers, verdicts or (), ratings or (), encoder, cache, exclude_contaminated, only_answered)
    made = make_report(folder, options)
    for remark in made.report.remarks:
        say(f"warning: {remark}")
    files = write_report(made, target, name=data.resolve().name, dataset=dataset)
    if as_json:
        print_json(made.report.as_json())
    say(f"{len(files):,} files, first of all {files[0]}.")
