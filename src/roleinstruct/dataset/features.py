"""The columns of every table of a data set folder.

The names of the emotion labels travel in the Parquet files, so `load_dataset` gives them back.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from roleinstruct.emotions import Emotion

if TYPE_CHECKING:
    from datasets import Features

__all__ = ["CONFIGS", "PUBLISHED", "TASKS", "features", "features_of"]

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
"""Name and kind of each column; the kinds are those of `features_of`."""


def features(config: str) -> "Features":
    """The `datasets.Features` of one of `CONFIGS`.

    Raises:
        KeyError: There is no such config.
    """
    from datasets import ClassLabel, List, Value

    text = Value("string")
    more = {
        "texts": List(text),
        "task": ClassLabel(names=list(TASKS)),
        "messages": List({"role": text, "content": text}),
    }
    return features_of(_COLUMNS[config], text, "int32", more)


def features_of(columns: str, written: Any, number: str, more: Mapping[str, Any]) -> "Features":  # noqa: ANN401 - a feature, imported late
    """The features of a table by the kinds of its columns.

    Args:
        columns: Each "name:kind", between blanks.
        written: What a turn and a profile's field hold, where words stand.
        number: The type of numbers, such as "int32".
        more: Kinds beside text, number, emotion, pairs and turns.
    """
    from datasets import ClassLabel, Features, List, Value

    text = Value("string")
    emotion = ClassLabel(names=[emotion.value for emotion in Emotion])
    turn = {
        "speaker": text,
        "text": written,
        "emotion": emotion,
        "annotator": text,
        "confidence": Value("float32"),
        "source": text,
        "lines": Value(number),
    }
    kinds = {
        "text": text,
        "number": Value(number),
        "emotion": emotion,
        "pairs": List({"key": written, "value": written}),
        "turns": List(turn),
        **more,
    }
    return Features({name: kinds[kind] for name, _, kind in (column.partition(":") for column in columns.split())})
