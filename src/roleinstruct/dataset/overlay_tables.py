"""The tables of an overlay: those of a data set folder, with parts in the place of texts, and the lines they name."""

from typing import TYPE_CHECKING, Any

from roleinstruct.emotions import Emotion

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
    from datasets import Features

    kinds = _kinds()
    columns = (column.split(":") for column in _COLUMNS[table].split())
    return Features({name: kinds[kind] for name, kind in columns})


def _kinds() -> dict[str, Any]:
    from datasets import ClassLabel, List, Value

    text, number = Value("string"), Value("int64")
    emotion = ClassLabel(names=[emotion.value for emotion in Emotion])
    parts = List({"text": text, "line": number, "start": number, "end": number})
    turn = {
        "speaker": text,
        "text": parts,
        "emotion": emotion,
        "annotator": text,
        "confidence": Value("float32"),
        "source": text,
        "lines": number,
    }
    return {
        "text": text,
        "number": number,
        "emotion": emotion,
        "parts": parts,
        "cells": List(parts),
        "pairs": List({"key": parts, "value": parts}),
        "turns": List(turn),
    }
