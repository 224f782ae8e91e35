"""The last look at an overlay before it is put in place: no cell may say what the script says."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from roleinstruct.dataset.quoting import Quotes, Run, fold
from roleinstruct.errors import GateError

__all__ = ["expect_silent"]

_NAMES = frozenset({"character", "speaker", "partner"})
"""Columns that hold names; where a name is long, a script that says it has it too."""

_PLACES = frozenset({"id", "dialogue_id", "source", "hash"})
"""Columns that say where something is: they are made of the names of files and characters."""


def expect_silent(root: Path, quotes: Quotes) -> None:
    """Read everything that was written, and look in all of it for runs of the script.

    Names of characters, and of files in places, are not looked at, nor texts that are such a name and nothing else.

    Args:
        root: The overlay.
        quotes: What the script can be recognised by.

    Raises:
        GateError: A cell holds a run that weighs `quoting.LEAST` or more.
    """
    names: set[str] = set()
    seen: set[str] = set()
    found: list[tuple[str, str, Run]] = []
    for where, text in _cells(root, names):
        if text not in seen:
            seen.add(text)
            found += [(where, text, run) for run in quotes.runs(fold(text))[:1]]
    for where, text, run in found:
        if text not in names:
            raise GateError(
                f"{where} of the overlay would hold {run.end - run.start} signs of the script in a row "
                f"({fold(text)[run.start : run.start + 4]}…): nothing was written; take them out of the builder's card "
                "or of the reports, or report it as a bug of roleinstruct where it is a table."
            )


def _cells(root: Path, names: set[str]) -> Iterator[tuple[str, str]]:
    """Every text with its place; names are gathered aside."""
    for file in sorted(p for p in root.rglob("*") if p.is_file()):
        where = file.relative_to(root).as_posix()
        if file.suffix == ".parquet":
            for number, row in enumerate(pq.read_table(file).to_pylist(), 1):
                yield from ((f"{where} row {number} {column}", text) for column, text in _of_row(row, names))
        elif file.suffix == ".json":
            yield from ((where, text) for text in _strings(json.loads(file.read_text(encoding="utf-8"))))
        else:
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                yield f"{where}:{number}", line


def _of_row(row: Mapping[str, Any], names: set[str]) -> Iterator[tuple[str, str]]:
    for column, value in row.items():
        if column in _NAMES:
            names.add(value)
        elif column == "turns":
            for turn in value:
                yield from _of_row(turn, names)
        elif column not in _PLACES:
            yield from ((column, text) for text in _strings(json.loads(value) if column == "payload" else value))


def _strings(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON, or a cell of any kind
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield key
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
