"""A data set folder's dialogues given to people to label."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import dialogue_of
from roleinstruct.errors import ConfigError, FolderError
from roleinstruct.files import whole
from roleinstruct.generate.sheets.sampling import Candidate, candidate, composition, draw
from roleinstruct.generate.sheets.sheet import Line, blind, deal
from roleinstruct.generate.sheets.writing import as_json, expect_unused, write_sheets
from roleinstruct.pipeline.listener import Listener
from roleinstruct.pipeline.remembering import expect_folder

__all__ = ["sample_sheets"]


def sample_sheets(
    data: Path,
    out: Path,
    people: Sequence[str],
    *,
    dialogues: int = 1000,
    overlap: float = 1.0,
    seed: int = 0,
    listener: Listener | None = None,
) -> dict[str, Any]:
    """Draw dialogues and write a sheet for every annotator, in every format.

    Args:
        data: The data set folder.
        out: Where the sheets go, with "sample.json", which says what the sample is made of.
        people: Their names, which are the names of the files.
        dialogues: How many to draw; the paper has 1,000.
        overlap: The share of them that everybody gets, 0 to 1; each other one goes to one person.
        seed: The same seed draws the same dialogues and puts them in the same orders.
        listener: Hears how far it is.

    Returns:
        What is in "sample.json".

    Raises:
        FolderError: There is no such folder, or it has no dialogues.
        ConfigError: A number is out of its range, or the sheets of a sample are there already.
    """
    if not 0 <= overlap <= 1:
        raise ConfigError(f"an overlap of {overlap:g}: give the share of the dialogues that everybody gets, 0 to 1.")
    folder = _expect_dialogues(data)
    _expect_room(out, people)
    (listener or Listener()).say("drawing dialogues …")
    candidates = [candidate(dialogue_of(row)) for row in folder.rows("dialogues")]
    drawn = draw(candidates, dialogues, seed)
    common = None if overlap == 1 else _common(candidates, drawn, overlap, seed)
    sheets = deal(_lines(folder, drawn), people, common=common, seed=seed)
    write_sheets(sheets, out)
    found = {
        "data": data.resolve().name,
        "seed": seed,
        "dialogues": len(drawn),
        "of_dialogues": len(candidates),
        "common": len(drawn) if common is None else len(common),
        "people": {s.person: {"dialogues": len(s.dialogues), "lines": len(s.lines)} for s in sheets},
        "composition": composition(candidates, drawn),
    }
    with whole(out / _MADE_OF) as file:
        file.write(as_json(found))
    return found


_MADE_OF = "sample.json"


def _expect_dialogues(data: Path) -> DataFolder:
    folder = DataFolder(expect_folder(data))
    if not folder.has("dialogues"):
        raise FolderError(f"{data} has no dialogues to label: run roleinstruct build, or import and clean, first.")
    return folder


def _expect_room(out: Path, people: Sequence[str]) -> None:
    if (out / _MADE_OF).exists():
        raise ConfigError(f"{out} holds the sheets of another sample, see {_MADE_OF} in it: choose another --out.")
    expect_unused(out, people)


def _common(candidates: Sequence[Candidate], drawn: Sequence[str], overlap: float, seed: int) -> set[str]:
    """The dialogues that everybody gets: drawn as all were, from those."""
    ids = set(drawn)
    number = round(overlap * len(drawn))
    return set(draw([one for one in candidates if one.id in ids], number, seed)) if number else set()


def _lines(folder: DataFolder, drawn: Sequence[str]) -> list[tuple[Line, ...]]:
    ids = set(drawn)
    return [blind(dialogue_of(row)) for row in folder.rows("dialogues") if row["dialogue_id"] in ids]
