"""Sheets written to a folder, in every format: people take the one they like."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from roleinstruct.errors import ConfigError
from roleinstruct.files import whole
from roleinstruct.generate.sheets.argilla import argilla_records, argilla_settings
from roleinstruct.generate.sheets.label_studio import label_studio_config, label_studio_tasks
from roleinstruct.generate.sheets.page import sheet_page
from roleinstruct.generate.sheets.sheet import Sheet
from roleinstruct.generate.sheets.tables import sheet_csv

__all__ = ["as_json", "expect_unused", "write_sheets"]

_FORMATS: dict[str, Callable[[Sheet], bytes]] = {
    ".html": lambda sheet: sheet_page(sheet).encode(),
    ".csv": sheet_csv,
    ".label-studio.json": lambda sheet: as_json(label_studio_tasks(sheet)),
    ".argilla.json": lambda sheet: as_json(argilla_records(sheet)),
}


def expect_unused(folder: Path, people: Sequence[str]) -> None:
    """Check that no sheet would be overwritten: somebody may have filled it.

    Raises:
        ConfigError: One is there already.
    """
    for person in people:
        for ending in _FORMATS:
            if (path := folder / f"{person}{ending}").exists():
                raise ConfigError(f"{path} is there already, and may have been filled: choose another --out.")


def write_sheets(sheets: Sequence[Sheet], folder: Path) -> list[Path]:
    """Write each sheet as page, CSV, Label Studio tasks and Argilla records, with what these two need beside.

    Args:
        sheets: One a person.
        folder: Made if it is not there.

    Returns:
        The files.

    Raises:
        ConfigError: A sheet is there already.
    """
    expect_unused(folder, [sheet.person for sheet in sheets])
    files = {f"{sheet.person}{ending}": make(sheet) for sheet in sheets for ending, make in _FORMATS.items()}
    files["label-studio.xml"] = label_studio_config().encode()
    files["argilla-settings.json"] = as_json(argilla_settings())
    for name, data in files.items():
        with whole(folder / name) as file:
            file.write(data)
    return [folder / name for name in files]


def as_json(value: object) -> bytes:
    """A JSON document for a file."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
