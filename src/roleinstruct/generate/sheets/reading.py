"""Sheets read back, whatever program saved them."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from roleinstruct.errors import LabelError, RecordError, SourceError
from roleinstruct.generate.sheets.answers import Answer, Misread, label_in, line_of, round_of
from roleinstruct.generate.sheets.argilla import argilla_answers
from roleinstruct.generate.sheets.label_studio import label_studio_answers
from roleinstruct.generate.sheets.tables import CONTEXT, sheet_rows
from roleinstruct.records import Place

__all__ = ["PAGE_FORMAT", "read_sheet"]

PAGE_FORMAT = "roleinstruct sheet 1"
"""How the JSON file says that it was saved by our page."""


def read_sheet(path: Path) -> Iterator[Answer | Misread]:
    """Read a filled sheet: our CSV, our page's JSON, or an export of Label Studio or Argilla.

    A row that cannot be read costs that row alone.

    Args:
        path: The file. Where it does not say whose sheet it is, its name does.

    Raises:
        SourceError: It cannot be opened, or is none of these.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}): name a filled sheet.") from error
    name = path.name
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"[", b"{"):
        yield from (_of_row(row, Place(name, at, at), path.stem) for at, row in sheet_rows(data, name))
        return
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except ValueError as error:
        raise SourceError(f"{name} is no whole JSON document ({error}): export or save it again.") from error
    if isinstance(document, dict) and document.get("format") == PAGE_FORMAT:
        yield from _of_page(document, path)
    elif isinstance(document, list) and any(isinstance(i, dict) and "annotations" in i for i in document):
        yield from label_studio_answers(document, name)
    elif isinstance(document, list) and any(_is_argilla(item) for item in document):
        yield from argilla_answers(document, name)
    else:
        raise SourceError(
            f"{name} is no sheet; expected the CSV, what the page saves, Label Studio's export as JSON (not JSON-MIN), "
            "or Argilla's records.to_json."
        )


def _is_argilla(item: object) -> bool:
    return isinstance(item, dict) and ("fields" in item or "emotion.responses" in item)


def _of_row(row: Mapping[str, str] | str, place: Place, person: str) -> Answer | Misread:
    if isinstance(row, str):
        return Misread(place, row)
    word = row["emotion"].strip()
    return _answer(
        {**row, "sheet": row.get("sheet") or person, "emotion": "" if word == CONTEXT else word},
        place,
        asked=word != CONTEXT,
    )


def _of_page(document: Mapping[str, Any], path: Path) -> Iterator[Answer | Misread]:
    labels = document.get("labels")
    if not isinstance(labels, list):
        raise SourceError(f"{path.name} holds no list of labels: save it again from the page.")
    whose = {"sheet": document.get("sheet") or path.stem, "round": document.get("round", 1)}
    for number, item in enumerate(labels, 1):
        place = Place(path.name, number, number)
        if isinstance(item, dict):
            yield _answer({**whose, **item}, place, asked=item.get("asked") is not False)
        else:
            yield Misread(place, "it is no label")


def _answer(row: Mapping[str, Any], place: Place, *, asked: bool) -> Answer | Misread:
    person, line = str(row["sheet"]), str(row.get("line") or "")
    try:
        found = line_of(line, str(row.get("speaker") or ""), str(row.get("text") or ""), asked=asked)
        emotion = label_in(str(row.get("emotion") or ""))
        return Answer(person, round_of(row.get("round")), found, emotion, str(row.get("note") or ""), place)
    except (LabelError, RecordError) as error:
        return Misread(place, str(error), person, line)
