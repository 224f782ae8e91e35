"""Labels of any number of annotators as counts, and how often two of them agree.

Who gave a label does not matter to the figures for many annotators, only how often an item was given each.
"""

from collections.abc import Collection, Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from roleinstruct.errors import RecordError

__all__ = ["pair_parts", "pair_share", "tally"]

Values = NDArray[np.float64]


def tally(units: Sequence[Collection[Hashable]]) -> Values:
    """How often each item was given each label, shape (items, labels), labels in the order of their first coming.

    Args:
        units: The labels of each item, one an annotator; who has not labelled it is not in it.

    Raises:
        RecordError: There is no label at all.
    """
    names = {name: n for n, name in enumerate(dict.fromkeys(label for unit in units for label in unit))}
    if not names:
        raise RecordError("there are no labels to compare: give at least one item.")
    counts = np.zeros((len(units), len(names)))
    for row, unit in zip(counts, units, strict=True):
        for label in unit:
            row[names[label]] += 1
    return counts


def pair_parts(tallies: Values) -> Values:
    """What each item adds to `pair_share`: pairs of labels alike, and pairs; shape (items, 2)."""
    labels = tallies.sum(axis=1)
    return np.stack([(tallies * (tallies - 1)).sum(axis=1) / 2, labels * (labels - 1) / 2], axis=1)


def pair_share(sums: Values) -> Values:
    """Agreement from sums of `pair_parts`, shape (..., 2) to (...); NaN without a pair."""
    alike, pairs = sums[..., 0], sums[..., 1]
    share: Values = np.divide(alike, pairs, out=np.full(pairs.shape, np.nan), where=pairs > 0)
    return share
