"""Fleiss' kappa: the same number of annotators for every item, and not always the same people."""

from collections.abc import Collection, Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from roleinstruct.errors import RecordError
from roleinstruct.metrics.tallies import tally

__all__ = ["fleiss_from", "fleiss_kappa", "fleiss_parts"]

Values = NDArray[np.float64]


def fleiss_kappa(units: Sequence[Collection[Hashable]]) -> float:
    """Agreement beyond chance of several annotators, at most 1: 0 is chance.

    Source: Fleiss 1971, "Measuring nominal scale agreement among many raters": kappa = (P - Pe) / (1 - Pe), P the mean
    over items of the share of pairs alike, Pe the sum of the squared shares of the labels. Where there is one label
    throughout, chance explains all and kappa is 0 over 0; this returns 1.

    Args:
        units: The labels of each item, one an annotator, equally many for each.

    Raises:
        RecordError: There is no item, or the items have not equally many labels, or fewer than two.
    """
    return float(fleiss_from(fleiss_parts(tally(units)).sum(axis=0)))


def fleiss_parts(tallies: Values) -> Values:
    """What each item adds to `fleiss_from`: 1, its share of pairs alike, its labels; shape (items, 2 + labels).

    Raises:
        RecordError: The items have not equally many labels, or fewer than two.
    """
    counts = tallies.sum(axis=1)
    if counts.min() != counts.max() or counts.min() < 2:
        raise RecordError(
            f"items with {counts.min():.0f} to {counts.max():.0f} labels: Fleiss' kappa needs equally many for each, "
            "2 or more; use Krippendorff's alpha where some are missing."
        )
    share = (tallies * (tallies - 1)).sum(axis=1) / (counts * (counts - 1))
    return np.column_stack([np.ones(len(tallies)), share, tallies])


def fleiss_from(sums: Values) -> Values:
    """Kappa from sums of `fleiss_parts`, shape (..., 2 + labels) to (...)."""
    observed = sums[..., 1] / sums[..., 0]
    by_label = sums[..., 2:]
    expected = ((by_label / by_label.sum(axis=-1, keepdims=True)) ** 2).sum(axis=-1)
    beyond = 1 - expected
    kappa: Values = np.divide(observed - expected, beyond, out=np.ones_like(observed), where=beyond > 1e-12)
    return kappa
