"""Kinds of questions, and how many of each to ask for, so that the whole is as varied as was wished."""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import count, islice

__all__ = ["KINDS", "allotted", "turns"]

KINDS = ("profile", "plot", "relations", "feelings", "everyday")
"""What a question to a character may be about: the person, what happened, others, what moves the person, daily life."""


def turns(weights: Mapping[str, float]) -> Iterator[str]:
    """Kinds one after another, without end: the next one is always that which is furthest behind its share.

    After any number of them, every kind has come as often as its share says, less than one more or less where the
    weights are equal. Kinds of equal claim come in the order of `KINDS`.

    Args:
        weights: By kind, 0 or more, one above 0; a kind that is not named has 0.
    """
    total = sum(weights.values())
    come: Counter[str] = Counter()
    for number in count(1):
        kind = max(KINDS, key=lambda kind: weights.get(kind, 0.0) * number / total - come[kind])
        come[kind] += 1
        yield kind


def allotted(weights: Mapping[str, float], pairs: int) -> Counter[str]:
    """So many pairs by kind, in the order of `KINDS`: the first `pairs` of `turns`."""
    come = Counter(islice(turns(weights), pairs))
    return Counter({kind: come[kind] for kind in KINDS if come[kind]})
