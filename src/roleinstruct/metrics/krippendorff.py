"""Krippendorff's alpha: any number of annotators, and labels may be missing.

Labels without an order are reckoned here, values with one in `coincidences`.
"""

from collections.abc import Collection, Hashable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from roleinstruct.errors import RecordError
from roleinstruct.metrics.coincidences import coincidence_parts, interval_alpha_from, ordinal_alpha_from
from roleinstruct.metrics.tallies import tally

__all__ = ["Level", "alpha_from", "alpha_parts", "krippendorff_alpha"]

Level = Literal["nominal", "ordinal", "interval"]
"""What labels are: names; ranks, such as 1 to 5 on a form; or numbers whose differences mean something."""

Values = NDArray[np.float64]


def krippendorff_alpha(units: Sequence[Collection[Hashable]], level: Level = "nominal") -> float:
    """Agreement beyond chance among any number of annotators: 1 is perfect, 0 is chance, below 0 is worse.

    Source: Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C. With o the number of pairs of
    equal labels within items (each item's divided by its labels less one), n_c how often label c stands in a pair, and
    n their sum: alpha = ((n - 1) o - sum n_c (n_c - 1)) / (n (n - 1) - sum n_c (n_c - 1)). Where there is one label
    throughout, chance explains all and alpha is 0 over 0; this returns 1.

    Args:
        units: The labels of each item, one an annotator; who has not labelled it is not in it. An item with one label
            can be paired with nothing, and is left out.
        level: What the labels are; for "ordinal" and "interval" they are numbers, see `coincidences`.

    Raises:
        RecordError: No item has two labels, or labels that should be numbers are none.
    """
    value = float(alpha_from(alpha_parts(tally(units)).sum(axis=0)) if level == "nominal" else _ordered(units, level))
    if np.isnan(value):
        raise RecordError("no item has two labels, so there is no agreement to measure: have two people label it.")
    return value


def alpha_parts(tallies: Values) -> Values:
    """What each item adds to `alpha_from`: pairs alike, then its labels by name; shape (items, 1 + labels)."""
    labels = tallies.sum(axis=1)
    paired = np.where((labels > 1)[:, None], tallies, 0)
    alike = (paired * (paired - 1)).sum(axis=1) / np.maximum(labels - 1, 1)
    return np.column_stack([alike, paired])


def alpha_from(sums: Values) -> Values:
    """Alpha from sums of `alpha_parts`, shape (..., 1 + labels) to (...); NaN without a pair."""
    alike, by_label = sums[..., 0], sums[..., 1:]
    total = by_label.sum(axis=-1)
    by_chance = (by_label * (by_label - 1)).sum(axis=-1)
    possible = total * (total - 1) - by_chance
    unvaried = np.where(total > 0, 1.0, np.nan)
    alpha: Values = np.divide((total - 1) * alike - by_chance, possible, out=unvaried, where=possible > 0)
    return alpha


def _ordered(units: Sequence[Collection[Hashable]], level: Level) -> Values:
    """Alpha of values in their order."""
    values = list(dict.fromkeys(value for unit in units for value in unit))
    numbers = [float(value) for value in values if isinstance(value, int | float)]
    if len(numbers) < len(values):
        raise RecordError(f"{level} labels are numbers, and there are {values[:3]!r}: give numbers, or level nominal.")
    order = sorted(range(len(values)), key=lambda n: numbers[n])
    sums = coincidence_parts(tally(units)[:, order]).sum(axis=0)
    return ordinal_alpha_from(sums) if level == "ordinal" else interval_alpha_from(sums, sorted(numbers))
