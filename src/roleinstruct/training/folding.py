"""Rows that begin alike share their beginning: a character's prompt is computed once for several questions.

Most of a row is the persona, and many rows have the same one. Folded, they are one row:

    persona | question 1, answer 1 | question 2, answer 2 | ...

in which each question sees the persona and itself alone, at the positions that it has when it stands by itself. What
the model says of each token, the loss and the gradient are those of the separate rows, but for the order in which
numbers are summed up, and for dropout, which falls on the persona once instead of on each of its copies.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Folded", "fold", "kin"]


@dataclass(slots=True)
class Folded:
    """Rows as one, lists of one length.

    Attributes:
        input_ids: The beginning that all have, and what follows of each.
        labels: Likewise, -100 where nothing is learnt.
        position_ids: Of each token in its own row.
        segments: 0 for the beginning, 1 for what follows of the first row, 2 for the second, and so on.
    """

    input_ids: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    position_ids: list[int] = field(default_factory=list)
    segments: list[int] = field(default_factory=list)

    def _add(self, ids: Sequence[int], labels: Sequence[int], first: int, segment: int) -> None:
        self.input_ids += ids
        self.labels += labels
        self.position_ids += range(first, first + len(ids))
        self.segments += [segment] * len(ids)


def fold(rows: Sequence[tuple[Sequence[int], Sequence[int]]]) -> Folded:
    """Make one row of several.

    The beginning ends before the last token that is not learnt: this one foretells an answer's first, which is another
    in each row.

    Args:
        rows: Tokens and labels of each; one row stays as it is.
    """
    free = min(_masked(labels) for _, labels in rows)
    common = min(_common(rows[0][0], ids) for ids, _ in rows)
    shared = len(rows[0][0]) if len(rows) == 1 else min(common, max(0, free - 1))
    folded = Folded()
    folded._add(rows[0][0][:shared], rows[0][1][:shared], 0, 0)
    for number, (ids, labels) in enumerate(rows, start=1):
        folded._add(ids[shared:], labels[shared:], shared, number)
    return folded


def kin(rows: Sequence[Sequence[int]]) -> list[int]:
    """Find the rows that are worth folding: those that share the third part of the shorter one, or more.

    Args:
        rows: Tokens of each.

    Returns:
        For each row the number of its family, from 0.
    """
    families = [0] * len(rows)
    order = sorted(range(len(rows)), key=lambda row: rows[row])
    for before, row in zip(order, order[1:], strict=False):
        is_kin = 3 * _common(rows[before], rows[row]) >= min(len(rows[before]), len(rows[row]))
        families[row] = families[before] + (not is_kin)
    return families


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
