"""Answers and the references that they are held against, whichever way they are given."""

from collections.abc import Sequence

import numpy as np

from roleinstruct.errors import RecordError
from roleinstruct.metrics.resampling import cyclic

__all__ = ["References", "listed", "shuffled"]

References = Sequence[str] | Sequence[Sequence[str]] | Sequence[str | Sequence[str]]
"""One reference an item, or several, or one here and several there."""


def listed(predictions: Sequence[str], references: References) -> tuple[list[str], list[tuple[str, ...]]]:
    """Answers, and for each a tuple of references.

    Args:
        predictions: One text an item.
        references: One text an item, or a sequence of texts.

    Raises:
        RecordError: They differ in number, there is none, an item has no reference, or something is no text.
    """
    if isinstance(predictions, str) or isinstance(references, str):
        raise RecordError("one text was given where a list was expected: put it into a list of one.")
    answers = [_expect_text(answer, f"prediction {number}") for number, answer in enumerate(predictions, 1)]
    if len(answers) != len(references):
        raise RecordError(f"{len(answers)} predictions and {len(references)} items of references: give one an item.")
    if not answers:
        raise RecordError("there is nothing to score: give at least one prediction.")
    return answers, [_expect_some(given, number) for number, given in enumerate(references, 1)]


def shuffled(references: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]] | None:
    """The references of other items, always the same shuffle of as many; None where there is no other item."""
    if len(references) < 2:
        return None
    return [references[other] for other in cyclic(len(references))]


def _expect_some(given: object, number: int) -> tuple[str, ...]:
    if isinstance(given, str):
        return (given,)
    if not isinstance(given, Sequence | np.ndarray) or not len(given):
        raise RecordError(f"item {number} has {given!r} as its references; expected a text, or a list of one or more.")
    return tuple(_expect_text(text, f"a reference of item {number}") for text in given)


def _expect_text(text: object, what: str) -> str:
    if not isinstance(text, str):
        raise RecordError(f"{what} is {text!r}, expected a text; give '' for an answer that is missing.")
    return text
