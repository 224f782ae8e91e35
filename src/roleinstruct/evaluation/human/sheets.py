"""Rating sheets written to a folder: a page and a CSV a person, the guide, and the key."""

from collections.abc import Sequence
from pathlib import Path

from roleinstruct.errors import ConfigError
from roleinstruct.evaluation.human.dimensions import DIMENSIONS
from roleinstruct.evaluation.human.guide import Language, guide
from roleinstruct.evaluation.human.key import KEY, write_key
from roleinstruct.evaluation.human.page import rating_page
from roleinstruct.evaluation.human.study import Sheet, Study, deal
from roleinstruct.files import whole
from roleinstruct.spreadsheets import table_csv

__all__ = ["COLUMNS", "sheet_csv", "write_sheets"]

COLUMNS = (
    "answer", "character", "question", "text", *(dimension.name for dimension in DIMENSIONS), "note", "sheet",
)  # fmt: skip
"""The columns of a sheet; people fill the three dimensions, and `note` if they like. `sheet` is the person's name."""

_GUIDE = "guide.md"


def write_sheets(
    study: Study, raters: Sequence[str], folder: Path, *, seed: int = 0, language: Language = "both"
) -> list[Path]:
    """Write a page and a CSV for each rater, with the guide and the key beside them.

    Args:
        study: What is to be rated.
        raters: Names, each fit for a file.
        folder: Made if it is not there.
        seed: Of the orders.
        language: What raters read.

    Returns:
        The files for raters; the key is not among them.

    Raises:
        ConfigError: One of the files is there already.
    """
    files = {_GUIDE: guide(language, study.profiles).encode()}
    for sheet in deal(study, raters, seed):
        files[f"{sheet.rater}.html"] = rating_page(sheet, language).encode()
        files[f"{sheet.rater}.csv"] = sheet_csv(sheet)
    if there := [name for name in (KEY, *files) if (folder / name).exists()]:
        raise ConfigError(f"{folder / there[0]} is there already, and may have been filled: choose another --out.")
    write_key(study, tuple(raters), folder / KEY)
    for name, data in files.items():
        with whole(folder / name) as file:
            file.write(data)
    return [folder / name for name in files]


def sheet_csv(sheet: Sheet) -> bytes:
    """A sheet as CSV, an answer a row."""
    empty = [""] * (len(DIMENSIONS) + 1)
    return table_csv(
        COLUMNS,
        (
            (answer.id, asked.character, asked.instruction, answer.text, *empty, sheet.rater)
            for asked in sheet.questions
            for answer in asked.answers
        ),
    )
