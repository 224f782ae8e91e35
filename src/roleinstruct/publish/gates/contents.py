"""The texts in staged files, each with its place, as the gates read them."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from roleinstruct.publish.staging import Staged

__all__ = ["Text", "texts_of"]


@dataclass(frozen=True, slots=True)
class Text:
    """A text that would be published.

    Attributes:
        where: "specific/test-00000-of-00001.parquet row 3 response", or "README.md:12".
        text: The text, or one line of it.
        is_made: Weights, vocabularies and digests: made by a machine, and full of what looks private and is not.
    """

    where: str
    text: str
    is_made: bool = False


def texts_of(staged: Staged) -> Iterator[Text]:
    """Every text: the cells of tables, the lines of text files, and what binary files say about themselves."""
    for name, content in staged.files.items():
        if name.endswith(".parquet"):
            yield from _cells(name, content)
        elif name.endswith(".safetensors"):
            yield from _header(name, content)
        elif name.endswith(".png"):
            yield from _chunks(name, content)
        else:
            yield from _lines(name, content)


def _cells(name: str, content: Path | bytes) -> Iterator[Text]:
    """The strings of a table, a row at a time; also those of its schema, where a path may have been left."""
    import pyarrow.parquet as pq

    file = pq.ParquetFile(io.BytesIO(content) if isinstance(content, bytes) else content)
    for key, value in (file.schema_arrow.metadata or {}).items():
        yield Text(f"{name} schema", f"{key.decode('utf-8', 'replace')} {value.decode('utf-8', 'replace')}", True)
    number = 0
    for batch in file.iter_batches(batch_size=1024):
        for row in batch.to_pylist():
            number += 1
            for column, value in row.items():
                for text in _strings(value):
                    yield Text(f"{name} row {number} {column}", text, column in _IDS)


def _strings(value: Any) -> Iterator[str]:  # noqa: ANN401 - the cell of any column
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in _IDS:
                yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _header(name: str, content: Path | bytes) -> Iterator[Text]:
    """What a file of weights says about itself: the JSON at its head."""
    with _opened(content) as stream:
        length = int.from_bytes(stream.read(8), "little")
        head = stream.read(min(length, _LONGEST_HEADER))
    metadata = json.loads(head).get("__metadata__", {}) if length == len(head) else {}
    yield Text(f"{name} metadata", json.dumps(metadata, ensure_ascii=False), True)


def _chunks(name: str, content: Path | bytes) -> Iterator[Text]:
    """The texts in a picture, where a program may have left a path or a name."""
    with _opened(content) as stream:
        raw = stream.read()
    at = 8
    while at + 8 <= len(raw):
        length, kind = int.from_bytes(raw[at : at + 4], "big"), raw[at + 4 : at + 8]
        if kind in (b"tEXt", b"iTXt"):
            yield Text(f"{name} {kind.decode()}", raw[at + 8 : at + 8 + length].decode("utf-8", "replace"))
        at += length + 12


def _lines(name: str, content: Path | bytes) -> Iterator[Text]:
    is_made = name.rpartition("/")[2] in _VOCABULARIES or name.endswith((".svg",))
    with _opened(content) as stream:
        for number, line in enumerate(stream, 1):
            yield Text(f"{name}:{number}", line.decode("utf-8", "replace").rstrip("\r\n"), is_made)


def _opened(content: Path | bytes) -> BinaryIO:
    return io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")


_IDS = frozenset({"id", "dialogue_id", "source", "evidence", "provenance", "annotator", "hash"})
"""Columns whose values the builder numbers: a long number there is nobody's telephone."""

_VOCABULARIES = frozenset({"tokenizer.json", "vocab.json", "merges.txt", "added_tokens.json"})
_LONGEST_HEADER = 100 << 20
