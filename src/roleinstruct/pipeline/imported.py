"""The working tables of what was read: every row with its character and its place."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import Row
from roleinstruct.emotions import Emotion
from roleinstruct.records import Boundary, CharacterProfile, Instruction, Place, Utterance

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "imported_events",
    "imported_instructions",
    "imported_profiles",
    "instruction_row",
    "instruction_schema",
    "mend_schema",
    "profile_schema",
    "replacement_schema",
    "utterance_row",
    "utterance_schema",
]


def imported_events(rows: Iterable[Row]) -> Iterator[Utterance | Boundary]:
    """The utterances of rows of `imported/utterances`, with the boundaries between them."""
    for row in rows:
        place = Place.parse(row["source"])
        if row["boundary"] is not None:
            yield Boundary(row["boundary"], row["title"], place)
        emotion = None if row["emotion"] is None else Emotion(row["emotion"])
        annotator = None if emotion is None else "source"
        yield Utterance(row["speaker"], row["text"], emotion, place, row["lines"], annotator, row["tag"])


def imported_instructions(rows: Iterable[Row]) -> Iterator[Instruction]:
    """The instructions of rows of `imported/instructions`."""
    for row in rows:
        yield Instruction(
            id="",
            character=row["character"],
            kind=row["kind"],
            instruction=row["instruction"],
            responses=tuple(row["responses"]),
            raw_response=row["raw_response"],
            place=Place.parse(row["source"]),
        )


def imported_profiles(folder: DataFolder) -> dict[str, CharacterProfile]:
    """The profile texts by character."""
    if not folder.has("imported/profiles"):
        return {}
    return {
        name: CharacterProfile(
            character=name,
            fields={f["key"]: f["value"] for row in rows for f in row["fields"]},
            text="\n".join(row["text"] for row in rows if row["text"]),
            evidence=tuple(f"source: {place}" for row in rows for place in row["sources"]),
        )
        for name, group in groupby(folder.rows("imported/profiles"), key=lambda row: row["character"])
        for rows in [list(group)]
    }


def utterance_row(character: str, event: Utterance, boundary: Boundary | None) -> Row:
    """A row of `imported/utterances`; the boundary is the one before the utterance."""
    return {
        "character": character,
        "speaker": event.speaker,
        "text": event.text,
        "emotion": None if event.emotion is None else event.emotion.value,
        "tag": event.tag,
        "source": str(event.place),
        "lines": event.lines,
        "boundary": boundary.kind if boundary else None,
        "title": boundary.title if boundary else None,
    }


def instruction_row(character: str, event: Instruction) -> Row:
    """A row of `imported/instructions`."""
    return {
        "character": character or event.character,
        "kind": event.kind,
        "instruction": event.instruction,
        "responses": list(event.responses),
        "raw_response": event.raw_response,
        "source": str(event.place),
    }


def utterance_schema() -> "pa.Schema":
    """The columns of `imported/utterances`."""
    import pyarrow as pa

    names = ("character", "speaker", "text", "emotion", "tag", "source", "boundary", "title")
    return pa.schema([*((name, pa.string()) for name in names), ("lines", pa.int32())])


def instruction_schema() -> "pa.Schema":
    """The columns of `imported/instructions`."""
    import pyarrow as pa

    text = pa.string()
    names = ("character", "kind", "instruction", "raw_response", "source")
    return pa.schema([("responses", pa.list_(text)), *((name, text) for name in names)])


def replacement_schema() -> "pa.Schema":
    """The columns of `masked`: what was put in the place of private data, and where."""
    import pyarrow as pa

    names = ("kind", "table", "column", "source", "replacement")
    return pa.schema([*((name, pa.string()) for name in names), ("start", pa.int32()), ("end", pa.int32())])


def mend_schema() -> "pa.Schema":
    """The columns of `mended`: what a rule of the linter has changed."""
    import pyarrow as pa

    return pa.schema([(name, pa.string()) for name in ("rule", "row", "before", "after")])


def profile_schema() -> "pa.Schema":
    """The columns of `imported/profiles`."""
    import pyarrow as pa

    text = pa.string()
    pair = pa.struct([("key", text), ("value", text)])
    return pa.schema([("character", text), ("fields", pa.list_(pair)), ("text", text), ("sources", pa.list_(text))])
