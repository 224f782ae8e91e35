"""The commands that show what models were asked and answered, and what it cost."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from roleinstruct.cli.talk import listening, out, print_json, say
from roleinstruct.errors import FolderError
from roleinstruct.llm.budget import Prices
from roleinstruct.llm.journal import Journal
from roleinstruct.llm.request import Usage
from roleinstruct.pipeline.replaying import replay
from roleinstruct.pipeline.session import JOURNAL

__all__ = ["register"]

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The data set folder.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_journal, name="journal")


_journal = typer.Typer(help="What models were asked and answered for a data set.", no_args_is_help=True)


@_journal.command("list")
def _list(folder: Folder, as_json: Json = False) -> None:
    """Sum up calls, tokens and cost by stage and model."""
    with _open(folder) as journal:
        sums: dict[tuple[str, str], tuple[int, Usage]] = {}
        for entry in journal.rows():
            calls, usage = sums.get((entry.stage, entry.request.model), (0, Usage()))
            sums[entry.stage, entry.request.model] = calls + 1, usage + entry.reply.usage
        digest = journal.digest()
    prices = Prices.load()
    found = [
        {
            "stage": stage,
            "model": model,
            "calls": calls,
            "prompt_tokens": usage.prompt_tokens,
            "cached_tokens": usage.cached_tokens,
            "completion_tokens": usage.completion_tokens,
            "usd": prices.cost(model, usage),
        }
        for (stage, model), (calls, usage) in sorted(sums.items())
    ]
    if as_json:
        print_json({"digest": digest, "sums": found})
        return
    table = Table()
    for name in ("stage", "model"):
        table.add_column(name)
    for name in ("calls", "tokens sent", "of them cached", "received", "USD"):
        table.add_column(name, justify="right")
    for row in found:
        numbers = (row["calls"], row["prompt_tokens"], row["cached_tokens"], row["completion_tokens"])
        cost = "?" if row["usd"] is None else f"{row['usd']:.4f}"
        table.add_row(str(row["stage"]), str(row["model"]), *(f"{n:,}" for n in numbers), cost)
    console = out()
    console.print(table)
    console.print(f"digest {digest}")


@_journal.command("show")
def _show(folder: Folder, key: Annotated[str, typer.Argument(help="A key, or its beginning.")]) -> None:
    """Print one request and its reply."""
    with _open(folder) as journal:
        entry = journal.entry(key)
    request = json.loads(entry.request.as_json())
    reply = json.loads(entry.reply.as_json())
    print_json({"key": entry.key, "stage": entry.stage, "created": entry.created, "request": request, "reply": reply})


@_journal.command("keys")
def _keys(folder: Folder) -> None:
    """Print the key, stage and time of every reply, one a line."""
    with _open(folder) as journal:
        for entry in journal.rows():
            sys.stdout.write(f"{entry.key}\t{entry.stage}\t{entry.created}\n")


@_journal.command("export")
def _export(folder: Folder, target: Annotated[Path, typer.Argument(help="The JSON Lines file to write.")]) -> None:
    """Write every request and reply into a file."""
    with _open(folder) as journal:
        say(f"{journal.export(target):,} replies are in {target}")


@_journal.command("load")
def _load(folder: Folder, source: Annotated[Path, typer.Argument(help="What journal export has written.")]) -> None:
    """Take in the replies of another journal, so that they need not be paid for again."""
    with Journal(folder / JOURNAL) as journal:
        say(f"{journal.load(source):,} replies are new")


@_journal.command("replay")
def _replay(folder: Folder, as_json: Json = False) -> None:
    """Build the data set again from its source and journal alone, elsewhere, and compare every file."""
    with listening() as listener:
        found = replay(folder, listener)
    if as_json:
        print_json({"same": list(found.same), "different": list(found.different)})
    if found.different:
        raise FolderError(
            f"{len(found.different)} of {len(found.same) + len(found.different)} files come out otherwise "
            f"({', '.join(found.different[:5])}): the folder was changed after its build, by a step, by people's "
            "labels or by lint --fix, or built by another version."
        )
    say(f"all {len(found.same)} files come out the same, byte for byte.")


def _open(folder: Path) -> Journal:
    if not (folder / JOURNAL).is_file():
        raise FolderError(
            f"{folder} holds no journal: no model has been asked for it; expected {folder / JOURNAL}, which a build "
            "with --model writes."
        )
    return Journal(folder / JOURNAL, read_only=True)
