"""The commands for character cards, as SillyTavern and others use them."""

from pathlib import Path
from typing import Annotated

import typer

from roleinstruct.cli.options import Folder
from roleinstruct.cli.talk import listening, say
from roleinstruct.pipeline.character_card import SPECS, export_card, import_card
from roleinstruct.sources.character_card.macros import spoken_name

__all__ = ["register"]

_group = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Character cards, as SillyTavern and others use them."
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
    say(f"{spoken_name(card)} is in {out}; next: roleinstruct card export {out} --out FILE, or roleinstruct train")


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
    avatar: Annotated[Path | None, typer.Option("--avatar", metavar="PNG", help="The picture.")] = None,
) -> None:
    """Write a character as a card: its profile, real lines of it as examples, and a lorebook."""
    done = export_card(folder, out, character=character, spec=spec, avatar=avatar)
    say(f"{out}: {spoken_name(done.card)} as a card of version {done.version}; {done.told}.")
