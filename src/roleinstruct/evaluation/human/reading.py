"""Rating sheets read back: our CSV, however a spreadsheet program saved it, and what our page saves."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roleinstruct.errors import RecordError, SourceError
from roleinstruct.evaluation.human.dimensions import DIMENSIONS, SCALE
from roleinstruct.evaluation.human.key import Key
from roleinstruct.evaluation.human.page import PAGE_FORMAT
from roleinstruct.evaluation.human.sheets import COLUMNS
from roleinstruct.records import Place
from roleinstruct.spreadsheets import csv_rows

__all__ = ["Mark", "Misread", "Note", "read_sheet", "score_in"]


@dataclass(frozen=True, slots=True)
class Mark:
    """One score by one person.

    Attributes:
        answer: The answer's id.
        dimension: Its name.
        rater: Who gave it.
        score: 1 to 5; None for a cell that was left empty.
        place: The file, and the row or item in it.
    """

    answer: str
    dimension: str
    rater: str
    score: int | None
    place: Place


@dataclass(frozen=True, slots=True)
class Note:
    """What a person wrote beside an answer.

    Attributes:
        answer: The answer's id.
        rater: Who wrote it.
        text: The words.
    """

    answer: str
    rater: str
    text: str


@dataclass(frozen=True, slots=True)
class Misread:
    """What says nothing: a row, or one cell of it.

    Attributes:
        place: The file, and the row or item in it.
        reason: What was found and what was expected, as the end of a sentence.
    """

    place: Place
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


def read_sheet(path: Path, key: Key) -> Iterator[Mark | Note | Misread]:
    """Read a filled sheet. A row that cannot be read costs that row alone, and a cell that cell.

    Args:
        path: The file. Where it does not say whose sheet it is, its name does.
        key: Of the study.

    Raises:
        SourceError: It cannot be opened, or is no rating sheet.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}): name a filled sheet.") from error
    name = path.name
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{"):
        rows: Iterator[tuple[int, Any]] = enumerate(_page_rows(data, path), 1)
    else:
        needed = {"answer", *(dimension.name for dimension in DIMENSIONS)}
        expected = f"{', '.join(COLUMNS)}: fill a sheet that humans sheet wrote, and keep its first row."
        rows = csv_rows(data, name, needed, expected)
    for number, row in rows:
        place = Place(name, number, number)
        if isinstance(row, dict):
            yield from _marks({**row, "sheet": row.get("sheet") or path.stem.partition(".")[0]}, place, key)
        else:
            yield Misread(place, row if isinstance(row, str) else "it is no rating of the page; save it there again")


def score_in(said: object) -> int | None:
    """The score that a person wrote: 4, "4", "４" or "4.0"; None for none.

    Raises:
        RecordError: It is no score.
    """
    text = unicodedata.normalize("NFKC", "" if said is None else str(said)).strip()
    if not text:
        return None
    if not re.fullmatch(r"[1-5](\.0*)?", text):
        raise RecordError(f"{said!r} is no score; expected a whole number from {SCALE[0]} to {SCALE[-1]}")
    return int(text[0])


def _page_rows(data: bytes, path: Path) -> list[Any]:
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except ValueError as error:
        raise SourceError(f"{path.name} is no whole JSON document ({error}): save it again from the page.") from error
    ratings = document.get("ratings") if isinstance(document, dict) else None
    if not isinstance(ratings, list) or document.get("format") != PAGE_FORMAT:
        raise SourceError(f"{path.name} is no rating sheet; expected the CSV, or the file that the page saves.")
    return [{"sheet": document.get("sheet"), **one} if isinstance(one, dict) else None for one in ratings]


def _marks(row: Mapping[str, Any], place: Place, key: Key) -> Iterator[Mark | Note | Misread]:
    answer, rater = str(row.get("answer") or "").strip(), str(row["sheet"]).strip()
    known = key.answers.get(answer)
    if known is None:
        yield Misread(place, f"{answer!r} is no answer of this study; expected an id of the key: is it another one's?")
        return
    if _bare(str(row.get("text") or "")) != _bare(known.text):
        yield Misread(
            place, f"its text is not that of answer {answer}; expected them side by side: was one column sorted alone?"
        )
        return
    for dimension in DIMENSIONS:
        try:
            yield Mark(answer, dimension.name, rater, score_in(row.get(dimension.name)), place)
        except RecordError as error:
            yield Misread(place, f"{dimension.name}: {error}")
    if note := str(row.get("note") or "").strip():
        yield Note(answer, rater, note)


def _bare(text: str) -> str:
    """Letters and digits that every encoding of Chinese has: Excel may lose the others, and move the line ends."""
    return "".join(c for c in text.encode("gbk", "ignore").decode("gbk") if c.isalnum())
