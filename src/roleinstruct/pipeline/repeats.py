"""Questions that ask what has been asked: in nearly the same letters, or in other words."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from roleinstruct.cleaning.duplicates import find_duplicates
from roleinstruct.encoders.ngrams import NgramEncoder
from roleinstruct.generate.inquiry import without_address
from roleinstruct.language import language_of
from roleinstruct.pipeline.alike import likeness
from roleinstruct.records import Instruction

__all__ = ["Repeat", "distinct", "repeats"]


@dataclass(frozen=True, slots=True)
class Repeat:
    """Why a question is left out.

    Attributes:
        reason: "duplicate_question", or "same_question" for one in other words.
        payload: The question that it repeats, and how like it is.
    """

    reason: str
    payload: dict[str, Any]


def repeats(
    items: Sequence[Instruction], known: Sequence[Instruction], similarity: float, *, reworded: bool
) -> dict[str, Repeat]:
    """Find the questions that repeat one that is known, or an earlier one.

    Args:
        items: With ids, in order.
        known: With ids, of the same character.
        similarity: Jaccard of character 3-grams from which on a question is the same in nearly the same letters.
        reworded: Look for those in other words too, by the cosine of an `NgramEncoder`.

    Returns:
        By id, those to leave out.
    """
    found = find_duplicates(((item.id, item.instruction) for item in (*known, *items)), similarity)
    named = {item.id for item in items}
    out = {
        pair.dropped_id: Repeat("duplicate_question", likeness(pair))
        for pair in found.pairs
        if pair.dropped_id in named
    }
    if reworded:
        out.update(_reworded([item for item in (*known, *items) if item.id not in out], named))
    return out


def distinct(
    known: Sequence[Instruction], similarity: float
) -> Callable[[Sequence[Instruction]], Sequence[Instruction]]:
    """The function that leaves out of questions without ids what `repeats` finds."""

    def new(items: Sequence[Instruction]) -> list[Instruction]:
        named = [replace(item, id=f"new {number}") for number, item in enumerate(items)]
        out = repeats(named, known, similarity, reworded=True)
        return [item for item, one in zip(items, named, strict=True) if one.id not in out]

    return new


# Of 5,491 different questions in the authors' release, 692 pairs have a cosine of 0.8 or more and are not duplicates by
# letters: of 130 that were read one asked for something else. English questions share too many common words:
# "favourite colour" and "favourite food" have 0.84, "angry with Tom" and "angry with Anna" 0.87.
_SAME = {"zh": 0.8, "en": 0.95}


def _reworded(items: Sequence[Instruction], named: set[str]) -> Iterator[tuple[str, Repeat]]:
    """Questions so near to an earlier one that stays; a known one always stays."""
    texts = [without_address(item.instruction, item.character) for item in items]
    vectors = NgramEncoder().encode(texts).astype(np.float64)
    kept: list[int] = []
    for place, item in enumerate(items):
        least = _SAME.get(language_of(texts[place]), 1.0)
        # Summed in a fixed order and rounded, so that a machine's arithmetic decides nothing.
        cosines = (vectors[kept] * vectors[place]).sum(axis=1).round(6)
        nearest = int(cosines.argmax()) if item.id in named and kept else -1
        if nearest >= 0 and cosines[nearest] >= least:
            other = items[kept[nearest]]
            yield item.id, Repeat("same_question", {"same_as": other.instruction, "cosine": float(cosines[nearest])})
        else:
            kept.append(place)
