"""The last look at an overlay before it is put in place: no cell may say what the script says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from roleinstruct.dataset.quoting import Quotes, fold
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
    cells = list(_cells(root, names))
    seen: set[str] = set()
    for where, text in cells:
        if text in names or text in seen:
            continue
        seen.add(text)
        folded = fold(text)
        if runs := quotes.runs(folded):
            raise GateError(
                f"{where} of the overlay would hold {runs[0].end - runs[0].start} signs of the script in a row "
                f"({folded[runs[0].start : runs[0].start + 4]}…): nothing was written; take them out of the builder's "
                "card or of the reports, or report it as a bug of roleinstruct where it is a table."
            )


def _cells(root: Path, names: set[str]) -> Iterator[tuple[str, str]]:
    """Every text with its place; names are gathered aside."""
    for file in sorted(p for p in root.rglob("*") if p.is_file()):
        where = file.relative_to(root).as_posix()
        if file.suffix == ".parquet":
            for number, row in enumerate(pq.read_table(file).to_pylist(), 1):
                for column, text in _texts(row, names):
                    yield f"{where} row {number} {column}", text
        elif file.suffix == ".json":
            yield from ((where, text) for _, text in _texts(json.loads(file.read_text(encoding="utf-8")), names))
        else:
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                yield f"{where}:{number}", line


def _texts(value: Any, names: set[str], column: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any cell
    if column in _NAMES and isinstance(value, str):
        names.add(value)
    elif column == "payload" and isinstance(value, str):
        yield from _texts(json.loads(value), names, "of the payload")
    elif isinstance(value, str):
        if column not in _PLACES:
            yield column, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield "key", key
            yield from _texts(inner, names, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, names, column)
