"""Labelled dialogues as what a classifier can be taught with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roleinstruct.emotions import Emotion
from roleinstruct.errors import RecordError
from roleinstruct.generate.classifier import ANNOTATOR
from roleinstruct.generate.signals import Signals, read_signals
from roleinstruct.records import Dialogue, Utterance

__all__ = ["FEWEST", "Lesson", "check", "is_taught", "study"]

FEWEST = 100
"""Labelled turns below which nothing is fitted."""

_GUESSES = frozenset({"extractive", ANNOTATOR})
_LABELS = tuple(Emotion)
_INDEX = {emotion: number for number, emotion in enumerate(_LABELS)}


def is_taught(turn: Utterance) -> bool:
    """Whether a turn's label is training material: it has one, and not by a guess of this package."""
    return turn.emotion is not None and turn.annotator not in _GUESSES


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """A dialogue, read.

    Attributes:
        dialogue: As it came.
        signals: What a classifier sees of it.
        labels: The number of each turn's label, 0 to 9, or -1 for a turn that teaches nothing; shape (turns,).
    """

    dialogue: Dialogue
    signals: Signals
    labels: NDArray[np.intp]

    @property
    def n(self) -> int:
        """Turns that teach."""
        return int((self.labels >= 0).sum())


def study(dialogues: Iterable[Dialogue]) -> list[Lesson]:
    """Read the dialogues that have a label to teach."""
    studied = []
    for dialogue in dialogues:
        numbers = [_INDEX[turn.emotion] if turn.emotion and is_taught(turn) else -1 for turn in dialogue.utterances]
        if max(numbers, default=-1) >= 0:
            studied.append(Lesson(dialogue, read_signals(dialogue.utterances), np.array(numbers, np.intp)))
    return studied


def check(studied: Sequence[Lesson]) -> None:
    """Check that there is enough to learn from.

    Raises:
        RecordError: Fewer than `FEWEST` labelled turns, in one dialogue only, or with one label only.
    """
    known = sum(text.n for text in studied)
    if known < FEWEST or len(studied) < 2:
        raise RecordError(
            f"{known} labelled turns in {len(studied)} dialogues are too few to learn from; "
            f"label at least {FEWEST} turns in 2 dialogues (guesses of this package do not count)."
        )
    seen = np.unique(np.concatenate([text.labels[text.labels >= 0] for text in studied]))
    if len(seen) < 2:
        raise RecordError(f"every turn is labelled {_LABELS[seen[0]]}: there is nothing to tell apart; label more.")
