"""Counts of emotions as percent, and the characters that a picture has room for."""

from collections.abc import Sequence

from roleinstruct.dataset.figures.facts import FigureFacts
from roleinstruct.emotions import Emotion

__all__ = ["LABELS", "MOST_CHARACTERS", "shares", "shown"]

LABELS = tuple(Emotion)
"""The emotions in the order of the counts."""

MOST_CHARACTERS = 30
"""Characters in a figure with a row for each; the paper has 28."""


def shares(counts: Sequence[int]) -> tuple[float, ...]:
    """Each count in percent of all, zeros for none."""
    total = sum(counts) or 1
    return tuple(100 * count / total for count in counts)


def shown(facts: FigureFacts) -> list[tuple[str, tuple[int, ...]]]:
    """The characters with the most labelled turns, with their counts by emotion."""
    return list(facts.emotions.items())[:MOST_CHARACTERS]
