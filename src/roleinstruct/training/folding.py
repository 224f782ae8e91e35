"""Rows that begin alike share their beginning: a character's prompt is computed once for several questions.

Most of a row is the persona, and many rows have the same one. Folded, they are one row:

    persona | question 1, answer 1 | question 2, answer 2 | ...

in which each question sees the persona and itself alone, at the positions that it has when it stands by itself. What
the model says of each token, the loss and the gradient are those of the separate rows, but for the order in which
numbers are summed up, and for dropout, which falls on the persona once instead of on each of its copies.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

__all__ = ["TOGETHER", "Folded", "families", "fold", "fold_all"]

TOGETHER = 4
"""Rows that an epoch's order puts together, and that are folded into one. With more, a step sees fewer characters, and
the matrix of attention grows by the square: on a CPU, 4 rows of the authors' release were computed 2.4 times as fast as
when they are padded, and 8 rows 3.0 times, but 32 rows of short answers slower than padded ones."""


@dataclass(slots=True)
class Folded:
    """Rows as one, lists of one length.

    Attributes:
        input_ids: The beginning that all have, and what follows of each.
        labels: Likewise, -100 where nothing is learnt.
        position_ids: Of each token in its own row.
        segments: 0 for the beginning, 1 for what follows of the first row, 2 for the second, and so on.
        rows: Of how many rows each token is: all for the beginning, then 1. Their sum is the rows' tokens.
    """

    input_ids: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    position_ids: list[int] = field(default_factory=list)
    segments: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)

    def add(self, ids: Sequence[int], labels: Sequence[int], *, first: int, segment: int, rows: int) -> None:
        """Append tokens, the first of them at a position."""
        self.input_ids += ids
        self.labels += labels
        self.position_ids += range(first, first + len(ids))
        self.segments += [segment] * len(ids)
        self.rows += [rows] * len(ids)


def fold(rows: Sequence[tuple[Sequence[int], Sequence[int]]]) -> Folded:
    """Make one row of several.

    The beginning ends before the last token that is not learnt: that one foretells an answer's first, which is another
    in each row.

    Args:
        rows: Tokens and labels of each, one row or more.
    """
    least = min(_masked(labels) for _, labels in rows)
    shared = max(0, min(least - 1, *(_common(rows[0][0], ids) for ids, _ in rows)))
    folded = Folded()
    folded.add(rows[0][0][:shared], rows[0][1][:shared], first=0, segment=0, rows=len(rows))
    for number, (ids, labels) in enumerate(rows, start=1):
        folded.add(ids[shared:], labels[shared:], first=shared, segment=number, rows=1)
    return folded


def fold_all(rows: Sequence[Mapping[str, Any]]) -> list[Folded] | None:
    """Fold the rows of a batch, `TOGETHER` of a family into one; None where no two are of a family.

    Args:
        rows: As `encoding.columns` makes them.
    """
    found = families([row["input_ids"] for row in rows])
    if len(set(found)) == len(rows):
        return None
    together: dict[int, list[tuple[Sequence[int], Sequence[int]]]] = {}
    for family, row in zip(found, rows, strict=True):
        together.setdefault(family, []).append((row["input_ids"], row["labels"]))
    return [fold(some[at : at + TOGETHER]) for some in together.values() for at in range(0, len(some), TOGETHER)]


def families(rows: Sequence[Sequence[int]]) -> list[int]:
    """Find the rows that are worth folding: neighbours in their order share a third of the shorter one, or more.

    Args:
        rows: Tokens of each.

    Returns:
        For each row the number of its family, from 0.
    """
    found = [0] * len(rows)
    order = sorted(range(len(rows)), key=lambda row: tuple(rows[row]))
    for before, row in pairwise(order):
        is_kin = 3 * _common(rows[before], rows[row]) >= min(len(rows[before]), len(rows[row]))
        found[row] = found[before] + (not is_kin)
    return found


def _masked(labels: Sequence[int]) -> int:
    """How many tokens go before the first that is learnt."""
    return next((place for place, label in enumerate(labels) if label >= 0), len(labels))


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two rows begin with alike."""
    low, high = 0, min(len(one), len(other))
    while low < high:  # halves that are compared as wholes: many times faster than token by token
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low
