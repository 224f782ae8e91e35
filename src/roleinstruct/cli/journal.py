"""The commands that show what models were asked and answered, and what it cost."""

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from roleinstruct.cli.options import Folder, Json
from roleinstruct.cli.talk import listening, out, print_json, say
from roleinstruct.errors import ConfigError, FolderError
from roleinstruct.llm.budget import Prices
from roleinstruct.llm.journal import Journal
from roleinstruct.llm.request import Usage
from roleinstruct.llm.store import Entry
from roleinstruct.llm.transfer import read_lines
from roleinstruct.pipeline.remembering import REMEMBERED, remembered
from roleinstruct.pipeline.replaying import replay
from roleinstruct.pipeline.session import JOURNAL

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_journal, name="journal")


_journal = typer.Typer(help="What models were asked and answered for a data set.", no_args_is_help=True)


@_journal.command("list")
def _list(folder: Folder, as_json: Json = False) -> None:
    """Sum up calls, tokens and cost by stage and model."""
    with _open(folder) as journal:
        sums = _sums(journal.rows())
        digest = journal.digest()
    cost_of = _costs(folder)
    found = [
        {
            "stage": stage,
            "model": model,
            "calls": calls,
            "prompt_tokens": usage.prompt_tokens,
            "cached_tokens": usage.cached_tokens,
            "completion_tokens": usage.completion_tokens,
            "usd": cost_of(model, usage),
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
def _export(
    folder: Folder,
    target: Annotated[Path, typer.Argument(help="The JSON Lines file to write.")],
    salvage: Annotated[bool, typer.Option("--salvage", help="Of a damaged journal, what can be read.")] = False,
) -> None:
    """Write every request and reply into a file."""
    with _open(folder) as journal:
        if not salvage:
            say(f"{journal.export(target):,} replies are in {target}")
            return
        written, lost = journal.salvage(target)
    left = f"at least {lost:,} could not be read" if lost else "every one could be read"
    say(f"{written:,} replies are in {target}; {left}")


@_journal.command("load")
def _load(folder: Folder, source: Annotated[Path, typer.Argument(help="What journal export has written.")]) -> None:
    """Take in the replies of another journal, so that they need not be paid for again."""
    _expect(folder)
    next(read_lines(source))  # a file that holds no replies begins no journal
    with Journal(folder / JOURNAL) as journal:
        say(f"{journal.load(source):,} replies are new")


@_journal.command("drop")
def _drop(
    folder: Folder,
    stage: Annotated[str | None, typer.Option("--stage", help="Only of this stage, as journal list has it.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="Only of this model, as journal list has it.")] = None,
    key: Annotated[str, typer.Option("--key", metavar="PREFIX", help="Only keys that begin so.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do remove them.")] = False,
) -> None:
    """Remove replies that are of no use, so that the next run asks again; they are kept in a file."""
    with _open(folder, read_only=not yes) as journal:
        chosen = {entry.key: entry.reply.usage for entry in journal.rows(stage, model, key)}
        if not chosen:
            raise ConfigError(f"no reply in {journal.path} is of that kind: journal list shows stages and models.")
        dropped = journal.drop(chosen) if yes else None
    usage = sum(chosen.values(), Usage())
    cost = f"{len(chosen):,} replies ({usage.prompt_tokens:,} tokens sent, {usage.completion_tokens:,} received)"
    if dropped is None:
        say(f"{cost} would be removed; nothing is yet: say --yes to remove them")
    else:
        say(f"{cost} are removed, and kept in {dropped}, from which roleinstruct journal load takes them back")


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


def _sums(entries: Iterable[Entry]) -> dict[tuple[str, str], tuple[int, Usage]]:
    """Calls and tokens by stage and model."""
    sums: dict[tuple[str, str], tuple[int, Usage]] = {}
    for entry in entries:
        calls, usage = sums.get((entry.stage, entry.request.model), (0, Usage()))
        sums[entry.stage, entry.request.model] = calls + 1, usage + entry.reply.usage
    return sums


def _costs(folder: Path) -> Callable[[str, Usage], float | None]:
    """What tokens of a model cost, by the price and the server that the folder was built with, where it was."""
    if not (folder / REMEMBERED).is_file():
        return Prices.load().cost
    config = remembered(folder).model
    table = Prices.load().at(config.base_url)
    if config.price is None:
        return table.cost
    flat = Prices.flat(config.price)
    # A price that was given is that of the model it was given for.
    return lambda model, usage: (flat if model == config.name else table).cost(model, usage)


def _expect(folder: Path) -> None:
    if not folder.is_dir():
        raise FolderError(f"the folder {folder} does not exist; expected the folder of a data set.")


def _open(folder: Path, *, read_only: bool = True) -> Journal:
    _expect(folder)
    if not (folder / JOURNAL).is_file():
        raise FolderError(
            f"{folder} holds no journal: no model has been asked for it; expected {folder / JOURNAL}, which a build "
            "with --model writes."
        )
    return Journal(folder / JOURNAL, read_only=read_only)
