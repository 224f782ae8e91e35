"""What a training would see, before it is paid for: rows token by token, lengths, padding, memory, what is wrong."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from roleinstruct.errors import ConfigError
from roleinstruct.records import Example
from roleinstruct.training.encoding import Encoded, Unfit, encode_all
from roleinstruct.training.fitting import far_rows, unknown_tokens
from roleinstruct.training.memory import Memory, estimate_memory
from roleinstruct.training.padding import Padding, padding
from roleinstruct.training.pieces import Piece, pieces_of
from roleinstruct.training.recipe import Recipe
from roleinstruct.training.templates import ChatFormat, load_config, load_tokenizer, read_format

if TYPE_CHECKING:
    from transformers import PretrainedConfig

__all__ = ["Inspection", "SeenRow", "Tokens", "inspect_examples"]


@dataclass(frozen=True, slots=True)
class SeenRow:
    """A row as the model sees it.

    Attributes:
        id: The example's, as are `character` and `kind`.
        pieces: Its tokens.
        cut: Tokens of the prompt that had to go.
    """

    id: str
    character: str
    kind: str
    pieces: tuple[Piece, ...]
    cut: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of an epoch.

    Attributes:
        total: Of all rows.
        trained: Of these, those that are learnt.
        longest: Of the longest row.
        histogram: Rows by length: the least and the most tokens of a bin, both included, and how many rows are in it.
        cut_rows: Rows whose prompt was shortened.
        cut: Tokens that were cut from them.
    """

    total: int
    trained: int
    longest: int
    histogram: tuple[tuple[int, int, int], ...]
    cut_rows: int
    cut: int


@dataclass(frozen=True, slots=True)
class Inspection:
    """What came out.

    Attributes:
        recipe: The recipe's name.
        model: The model's.
        format: How its conversations are written.
        max_length: The most tokens of a row; None for any number.
        examples: How many there are.
        rows: Those that were asked for.
        tokens: Of an epoch; None where no example makes a row, as are `padding` and `memory`.
        padding: What is computed for nothing.
        memory: Of the largest step.
        unfit: Examples that make no row, by reason.
        notices: Sentences worth knowing.
        problems: Sentences that say why this should not be trained; none where all is well.
    """

    recipe: str
    model: str
    format: ChatFormat
    max_length: int | None
    examples: int
    rows: tuple[SeenRow, ...]
    tokens: Tokens | None
    padding: Padding | None
    memory: Memory | None
    unfit: dict[str, int]
    notices: tuple[str, ...]
    problems: tuple[str, ...]


def inspect_examples(
    recipe: Recipe, examples: Sequence[Example], *, show: int = 3, only: str | None = None
) -> Inspection:
    """Encode examples as training does, and look at them.

    Args:
        recipe: The recipe; its model's small files are read, never its weights.
        examples: To train on.
        show: Rows to take apart, of each kind in turn.
        only: The id of the one row to take apart instead.

    Raises:
        ConfigError: The model cannot be had, its template does not do (see `templates.read_format`), or there is no
            row of that id.
    """
    config, tokenizer = load_config(recipe), load_tokenizer(recipe)
    style = read_format(recipe, config, tokenizer)
    most = recipe.sft_config(Path()).max_length
    rows, unfit = encode_all(examples, tokenizer, max_length=most, end=style.added_end)
    known = {example.id: example for example in examples}
    chosen = _chosen(rows, known, show) if only is None else [_named(only, rows, unfit)]
    return Inspection(
        recipe=recipe.name,
        model=recipe.model.name_or_path,
        format=style,
        max_length=most,
        examples=len(examples),
        rows=tuple(
            SeenRow(row.id, known[row.id].character, known[row.id].kind, pieces_of(row, tokenizer), row.cut)
            for row in chosen
        ),
        tokens=_tokens(rows) if rows else None,
        padding=_padding(recipe, rows, most) if rows else None,
        memory=_memory(recipe, config, rows) if rows else None,
        unfit=dict(Counter(one.reason for one in unfit)),
        notices=(*style.notices, *filter(None, [far_rows(rows, config)]), *_notices(rows, unfit, style)),
        problems=tuple(filter(None, [*_problems(rows, unfit, most), unknown_tokens(rows, config)])),
    )


