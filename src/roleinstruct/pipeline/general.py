"""Where general instructions come from: the bundled set, a file, or any data set that `load_dataset` opens."""

import logging
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from roleinstruct import assets
from roleinstruct.dataset.splits import instruction_key
from roleinstruct.errors import SourceError
from roleinstruct.language import language_of
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.lists import list_column, list_rows, unclosed_quote
from roleinstruct.pipeline.model_blocks import BUNDLED, HUB, GeneralConfig
from roleinstruct.records import Instruction, Place
from roleinstruct.sources.table_rows import TableRow, columns_of, table_rows
from roleinstruct.sources.tables import NAMES
from roleinstruct.sources.text import look

__all__ = ["expect_source", "general_instructions"]


def expect_source(config: GeneralConfig) -> None:
    """Check that the file or folder of the instructions is there, before anything is paid for or built.

    Raises:
        SourceError: It is not.
    """
    if config.when != "never" and config.path is not None and not config.path.exists():
        raise SourceError(
            f"general.source is {config.source!r}, and there is no such file or folder: check the path, or say bundled "
            "or, for a data set of the Hub, hub:ORG/NAME."
        )


def general_instructions(config: GeneralConfig, languages: Collection[str], listener: Listener) -> list[Instruction]:
    """Read the instructions that characters are to answer; of those that say the same the first counts.

    Alpaca-style rows (instruction, input, output) and RoleBench-style ones (question, generated) are known by the names
    of their columns. An answer is taken for a neutral one, unless the row says whose it is. Nothing is masked: these
    are no one's conversations, but a set that was chosen.

    Args:
        config: Which ones. With a limit, no more is read than is needed for it.
        languages: "zh" and "en" as far as a character speaks it.
        listener: Hears of rows that cannot be read.

    Returns:
        In order, without a character and without answers in character; the evidence is where each stands.

    Raises:
        SourceError: The set cannot be had, has no column of instructions, or holds none in these languages.
    """
    wanted, counts = set(languages), Counter[str]()
    found: dict[str, Instruction] = {}
    for item in _read(config, listener):
        language = language_of(item.instruction)
        key = instruction_key(item.instruction)
        if key in found or (config.language == "match" and language and language not in wanted):
            continue
        found[key] = item
        counts.update([language] if language and config.language == "match" else wanted)
        if config.limit is not None and all(counts[name] >= config.limit for name in wanted):
            break
    if not found:
        raise SourceError(
            f"{config.source} holds no instruction in {' or '.join(sorted(wanted)) or 'any language'}: choose another "
            "set, or say general.language: any."
        )
    return list(found.values())


_WHOSE = ("role", "character", "角色", "人物")
"""Columns that say who answers: such an answer is not neutral."""


def _read(config: GeneralConfig, listener: Listener) -> Iterator[Instruction]:
    if config.source == BUNDLED:
        folder = assets.find("builders/general", "builders")
        for path in sorted(folder.glob("*.jsonl")):
            yield from _of_file(path, f"{BUNDLED}/{path.name}", config, listener)
    elif config.path is None:
        yield from _of_hub(config, listener)
    elif config.path.is_dir():
        yield from _of_data_set(str(config.path), config.path.name, None, config, listener)
    else:
        expect_source(config)
        yield from _of_file(config.path, config.path.name, config, listener)


def _of_file(path: Path, name: str, config: GeneralConfig, listener: Listener) -> Iterator[Instruction]:
    head = look(path, name)
    several = columns_of(head)
    columns = _columns(several or list_column(head), name, config)
    for row in table_rows(head, columns["instruction"]) if several else list_rows(head):
        yield from _instruction(row, columns, listener, why=unclosed_quote(head, row))


def _of_hub(config: GeneralConfig, listener: Listener) -> Iterator[Instruction]:
    name, _, revision = config.source.removeprefix(HUB).partition("@")
    yield from _of_data_set(name, name, revision or None, config, listener)


def _of_data_set(
    path: str, name: str, revision: str | None, config: GeneralConfig, listener: Listener
) -> Iterator[Instruction]:
    """The rows of what `load_dataset` opens; it never runs code of the data set."""
    from datasets import load_dataset
    from datasets.exceptions import DatasetsError

    try:
        with _hushed("huggingface_hub", "datasets"):
            loaded = load_dataset(path, config.subset, split=config.split, revision=revision)
    except (DatasetsError, OSError, ValueError, RuntimeError) as error:
        raise SourceError(
            f"the general instructions of {name} cannot be loaded ({_first_line(error)}): check general.source, subset "
            "and split, and whether the Hub can be reached."
        ) from error
    columns = _columns(list(loaded.column_names), name, config)
    for number, cells in enumerate(loaded, 1):
        yield from _instruction(TableRow(Place(name, number, number), cells), columns, listener)


@contextmanager
def _hushed(*names: str) -> Iterator[None]:
    """Without the notices of libraries on what they try again: what comes of it is said in our sentence."""
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _columns(present: Collection[str], name: str, config: GeneralConfig) -> dict[str, str]:
    """Which column holds what: as the user says, else by its name."""
    for key, column in config.columns.items():
        if column not in present:
            raise SourceError(
                f"{name} has no column {column!r} for the {key}; it has {', '.join(present) or '(none)'}: name one of "
                "these in general.columns."
            )
    by_name = {column.strip().casefold(): column for column in present}
    names = {**{key: NAMES[key] for key in ("instruction", "input")}, "response": ("raw_response", *NAMES["response"])}
    known = {key: next((by_name[one] for one in usual if one in by_name), "") for key, usual in names.items()}
    columns = known | {str(key): column for key, column in config.columns.items()}
    if not columns["instruction"]:
        raise SourceError(
            f"{name} has the columns {', '.join(present) or '(none)'}, none of them known to hold instructions: say "
            "which one does with general.columns, such as {instruction: query}."
        )
    return columns


def _instruction(
    row: TableRow, columns: Mapping[str, str], listener: Listener, *, why: str = ""
) -> Iterator[Instruction]:
    """The instruction of a row; one that cannot be used is told of."""
    given = [row.cells.get(columns[key]) for key in ("instruction", "input")]
    wrong = [f"{cell!r:.50} stands where a text was expected" for cell in given if not isinstance(cell, str | None)]
    if problem := row.problem or why or next(iter(wrong), ""):
        listener.say(f"left out: {row.place} is no instruction ({problem}).")
        return
    asked, about = map(_text, given)
    if not asked:
        return
    response = _one(row.cells.get(columns["response"]))
    neutral = "" if any(_text(row.cells.get(name)) for name in _WHOSE) else _text(response)
    yield Instruction(
        id=_text(row.cells.get("id")) or str(row.place),
        character="",
        kind="general",
        instruction=f"{asked}\n{about}" if about else asked,
        responses=(),
        raw_response=neutral or None,
        evidence=(str(row.place),),
        place=row.place,
    )


def _one(value: object) -> object:
    """The first of several answers."""
    return value[0] if isinstance(value, list) and value else value


def _text(value: Any) -> str:  # noqa: ANN401 - a cell
    return str(value).strip() if isinstance(value, str | int) else ""


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
