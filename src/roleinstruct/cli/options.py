"""The options that several commands have alike."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Answered", "Benchmark", "Cache", "Config", "Encoder", "Folder", "Json", "Uncontaminated"]

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The data set folder.")]

Benchmark = Annotated[Path, typer.Option("--data", metavar="DIR", help="The data set folder whose benchmark it is.")]

Config = Annotated[str | None, typer.Option("--config", help="A builder file; by default the folder's own.")]

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]

Encoder = Annotated[
    str | None, typer.Option("--encoder", metavar="SPEC", help="By which RPCS is measured, such as ngrams.")
]

Cache = Annotated[Path | None, typer.Option("--cache", metavar="FOLDER", help="Keeps an encoder's vectors.")]

Answered = Annotated[bool, typer.Option("--only-answered", help="Leave out items that a system has not answered.")]

Uncontaminated = Annotated[
    bool, typer.Option("--exclude-contaminated", help="Leave out items that stand in the training part.")
]
