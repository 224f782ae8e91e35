"""Means of means: groups that count the same however many items each has, such as the tasks of a benchmark."""

from collections.abc import Sequence
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from roleinstruct.errors import RecordError
from roleinstruct.metrics.resampling import Comparison, bounds, drawn_means, paired_randomisation

__all__ = ["grouped_interval", "paired_groups"]

Values = NDArray[np.float64]


def grouped_interval(groups: Sequence[Values], *, resamples: int = 1000) -> tuple[float, float]:
    """95 % bootstrap interval of the mean of the groups' means, the items being drawn anew within each group.

    Args:
        groups: One or more, each of one value an item.
        resamples: How often.

    Raises:
        RecordError: There is no group, or one without an item.
    """
    if not groups or not all(len(values) for values in groups):
        raise RecordError("a group without items has no mean: leave it out.")
    means = np.mean([drawn_means(values[None, :], resamples, seed)[0] for seed, values in enumerate(groups)], axis=0)
    return bounds(means)


def paired_groups(groups: Sequence[tuple[Values, Values]]) -> Comparison:
    """Whether one system is better than another in the mean of the groups' means, by approximate randomisation.

    Args:
        groups: The values of both systems on the items of each group.

    Raises:
        RecordError: There is no group, one without an item, or the two systems differ in number.
    """
    interval = grouped_interval([_apart(first, second) for first, second in groups])
    total = sum(len(first) for first, _ in groups)
    # An item weighs as much as its group has room for it, so that the plain mean is the mean of the groups' means.
    weighed = [_apart(*pair) * (total / (len(groups) * len(pair[0]))) for pair in groups]
    apart = np.concatenate(weighed)
    found = paired_randomisation(apart, np.zeros_like(apart))
    return Comparison(fmean(float(_apart(*pair).mean()) for pair in groups), interval, found.p)


def _apart(first: Values, second: Values) -> Values:
    if len(first) != len(second):
        raise RecordError(f"{len(first)} items of one system and {len(second)} of the other: give the same of both.")
    return first - second
