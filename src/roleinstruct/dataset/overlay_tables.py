"""The tables of an overlay: those of a data set folder, with parts in the place of texts, and the lines they name."""

from typing import TYPE_CHECKING

from roleinstruct.dataset.features import features_of

if TYPE_CHECKING:
    from datasets import Features

__all__ = ["OVERLAY", "TABLES", "overlay_features"]

OVERLAY = "overlay.json"
"""The file that makes a folder an overlay: how its lines are named, and what it was made of."""

_COLUMNS = {
    "dialogues": "dialogue_id:text character:text partner:text title:parts turns:turns source:text",
    "lines": "line:number hash:text source:text",
    "profiles": "character:text language:text fields:pairs traits:cells text:parts evidence:cells",
    "specific": (
        "id:text character:text instruction:parts response:parts emotion:emotion evidence:cells provenance:text "
        "number:number"
    ),
    "general": (
        "id:text character:text instruction:parts raw_response:parts responses:cells evidence:cells provenance:text "
        "number:number"
    ),
    "left_out": "unit:text character:text stage:text reason:text source:text lines:number payload:text",
}

TABLES = tuple(_COLUMNS)
"""In the order of the card."""


def overlay_features(table: str) -> "Features":
    """The `datasets.Features` of one of `TABLES`.

    Raises:
        KeyError: There is no such table.
    """
    from datasets import List, Value

    number = Value("int64")
    parts = List({"text": Value("string"), "line": number, "start": number, "end": number})
    return features_of(_COLUMNS[table], parts, "int64", {"parts": parts, "cells": List(parts)})
