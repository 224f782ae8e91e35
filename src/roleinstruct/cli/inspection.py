"""What an inspection prints for people: rows in colour, or with plain marks where there is none, then tables."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from roleinstruct.cli.talk import out, say
from roleinstruct.training.inspection import Inspection, SeenRow, Tokens
from roleinstruct.training.memory import Memory
from roleinstruct.training.pieces import Piece

__all__ = ["show"]


def show(found: Inspection) -> None:
    """Print it on stdout, and what is worth knowing on stderr."""
    console = out()
    for row in found.rows:
        _show_row(console, row)
    console.print(_summary(found))
    if found.tokens is not None:
        console.print(_histogram(found.tokens))
    if found.memory is not None:
        console.print(_memory(found.memory))
    for sentence in found.notices:
        say(f"note: {sentence}")
    for sentence in found.problems[1:]:  # the first one ends the command
        say(f"problem: {sentence}")


def _show_row(console: Console, row: SeenRow) -> None:
    trained = [piece for piece in row.pieces if piece.is_trained]
    masked = [piece for piece in row.pieces if not piece.is_trained]
    cut = f", {row.cut:,} tokens cut" if row.cut else ""
    console.print(Text(f"{row.id} ({row.kind}{', ' if row.character else ''}{row.character}{cut})", style="bold"))
    for name, pieces, style in (("masked", masked, "dim"), ("TRAINED", trained, "bold green")):
        count = sum(len(piece.ids) for piece in pieces)
        console.print(Text().append(f"{name} {count:,}: ", "italic").append_text(_line(pieces, style)), soft_wrap=True)
    console.print()


def _line(pieces: list[Piece], style: str) -> Text:
    """The tokens with strokes between them; line breaks are shown, not made."""
    line = Text().append("|", "dim")
    for piece in pieces:
        text = piece.text.translate(_VISIBLE)
        line.append(text, style=f"{style} reverse" if piece.is_special else style).append("|", style="dim")
    return line


_VISIBLE = str.maketrans({"\n": "⏎", "\r": "␍", "\t": "⇥"})


def _summary(found: Inspection) -> Table:
    table = Table(
        "", "", title=f"{found.recipe} on {found.model}", title_justify="left", title_style="bold", show_header=False
    )
    for name, value in _facts(found):
        table.add_row(name, value)
    return table


def _facts(found: Inspection) -> Iterator[tuple[str, str]]:
    yield "examples", f"{found.examples:,}"
    for reason, count in found.unfit.items():
        yield f"left out: {reason.replace('_', ' ')}", f"{count:,} ({_percent(count / found.examples)})"
    yield "an answer ends with", found.format.end
    yield "most tokens of a row", "any number" if found.max_length is None else f"{found.max_length:,}"
    if found.tokens is not None:
        yield "tokens of an epoch", f"{found.tokens.total:,}"
        yield "trained of these", f"{found.tokens.trained:,} ({_percent(found.tokens.trained / found.tokens.total)})"
        yield "longest row", f"{found.tokens.longest:,}"
        yield "rows with a shortened prompt", f"{found.tokens.cut_rows:,} (by {found.tokens.cut:,} tokens)"
    if found.padding is not None:
        yield "padding, rows in any order", _percent(found.padding.random)
        yield "padding, rows of like length together", _percent(found.padding.grouped)
        yield "room left over when packed", _percent(found.padding.packed)


def _histogram(tokens: Tokens) -> Table:
    table = Table("tokens", "rows", "", title="Rows by length", title_justify="left", title_style="bold")
    most = max(rows for _, _, rows in tokens.histogram)
    for low, high, rows in tokens.histogram:
        table.add_row(f"{low:,}–{high:,}", f"{rows:,}", "█" * -(-_WIDTH * rows // most))
    return table


_WIDTH = 30


def _memory(memory: Memory) -> Table:
    title = f"Memory of a step, estimated: {memory.batch} rows of {memory.length:,} tokens, weights in {memory.dtype}"
    unit, size_of = ("GiB", 2**30) if memory.total >= 2**30 else ("MiB", 2**20)
    table = Table("", unit, title=title, title_justify="left", title_style="bold")
    kept = "activations, computed twice" if memory.has_checkpointing else "activations"
    for name, size in (
        (f"weights ({memory.parameters / 1e6:,.1f} M parameters)", memory.weights),
        (f"adapter ({memory.trainable / 1e6:,.2f} M parameters)", memory.adapter),
        ("gradients", memory.gradients),
        ("optimizer", memory.optimizer),
        (kept, memory.activations),
        ("loss", memory.loss),
        ("total; real ones were up to 1.5 times that", memory.total),
    ):
        table.add_row(name, f"{size / size_of:,.2f}")
    return table


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
