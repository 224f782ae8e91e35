"""The commands for character cards, as SillyTavern and others use them."""

from pathlib import Path
from typing import Annotated

import typer

from roleinstruct.cli.options import Folder
from roleinstruct.cli.talk import listening, say
from roleinstruct.pipeline.carding import rewrite_card
from roleinstruct.pipeline.character_card import SPECS, export_card, import_card
from roleinstruct.pipeline.config import BuildConfig
from roleinstruct.pipeline.linting import is_data_set
from roleinstruct.publish.adapter_card import write_adapter_card
from roleinstruct.publish.adapter_results import gather_results
from roleinstruct.publish.spaces import write_space
from roleinstruct.sources.character_card.macros import spoken_name

__all__ = ["register"]

_group = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Character cards, as SillyTavern and others use them; and the README of a data set or adapter folder.",
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_group, name="card")


@_group.command("import")
def _import(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A card: JSON, PNG or charx, of any version.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The data set folder to write.")],
) -> None:
    """Make a data set folder of a character card; export gives back every field of it."""
    with listening() as listener:
        card = import_card(file, out, listener)
    say(f"{spoken_name(card)} is in {out}; the card comes back with: roleinstruct card export {out} --out FILE")


@_group.command("export")
def _export(
    folder: Folder,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Ends in .json, .png or .charx.")],
    character: Annotated[
        str | None, typer.Option("--character", metavar="NAME", help="Whose; not needed where there is one.")
    ] = None,
    spec: Annotated[
        str | None, typer.Option("--spec", metavar="|".join(SPECS), help="By default v3, or that of the card it was.")
    ] = None,
    avatar: Annotated[
        Path | None, typer.Option("--avatar", metavar="PNG", help="The picture; by default that of the card it was.")
    ] = None,
) -> None:
    """Write a character as a card: its profile, real lines of it as examples, and a lorebook."""
    done = export_card(folder, out, character=character, spec=spec, avatar=avatar)
    say(f"{out}: {spoken_name(done.card)} as a card of version {done.version}; {done.told}.")


@_group.command("write")
def _write(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A data set folder, or an adapter folder.")],
    builder: Annotated[
        str | None, typer.Option("--builder", metavar="FILE", help="Of a data set: say what its card block says now.")
    ] = None,
    scores: Annotated[
        list[Path] | None,
        typer.Option("--scores", metavar="FILE", help="Of an adapter: score --json, report.json or forgetting --json."),
    ] = None,
    answers: Annotated[
        list[Path] | None,
        typer.Option("--answers", metavar="FILE", help="Of an adapter: answers to score, its own and others'."),
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", metavar="DIR", help="The data set that was answered.")] = None,
    dataset: Annotated[str, typer.Option("--dataset", metavar="OWNER/NAME", help="Its id on the Hub.")] = "",
    system: Annotated[str, typer.Option("--system", metavar="NAME", help="The adapter's name in these files.")] = "",
    license: Annotated[str, typer.Option("--license", metavar="ID", help="Of an adapter, as the Hub names it.")] = "",
) -> None:
    """Write the README of a data set or adapter folder anew; what people wrote in it stays."""
    if is_data_set(folder):
        rewrite_card(folder, BuildConfig.load(builder).card if builder else None)
    else:
        files = (scores or [], answers or [])
        results = gather_results(folder, *files, data=data, dataset=dataset, system=system) if any(files) else None
        write_adapter_card(folder, results=results, license=license)
    say(f"{folder / 'README.md'} is written; see it as it would go with: roleinstruct push … --dry-run")


@_group.command("space")
def _space(
    adapter: Annotated[str, typer.Argument(metavar="ADAPTER", help="The adapter's folder, or its name on the Hub.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder to write.")],
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="The data set folder; else the adapter's personas.")
    ] = None,
    repo_id: Annotated[
        str, typer.Option("--adapter-id", metavar="OWNER/NAME", help="Where the Space finds the adapter of a folder.")
    ] = "",
    license: Annotated[str, typer.Option("--license", metavar="ID", help="By default the adapter's.")] = "",
) -> None:
    """Write a Space: a page to talk with the characters of an adapter."""
    people = write_space(adapter, out, data=data, repo_id=repo_id, license=license)
    say(f"{out}: {', '.join(people)}; try it with: pip install gradio && python {out / 'app.py'}")
    say(f"publish it with: roleinstruct push space {out} owner/name")
