import json
import math
import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from little_training import little_examples, little_recipe, same_weights, weights
from roleinstruct.errors import ConfigError, StoppedError, TrainingError
from roleinstruct.records import Message
from roleinstruct.training.encoding import encode, prompt_ids
from roleinstruct.training.preference import prefer, with_preference
from roleinstruct.training.preference_rows import Preference, preference_rows
from roleinstruct.training.recipe import Recipe
from roleinstruct.training.sft import Hearing

torch = pytest.importorskip("torch")

SETTINGS = [
    "preference.learning_rate=0.02",
    "preference.max_steps=4",
    "preference.save_steps=2",
    "preference.logging_steps=1",
]


def preferences(begin: int = 0, end: int = 8) -> list[Preference]:
    """What each person said, over what the one before said."""
    examples = little_examples()
    return [
        Preference(one.id, one.character, one.prompt, one.completion.content, other.completion.content)
        for one, other in zip(examples[begin:end], examples[begin - 1 : end - 1] if begin else examples[-1:] + examples)
    ]
