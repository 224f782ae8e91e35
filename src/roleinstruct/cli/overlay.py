"""The command that takes the script out of a data set folder; `build --overlay` and `import --overlay` say the rest."""

from pathlib import Path
from typing import Annotated

import typer

from roleinstruct.cli.options import Folder
from roleinstruct.cli.talk import listening, say
from roleinstruct.pipeline.overlaying import make_overlay
from roleinstruct.pipeline.rebuilding import Rebuilt, rebuild

__all__ = ["beside", "register", "tell_overlay", "tell_rebuilt"]

_SHOWN = 10
"""Places that are listed on the terminal; the report has them all."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("overlay")(_overlay)


def _overlay(
    folder: Folder,
    target: Annotated[Path, typer.Option("--out", help="The overlay's folder.")],
    source: Annotated[Path | None, typer.Option("--source", help="Where the script lies now.")] = None,
) -> None:
    """Write what may be published of a data set whose script may not: all of it without the script's words."""
    tell_overlay(folder, target, source)


def beside(folder: Path) -> Path:
    """Where `build --overlay` writes: beside the data set folder, in one that bears its name and "-overlay"."""
    return folder.absolute().with_name(f"{folder.absolute().name}-overlay")


def tell_overlay(folder: Path, target: Path, source: Path | None = None) -> None:
    """Make an overlay and say what is in it."""
    with listening() as listener:
        made = make_overlay(folder, target, source=source, listener=listener)
    rows = ", ".join(f"{table} {count:,}" for table, count in made.rows.items() if count)
    say(f"{target} holds none of the script's words: {rows}; roleinstruct push dataset publishes it.")


def tell_rebuilt(overlay: Path, source: Path, folder: Path) -> None:
    """Rebuild a data set and tell of every line that does not match."""
    with listening() as listener:
        found = rebuild(overlay, source, folder, listener=listener)
    _tell_lines(found, folder)
    for what, count in found.left_out.items():
        say(f"left out: {count:,} × {what}")
    if found.is_same:
        say("every table is byte for byte the one that the overlay was made of.")


def _tell_lines(found: Rebuilt, folder: Path) -> None:
    say(f"{found.lines - len(found.missing):,} of {found.lines:,} lines match")
    for places, what in (
        (found.missing, "lines are not in your script as they were"),
        (found.unknown, "lines of your script are not in the overlay"),
    ):
        if places:
            more = f" and {len(places) - _SHOWN:,} more" if len(places) > _SHOWN else ""
            listed = ", ".join(places[:_SHOWN])
            say(f"{len(places):,} {what}: {listed}{more}; all are in {folder / 'reports' / 'overlay.json'}")
