"""Stage 1: read a source of any shape into working tables, every row of it with its place and its character."""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.tables import TableWriter
from roleinstruct.errors import SourceError
from roleinstruct.pipeline.cast import Cast
from roleinstruct.pipeline.casting import assign
from roleinstruct.pipeline.data_blocks import SourceConfig
from roleinstruct.pipeline.imported import instruction_row, instruction_schema, utterance_row, utterance_schema
from roleinstruct.pipeline.ledger import Ledger, open_ledger
from roleinstruct.pipeline.listener import Listener
from roleinstruct.records import (
    Boundary,
    CharacterProfile,
    Event,
    Instruction,
    Place,
    Rejected,
    Utterance,
)
from roleinstruct.sources.corpus import Material, SourceFile, find_material
from roleinstruct.sources.reading import Head, ReadOptions

__all__ = ["run_import"]


def run_import(folder: DataFolder, config: SourceConfig, *, limit: int | None, listener: Listener) -> None:
    """Read a source into the working tables `imported/*` of a folder.

    Args:
        folder: Where to.
        config: What to read, and how.
        limit: At most this many rows of each file, for a quick look; None for all.
        listener: Hears which file was read as what, and other things worth knowing.

    Raises:
        SourceError: There is nothing to read.
    """
    if config.path is None:
        raise SourceError("the builder names no source; say which file or folder to read with --source.")
    with open_ledger(folder, "import") as ledger:
        cast = _read_source(folder, config, limit, ledger, listener)
        assign(folder, config, cast, ledger, listener)
    report = {"files": cast.files, "leads": {name: list(names) for name, names in cast.leads.items()}}
    folder.write_json("reports/import.json", {**report, "notices": cast.notices})
    if not any(folder.has(f"imported/{table}") for table in ("utterances", "instructions", "profiles")):
        why = f": {cast.notices[-1]}" if cast.notices else "."
        raise SourceError(
            f"{config.path} was read, but held no utterance, profile or instruction that can be used{why}"
        )


_TELL_EVERY = 2_000
"""Rows between two words about progress."""


def _read_source(
    folder: DataFolder, config: SourceConfig, limit: int | None, ledger: Ledger, listener: Listener
) -> Cast:
    """Write what the readers yield, still under the speakers' own names, and count who speaks."""
    assert config.path is not None
    cast = Cast()
    options = ReadOptions(columns=config.columns, labels=config.labels, gap=config.gap)
    wanted = config.characters if isinstance(config.characters, tuple) else None
    with ExitStack() as stack:
        raw = stack.enter_context(folder.writer("imported/raw", utterance_schema()))
        instructions = stack.enter_context(folder.writer("imported/read", instruction_schema()))
        for material in find_material(config.path, config.format, config.columns.values()):
            if wanted and material.character and material.character not in wanted:
                continue
            if material.character and material.files:
                cast.folders.append(material.character)
            for notice in material.notices:
                cast.notice(notice.message, listener)
            _read_material(material, config.path, options, limit, _Sinks(raw, instructions, ledger, cast, listener))
    if not cast.files:
        raise SourceError(f"{config.path} has no folder for {', '.join(wanted or ())}: the folders bear other names.")
    return cast


@dataclass(frozen=True, slots=True)
class _Sinks:
    raw: TableWriter
    instructions: TableWriter
    ledger: Ledger
    cast: Cast
    listener: Listener


def _read_material(material: Material, source: Path, options: ReadOptions, limit: int | None, sinks: _Sinks) -> None:
    for file in material.files:
        rows: Counter[str] = Counter()
        try:
            _read_file(file, material.character, islice(file.events(options), limit), sinks, rows)
        except SourceError as error:
            if file.head.path == source:
                raise
            sinks.cast.notice(f"left out from there on: {error}", sinks.listener)
        read = ", ".join(f"{kind} {n:,}" for kind, n in rows.items()) or "nothing"
        sinks.listener.say(f"{file.head.name}: {file.detected.format} ({file.detected.why}), {read}")
        sinks.cast.files.append(
            {
                "file": file.head.name,
                "character": material.character,
                "format": file.detected.format,
                "why": file.detected.why,
                "encoding": file.head.encoding,
                "layout": _layout(file.head),
                "rows": dict(rows),
            }
        )


def _layout(head: Head) -> str:
    """How the rows of a JSON file stand: in an "array", or as "lines"; "" for another file."""
    begin = head.text.lstrip("\ufeff \t\r\n")[:1]
    return {"[": "array", "{": "lines"}.get(begin, "") if head.name.lower().endswith((".json", ".jsonl")) else ""


def _read_file(file: SourceFile, character: str, events: Iterable[Event], sinks: _Sinks, rows: Counter[str]) -> None:
    boundary: Boundary | None = Boundary("file", file.head.name, Place(file.head.name, 1, 1))
    for number, event in enumerate(map(_named, events)):
        if number % _TELL_EVERY == 0:
            sinks.listener.progress(f"reading {file.head.name}", number, None)
        if isinstance(event, Utterance):
            sinks.ledger.read("utterance", event.lines)
            sinks.cast.lines[character][event.speaker] += 1
            sinks.raw.write(utterance_row(character, event, boundary))
            boundary = None
            rows["utterances"] += 1
        elif isinstance(event, Boundary):
            # Of boundaries in a row the first stands, but for the beginning of the file, which is the weakest.
            boundary = event if boundary is None or boundary.kind == "file" else boundary
        elif isinstance(event, Instruction):
            unit = event.kind
            sinks.ledger.read(unit)
            sinks.ledger.read("answer", len(event.responses) if unit == "general" else 0)
            sinks.instructions.write(instruction_row(character, event))
            rows[f"{unit} rows"] += 1
        elif isinstance(event, CharacterProfile):
            sinks.ledger.read("profile")
            sinks.cast.profiles[character or event.character].append(event)
            rows["profiles"] += 1
        elif isinstance(event, Rejected):
            sinks.ledger.read(event.unit, event.lines)
            sinks.ledger.reject(replace(event, character=event.character or character))
            rows["rejected"] += event.lines
        else:
            sinks.cast.notice(event.message, sinks.listener)


def _named(event: Event) -> Event:
    """The event with composed letters (NFC) in names, so that one person's name is the same wherever it is written."""
    if isinstance(event, Utterance):
        return replace(event, speaker=unicodedata.normalize("NFC", event.speaker))
    if isinstance(event, Instruction | CharacterProfile | Rejected):
        return replace(event, character=unicodedata.normalize("NFC", event.character))
    return event
