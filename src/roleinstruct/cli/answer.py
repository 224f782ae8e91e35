"""The command that has a model answer general instructions in the voice of each character."""

from pathlib import Path
from typing import Annotated

import typer

from roleinstruct.cli.model import ModelOptions, expect_model, show_estimate, with_model_options
from roleinstruct.cli.options import Config, Folder
from roleinstruct.cli.talk import listening
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import ConfigError
from roleinstruct.pipeline.build import run_step
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.estimating import estimate_step
from roleinstruct.pipeline.general import expect_source
from roleinstruct.pipeline.model_blocks import BUNDLED, HUB
from roleinstruct.pipeline.remembering import remembered

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("answer")(_answer)


@with_model_options
def _answer(
    folder: Folder,
    asking: ModelOptions,
    instructions: Annotated[
        str | None,
        typer.Option(
            "--instructions",
            metavar="SRC",
            help="bundled, a file or folder, or hub:ORG/NAME[@REVISION]; asked of every character.",
        ),
    ] = None,
    samples: Annotated[int | None, typer.Option("--samples", min=1, max=20, help="Answers to each.")] = None,
    neutral: Annotated[bool, typer.Option("--neutral", help="Give each a neutral answer too, if it has none.")] = False,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="At most so many for each character.")] = None,
    config: Config = None,
) -> None:
    """Have a model answer general instructions as each character would."""
    known = asking.settled(BuildConfig.load(config) if config else remembered(folder))
    said = {"samples": samples, "neutral": neutral or None, "limit": limit, "source": _found(instructions)}
    changes: dict[str, object] = {key: value for key, value in said.items() if value is not None}
    if instructions:
        changes["when"] = "always"
    known = known.with_general(**changes) if changes else known
    if known.model.name:
        expect_source(known.general)
    if asking.estimate:
        with listening() as listener:
            found = estimate_step("answer", DataFolder(folder), expect_model(known), listener)
        show_estimate(known, {"answer": found})
        return
    if not known.model.name:
        raise ConfigError("general instructions are answered by a model alone: say which with --model.")
    with listening() as listener:
        run_step("answer", known, folder, listener=listener, replay=asking.replay)


def _found(source: str | None) -> str | None:
    """The source; a path is remembered in full, to be found from any working directory."""
    if source is None or source == BUNDLED or source.startswith(HUB):
        return source
    return str(Path(source).absolute())
