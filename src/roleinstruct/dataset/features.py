"""The columns of every table of a data set folder.

The names of the emotion labels travel in the Parquet files, so `load_dataset` gives them back.
"""

from typing import TYPE_CHECKING, Any

from roleinstruct.emotions import Emotion

if TYPE_CHECKING:
    from datasets import Features

__all__ = ["CONFIGS", "PUBLISHED", "TASKS", "features"]

PUBLISHED = ("dialogues", "profiles", "specific", "general", "chat", "benchmark")
"""The configs that `load_dataset` offers, in the card's order; the first is the default."""

CONFIGS = (*PUBLISHED, "rejected")
"""All tables of a folder; "rejected" stays at home unless someone asks for it."""

TASKS = ("raw", "cus", "spe")
"""The paper's three Rouge-L tasks: the general answer, the answer in character, the character's own knowledge."""

_COLUMNS = {
    "dialogues": "dialogue_id:text character:text partner:text title:text turns:turns source:text",
    "profiles": "character:text language:text fields:pairs traits:texts text:text evidence:texts",
    "specific": "id:text character:text instruction:text response:text emotion:emotion evidence:texts provenance:text",
    "general": (
        "id:text character:text instruction:text raw_response:text responses:texts evidence:texts provenance:text"
    ),
    "chat": "id:text character:text kind:text prompt:messages completion:messages",
    "benchmark": "id:text character:text task:task instruction:text references:texts",
    "rejected": "unit:text character:text stage:text reason:text source:text lines:number payload:text",
}
"""Name and kind of each column; the kinds are those of `_kinds`."""


def features(config: str) -> "Features":
    """The `datasets.Features` of one of `CONFIGS`.

    Raises:
        KeyError: There is no such config.
    """
    from datasets import Features

    kinds = _kinds()
    columns = (column.split(":") for column in _COLUMNS[config].split())
    return Features({name: kinds[kind] for name, kind in columns})


def _kinds() -> dict[str, Any]:
    from datasets import ClassLabel, List, Value

    text, number = Value("string"), Value("int32")
    emotion = ClassLabel(names=[emotion.value for emotion in Emotion])
    turn = {
        "speaker": text,
        "text": text,
        "emotion": emotion,
        "annotator": text,
        "confidence": Value("float32"),
        "source": text,
        "lines": number,
    }
    return {
        "text": text,
        "texts": List(text),
        "number": number,
        "emotion": emotion,
        "task": ClassLabel(names=list(TASKS)),
        "pairs": List({"key": text, "value": text}),
        "messages": List({"role": text, "content": text}),
        "turns": List(turn),
    }
