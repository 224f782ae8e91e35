"""How much of what a model computes is padding, by the way in which rows come together in batches."""

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

from roleinstruct.training.order import epoch_order

__all__ = ["Padding", "packed_rows", "padding"]


@dataclass(frozen=True, slots=True)
class Padding:
    """Shares of an epoch's places that hold no token of a row, 0 to 1.

    Attributes:
        random: Rows in any order, each batch as wide as its longest row.
        grouped: Rows of like length together.
        packed: Rows laid one behind the other (best fit, decreasing) into places of `max_length`. What is left over
            there is not computed either, since TRL packs without padding: it is room that a step does not use.
    """

    random: float
    grouped: float
    packed: float


def padding(lengths: Sequence[int], *, batch: int, max_length: int | None, seed: int) -> Padding:
    """Measure it for one epoch.

    Args:
        lengths: Of the rows, in tokens; one or more.
        batch: Rows that a device takes at once.
        max_length: Tokens of a packed row; None for the longest row.
        seed: Of the order.
    """
    size = max_length or max(lengths)
    return Padding(
        _padded(lengths, epoch_order(lengths, batch=batch, seed=seed, epoch=0, by_length=False), batch),
        _padded(lengths, epoch_order(lengths, batch=batch, seed=seed, epoch=0, by_length=True), batch),
        1 - sum(lengths) / (len(packed_rows(lengths, size)) * size),
    )


def packed_rows(lengths: Sequence[int], size: int) -> list[int]:
    """Lay rows into as few of `size` tokens as best fit, decreasing, makes it: TRL's packing "bfd".

    Args:
        lengths: None above `size`.
        size: Tokens of a packed row.

    Returns:
        What is left over in each packed row, smallest first.
    """
    left: list[int] = []
    for length in sorted(lengths, reverse=True):
        place = bisect.bisect_left(left, length)
        room = left.pop(place) if place < len(left) else size
        bisect.insort(left, room - length)
    return left


def _padded(lengths: Sequence[int], order: Sequence[int], batch: int) -> float:
    batches = [[lengths[row] for row in order[at : at + batch]] for at in range(0, len(order), batch)]
    return 1 - sum(lengths) / sum(max(rows) * len(rows) for rows in batches)
