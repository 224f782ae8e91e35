"""The floor of a benchmark: the same answers against the references of other questions.

A metric shuffles the references of all items. In a benchmark the same question is put to several characters, and its
neutral reference is the same for all of them: handed to another character's answer it is no chance, but the right one.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from roleinstruct.evaluation.items import Item
from roleinstruct.metrics.score import Score

__all__ = ["elsewhere", "with_floor"]


def elsewhere(items: Sequence[Item]) -> list[int] | None:
    """For each item the number of one with another instruction, each of them once.

    Args:
        items: Of one task.

    Returns:
        The same for the same items; None where more than half of them have one instruction.
    """
    most = max(Counter(item.instruction for item in items).values())
    if 2 * most > len(items):
        return None
    order = sorted(range(len(items)), key=lambda number: (_digest(items[number].instruction), number))
    # Items of one instruction stand together; as many places further on stands none of them.
    return [other for _, other in sorted(zip(order, [*order[most:], *order[:most]], strict=True))]


def with_floor(
    score: Score,
    measure: Callable[[Sequence[str], Sequence[Sequence[str]]], Score],
    answers: Sequence[str],
    items: Sequence[Item],
) -> Score:
    """The same score with a floor of other questions, and what is rescaled by the floor rescaled by this one.

    Args:
        score: Of `answers` to `items`.
        measure: How it was made.
        answers: One an item.
        items: Of one task.
    """
    others = elsewhere(items)
    floor = None if others is None else measure(answers, [items[other].references for other in others]).value
    parts = {name: value for name, value in score.parts.items() if name != "rescaled"}
    if "rescaled" in score.parts and floor is not None and floor < 1:
        parts["rescaled"] = (score.value - floor) / (1 - floor)
    return replace(score, floor=floor, parts=parts)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
