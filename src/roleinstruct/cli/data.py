"""The commands that make and show a data set folder."""

from pathlib import Path
from typing import Annotated

import typer

from roleinstruct.cli.model import ModelOptions, expect_model, show_estimate, with_model_options
from roleinstruct.cli.options import Config, Folder, Json
from roleinstruct.cli.overlay import beside, tell_overlay, tell_rebuilt
from roleinstruct.cli.talk import (
    accounting_table,
    emotions_table,
    listening,
    out,
    print_json,
    say,
    statistics_table,
)
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.errors import ConfigError
from roleinstruct.pipeline.build import build, estimate, run_step
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.drawing import draw
from roleinstruct.pipeline.estimating import estimate_step
from roleinstruct.pipeline.general import expect_source
from roleinstruct.pipeline.lacking import what_lacks
from roleinstruct.pipeline.remembering import expect_folder, remembered

__all__ = ["register", "show"]

Source = Annotated[Path | None, typer.Option("--source", help="File or folder of raw dialogue.")]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Read at most so many rows of each file.")]
Extractive = Annotated[bool, typer.Option("--extractive", help="Use no language model, whatever the builder says.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("build")(_build)
    app.command("import")(_import)
    app.command("clean")(_clean)
    app.command("profile")(_profile)
    app.command("ask")(_ask)
    app.command("mix")(_mix)
    app.command("stats")(_stats)
    app.command("figures")(_figures)


@with_model_options
def _build(
    config: Annotated[str, typer.Argument(metavar="CONFIG", help="A builder file, or the name of a bundled one.")],
    target: Annotated[Path, typer.Option("--out", help="The data set folder to write.")],
    asking: ModelOptions,
    source: Source = None,
    extractive: Extractive = False,
    limit: Limit = None,
    overlay: Annotated[
        bool, typer.Option("--overlay", help="Also write DIR-overlay, which holds none of the script's words.")
    ] = False,
) -> None:
    """Build a data set folder from raw dialogue: all stages, as a builder file says."""
    if extractive and asking.model:
        raise typer.BadParameter("--extractive uses no language model, and --model names one: say one of them.")
    chosen = _with_source(BuildConfig.load(config), source)
    chosen = asking.settled(chosen.with_model(name="") if extractive else chosen)
    if chosen.model.name:
        expect_source(chosen.general)
    with listening() as listener:
        if asking.estimate:
            found = estimate(expect_model(chosen), limit=limit, listener=listener, home=target)
        else:
            build(chosen, target, limit=limit, listener=listener, replay=asking.replay)
    if asking.estimate:
        show_estimate(chosen, found)
        return
    show(target)
    if overlay:
        tell_overlay(target, beside(target))


def _import(
    folder: Folder,
    source: Source = None,
    source_format: Annotated[
        str | None, typer.Option("--format", help="A reader's name, or auto: by what the file holds.")
    ] = None,
    character: Annotated[
        list[str] | None, typer.Option("--character", help="Whom to make a data set of; may be given again.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="WHAT=NAME", help="For tables, such as text=content; may be given again."),
    ] = None,
    config: Config = None,
    limit: Limit = None,
    overlay: Annotated[
        Path | None,
        typer.Option("--overlay", metavar="OVERLAY", help="Rebuild the whole data set that this was made of."),
    ] = None,
) -> None:
    """Read a source into the folder's working tables; by default the one that it was made of."""
    if overlay is not None:
        if source is None or source_format or character or column or config or limit:
            raise typer.BadParameter("--overlay knows how the script is read: say --source beside it, and no more.")
        tell_rebuilt(overlay, source, folder)
        show(folder)
        return
    known = BuildConfig.load(config) if config else remembered(folder, BuildConfig())
    chosen = _with_source(known, source)
    changes: dict[str, object] = {}
    if source_format:
        changes["format"] = source_format
    if character:
        changes["characters"] = tuple(character)
    if column:
        changes["columns"] = dict(_pair(text) for text in column)
    chosen = chosen.with_source(**changes)
    with listening() as listener:
        run_step("import", chosen, folder, limit=limit, listener=listener)


def _clean(folder: Folder, config: Config = None) -> None:
    """Make two-party dialogues, and drop duplicates, each with its reason."""
    _step("clean", folder, _known(folder, config))


@with_model_options
def _profile(folder: Folder, asking: ModelOptions, config: Config = None) -> None:
    """Take profiles apart into fields, and add what the script shows, or what a model makes of it."""
    _by_model("profile", folder, asking, _known(folder, config))


@with_model_options
def _ask(folder: Folder, asking: ModelOptions, config: Config = None) -> None:
    """Take questions and answers from adjacent turns, or have a model make them."""
    _by_model("ask", folder, asking, _known(folder, config))


def _mix(folder: Folder, config: Config = None) -> None:
    """Make the splits, the training rows and the benchmark, and write the README."""
    _step("mix", folder, _known(folder, config))
    show(folder)


def _stats(folder: Folder, as_json: Json = False) -> None:
    """Show the statistics beside the paper's, and what became of every source row."""
    expect_folder(folder)
    if as_json:
        data = DataFolder(folder)
        accounts = data.read_json("reports/accounting.json")
        print_json({**data.read_json("reports/statistics.json"), "accounting": accounts})
    else:
        show(folder)


def _figures(folder: Folder) -> None:
    """Draw the paper's figures and more of the folder's own data, for the card and as a page to open in a browser."""
    with listening() as listener:
        drawn = draw(folder, listener)
    say(f"{len(drawn)} figures are in {folder / 'figures'}; open {folder / 'figures' / 'index.html'} in a browser.")


def show(folder: Path) -> None:
    """Print a finished folder's accounting and statistics as tables, and say what it has nothing of."""
    data = DataFolder(folder)
    summary = data.read_json("reports/statistics.json")
    console = out()
    console.print(accounting_table(data.read_json("reports/accounting.json")))
    console.print(statistics_table(summary))
    if summary["emotions_percent"]:
        console.print(emotions_table(summary))
    say(f'{folder} is ready: load_dataset("{folder}", "{next(iter(summary["rows"]))}") opens it.')
    if lack := what_lacks(data):
        say(f"warning: {lack}")


def _step(step: str, folder: Path, config: BuildConfig, *, replay: bool = False) -> None:
    with listening() as listener:
        run_step(step, config, folder, listener=listener, replay=replay)


def _by_model(step: str, folder: Path, asking: ModelOptions, config: BuildConfig) -> None:
    """Run a step that a model may do, or say what it would cost."""
    known = asking.settled(config)
    if asking.estimate:
        show_estimate(known, {step: estimate_step(step, DataFolder(folder), expect_model(known))})
    else:
        _step(step, folder, known, replay=asking.replay)


def _known(folder: Path, config: str | None) -> BuildConfig:
    return BuildConfig.load(config) if config else remembered(folder)


def _with_source(config: BuildConfig, source: Path | None) -> BuildConfig:
    """The build of another source; its path is remembered in full, to be found from any working directory."""
    return config if source is None else config.with_source(path=source.absolute())


def _pair(text: str) -> tuple[str, str]:
    what, equals, name = text.partition("=")
    if not equals:
        raise ConfigError(f"--column {text} says nothing; expected WHAT=NAME, such as --column text=content.")
    return what, name
