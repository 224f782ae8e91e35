"""The texts in staged files, each with its place, as the gates read them."""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from roleinstruct.errors import FolderError
from roleinstruct.publish.gates.pairs import Said, is_telling, parsed_json, parsed_yaml, said_in
from roleinstruct.publish.gates.pictures import texts_in_png
from roleinstruct.publish.staging import Staged

__all__ = ["Kind", "Text", "texts_of"]

Kind = Literal["talk", "record", "vocabulary"]
"""What people wrote; ids, digests and places, whose numbers are nobody's; and words that each have a number."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text that would be published.

    Attributes:
        where: "specific/test-00000-of-00001.parquet:3 response", or "README.md:12".
        text: The text, or one line of it.
        kind: What it is.
        is_again: Whether it is a part of what was read before, seen otherwise: what is found twice is told once.
    """

    where: str
    text: str
    kind: Kind = "talk"
    is_again: bool = False


def texts_of(staged: Staged) -> Iterator[Text]:
    """Every text: the cells of tables, the lines of text files, and what binary files say about themselves.

    Raises:
        FolderError: A table or a file of weights cannot be read.
    """
    for name, content in staged.files.items():
        if name.endswith(".parquet"):
            yield from _cells(name, content)
        elif name.endswith(".safetensors"):
            yield from _header(name, content)
        elif name.endswith(".png"):
            raw = content if isinstance(content, bytes) else content.read_bytes()
            yield from (Text(f"{name}:{chunk}", text, "record") for chunk, text in texts_in_png(raw))
        else:
            yield from _lines(name, content)


def _cells(name: str, content: Path | bytes) -> Iterator[Text]:
    """The texts of a table, a row at a time; also those of its schema, where a path may have been left."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(io.BytesIO(content) if isinstance(content, bytes) else content)
        schema = file.schema_arrow
        for metadata in (schema.metadata, *(field.metadata for field in schema)):
            for key, value in (metadata or {}).items():
                yield Text(f"{name}:schema", f"{_decoded(key)} {_decoded(value)}", "record")
        number = 0
        for batch in file.iter_batches(batch_size=1024):
            for row in batch.to_pylist():
                number += 1
                for column, value in row.items():
                    for said in said_in(value, column):
                        yield from _texts(f"{name}:{number} {column}", said, column)
    except (pa.ArrowException, OSError) as error:
        raise FolderError(
            f"{name} cannot be read as Parquet ({' '.join(str(error).split())}): build it again."
        ) from error


def _texts(where: str, said: Said, column: str, *, is_again: bool = False) -> Iterator[Text]:
    """What was said, and what the JSON in it says."""
    is_record = said.is_bytes or column in _IDS or said.name in _IDS
    yield Text(where, _unescaped(said.told), "record" if is_record else "talk", is_again)
    if (found := parsed_json(said.text)) is not None:
        for inner in said_in(found, said.name):
            yield from _texts(where, inner, column, is_again=True)


def _header(name: str, content: Path | bytes) -> Iterator[Text]:
    """What a file of weights says about itself: the JSON at its head."""
    with _opened(content) as stream:
        length = int.from_bytes(stream.read(8), "little")
        head = stream.read(min(length, _LONGEST_HEADER))
    try:
        found = json.loads(head)
    except ValueError as error:
        raise FolderError(f"{name} is no safetensors file ({error}): save it again with roleinstruct train.") from error
    metadata = found.get("__metadata__", {}) if isinstance(found, dict) else {}
    yield Text(f"{name}:metadata", json.dumps(metadata, ensure_ascii=False), "record")


def _lines(name: str, content: Path | bytes) -> Iterator[Text]:
    """The lines of a text file; then what stands under names in it."""
    with _opened(content) as stream:
        is_binary = b"\0" in stream.read(1024)
        stream.seek(0)
        base = name.rpartition("/")[2]
        kind: Kind = (
            "vocabulary" if base in _VOCABULARIES else "record" if is_binary or base.endswith(".svg") else "talk"
        )
        heads: list[str] = []
        for number, line in enumerate(stream, 1):
            text = _unescaped(_decoded(line).replace("\0", "").rstrip("\r\n"))  # as every second byte of UTF-16 is
            yield Text(f"{name}:{number}", text, kind)
            cells = text.strip().strip("|").split("|") if text.lstrip().startswith("|") else []
            for head, cell in zip(heads, cells, strict=False):
                if is_telling(head):
                    yield Text(f"{name}:{number}", f"{head.strip()}: {cell.strip()}", kind, is_again=True)
            heads = (heads or cells) if cells else []
        if kind == "talk" and base.endswith(_PARSED):
            stream.seek(0)
            whole = _decoded(stream.read())
            found = parsed_yaml(whole) if base.endswith(".yaml") else parsed_json(whole.strip())
            for said in said_in(found):
                yield from _texts(f"{name}:{said.name}", said, "", is_again=True)


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "\\u" in text else text


def _opened(content: Path | bytes) -> BinaryIO:
    return io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")


_IDS = frozenset({"id", "dialogue_id", "source", "evidence", "provenance", "annotator"})
"""Columns that the builder fills with ids and places: a long number there is nobody's telephone."""

_VOCABULARIES = frozenset({"tokenizer.json", "vocab.json", "merges.txt", "added_tokens.json"})
_PARSED = (".json", ".yaml")
_ESCAPE = re.compile(r"\\u(?![dD][89a-fA-F])([0-9a-fA-F]{4})")
"""As JSON writes Chinese where it is told to; halves of a sign are no text."""

_LONGEST_HEADER = 100 << 20
