"""Sheets as CSV: a line of dialogue a row."""

from collections.abc import Iterator

from roleinstruct.generate.sheets.sheet import Sheet
from roleinstruct.spreadsheets import csv_rows, table_csv

__all__ = ["COLUMNS", "CONTEXT", "sheet_csv", "sheet_rows"]

COLUMNS = ("line", "dialogue", "turn", "speaker", "text", "emotion", "note", "sheet", "round")
"""The columns of a sheet; people fill `emotion`, and `note` if they like. `sheet` is the person's name."""

CONTEXT = "—"
"""Stands in the column `emotion` of a line that needs no label."""


def sheet_csv(sheet: Sheet) -> bytes:
    """A sheet as CSV, UTF-8 with the mark by which Excel knows it."""
    rows = (
        (
            line.id,
            line.dialogue,
            str(line.turn),
            line.speaker,
            line.text,
            "" if line.asked else CONTEXT,
            "",
            sheet.person,
            str(sheet.round),
        )
        for line in sheet.lines
    )
    return table_csv(COLUMNS, rows)


def sheet_rows(data: bytes, name: str) -> Iterator[tuple[int, dict[str, str] | str]]:
    """The rows of a filled sheet, see `csv_rows`.

    Raises:
        SourceError: It is no text, or has no header with the columns `line` and `emotion`.
    """
    expected = f"{', '.join(COLUMNS)}: fill a sheet that annotate sample wrote, and keep its first row."
    return csv_rows(data, name, ("line", "emotion"), expected)
