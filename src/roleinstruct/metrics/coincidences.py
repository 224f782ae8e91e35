"""Krippendorff's alpha for values with an order: a disagreement weighs more, the further apart the two values are."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["coincidence_parts", "interval_alpha_from", "ordinal_alpha_from"]

Values = NDArray[np.float64]


def coincidence_parts(tallies: Values) -> Values:
    """What each item adds to the table of coincidences, shape (items, values) to (items, values * values).

    Source: Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C: pairs of values of one item, in
    both orders, divided by its values less one. An item with fewer than two values adds nothing.
    """
    counts = tallies.sum(axis=1)
    paired = np.where((counts > 1)[:, None], tallies, 0)
    pairs = paired[:, :, None] * paired[:, None, :] - paired[:, :, None] * np.eye(tallies.shape[1])
    parts: Values = (pairs / np.maximum(counts - 1, 1)[:, None, None]).reshape(len(tallies), -1)
    return parts


def ordinal_alpha_from(sums: Values) -> Values:
    """Alpha of ranks from sums of `coincidence_parts` whose values stand in their order, shape (..., v * v) to (...).

    The distance of two values is the number of values between their middles: the sum of n_g from one to the other,
    less half of n at both ends, squared (Krippendorff 2011, section D); it depends on what was given, and so is
    reckoned for each draw. NaN without a pair.
    """
    table = _table(sums)
    given = table.sum(axis=-1)
    middle = given.cumsum(axis=-1) - given / 2
    return _alpha(table, given, (middle[..., :, None] - middle[..., None, :]) ** 2)


def interval_alpha_from(sums: Values, values: Sequence[float]) -> Values:
    """Alpha of numbers from sums of `coincidence_parts`, the distance being the squared difference.

    Args:
        sums: Shape (..., v * v) to (...); NaN without a pair.
        values: The v numbers, in the order of the table.
    """
    table, numbers = _table(sums), np.asarray(values, dtype=np.float64)
    return _alpha(table, table.sum(axis=-1), (numbers[:, None] - numbers[None, :]) ** 2)


def _table(sums: Values) -> Values:
    width = round(sums.shape[-1] ** 0.5)
    return sums.reshape(*sums.shape[:-1], width, width)


def _alpha(table: Values, given: Values, distance: Values) -> Values:
    """One less observed over expected disagreement; 1 where there is one value throughout."""
    total = given.sum(axis=-1)
    observed = (table * distance).sum(axis=(-2, -1))
    expected = (given[..., :, None] * given[..., None, :] * distance).sum(axis=(-2, -1))
    unvaried = np.where(total > 0, 0.0, np.nan)
    share: Values = np.divide((total - 1) * observed, expected, out=unvaried, where=expected > 0)
    return 1 - share