def _chosen(rows: Sequence[Encoded], known: dict[str, Example], count: int) -> list[Encoded]:
    """The first rows, of each kind in turn."""
    seen: Counter[str] = Counter()
    ranked = []
    for place, row in enumerate(rows):
        kind = known[row.id].kind
        ranked.append((seen[kind], place, row))
        seen[kind] += 1
    return [row for _, _, row in sorted(ranked, key=lambda one: one[:2])[:count]]


def _named(id_: str, rows: Sequence[Encoded], unfit: Sequence[Unfit]) -> Encoded:
    for row in rows:
        if row.id == id_:
            return row
    if any(one.id == id_ for one in unfit):
        raise ConfigError(f"the example {id_} makes no row: it has no answer, or is longer than sft.max_length.")
    near = ", ".join(row.id for row in rows[:3])
    raise ConfigError(f"there is no row {id_!r}; there are {len(rows):,}, such as {near or 'none'}.")


def _tokens(rows: Sequence[Encoded]) -> Tokens:
    lengths = [len(row.input_ids) for row in rows]
    return Tokens(
        sum(lengths),
        sum(len(row.input_ids) - row.start for row in rows),
        max(lengths),
        tuple(_histogram(lengths)),
        sum(row.cut > 0 for row in rows),
        sum(row.cut for row in rows),
    )


_BINS = 10


def _histogram(lengths: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Ten bins of one width, from the shortest row to the longest."""
    least, most = min(lengths), max(lengths)
    width = -(-(most - least + 1) // _BINS)
    counts = Counter((length - least) // width for length in lengths)
    for number in range((most - least) // width + 1):
        yield least + number * width, least + (number + 1) * width - 1, counts[number]


def _padding(recipe: Recipe, rows: Sequence[Encoded], most: int | None) -> Padding:
    config = recipe.sft_config(Path())
    lengths = [len(row.input_ids) for row in rows]
    return padding(lengths, batch=config.per_device_train_batch_size, max_length=most, seed=config.seed)


def _memory(recipe: Recipe, config: "PretrainedConfig", rows: Sequence[Encoded]) -> Memory:
    from roleinstruct.training.arguments import arguments

    lengths = [len(row.input_ids) for row in rows]
    said = arguments(recipe, config, Path(), lengths=lengths, validation=0, report_to=[])
    length = said.max_length if said.packing and said.max_length else max(lengths)
    return estimate_memory(recipe, config, said, length=length)


def _notices(rows: Sequence[Encoded], unfit: Sequence[Unfit], style: ChatFormat) -> Iterator[str]:
    if empty := sum(one.reason == "empty" for one in unfit):
        yield f"{empty:,} examples have no answer and are left out."
    if cut := [row.cut for row in rows if row.cut]:
        yield (
            f"the prompts of {len(cut):,} of {len(rows):,} rows were shortened by {sum(cut):,} tokens in all: older "
            "turns, then the end of the persona."
        )
    if early := sum(any(token in style.stops for token in row.input_ids[row.start : -1]) for row in rows):
        yield f"{early:,} answers hold a token at which the model stops before their end: look at their text."


def _problems(rows: Sequence[Encoded], unfit: Sequence[Unfit], most: int | None) -> Iterator[str]:
    too_long = [one.tokens for one in unfit if one.reason == "too_long"]
    total = len(rows) + len(unfit)
    if not rows:
        yield (
            f"nothing would be trained: of {total:,} examples, {len(too_long):,} are longer than sft.max_length "
            f"({most}) and {total - len(too_long):,} have no answer; "
            + (f"raise sft.max_length to {max(too_long):,}." if too_long else "look at the data.")
        )
    elif too_long:
        yield (
            f"truncation would eat the answers of {len(too_long):,} of {total:,} examples "
            f"({100 * len(too_long) / total:.1f} %), which training leaves out: sft.max_length is {most}, and the "
            f"longest needs {max(too_long):,} though only its last question and the persona's first sentence are kept; "
            "raise sft.max_length, or leave such rows out of the data."
        )
