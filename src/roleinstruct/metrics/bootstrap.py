"""Intervals for figures of items that come in groups, such as the lines of dialogues.

Lines of one dialogue resemble each other, so drawing lines would make every interval too narrow: whole groups are drawn
(the cluster bootstrap; Davison and Hinkley 1997, "Bootstrap Methods and their Application", section 3.8). Each figure
here is a function of sums over items, so a draw costs one weighted sum and not a second pass over the items.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roleinstruct.errors import RecordError
from roleinstruct.metrics.resampling import bounds

__all__ = ["Estimate", "estimate"]

Values = NDArray[np.float64]

_SEED = 12345
_BLOCK = 4_000_000
"""Weights in memory at once."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and how sure it is.

    Attributes:
        value: The figure over all items.
        low: Where its 95 % interval begins; with one group it is the value, and says nothing.
        high: Where the interval ends.
        n: Items.
        groups: Groups that were drawn from.
    """

    value: float
    low: float
    high: float
    n: int
    groups: int

    def as_json(self) -> dict[str, float | list[float]]:
        """As a JSON document, the figures to six places."""
        interval = [round(self.low, 6), round(self.high, 6)]
        return {"value": round(self.value, 6), "interval": interval, "n": self.n, "groups": self.groups}


def estimate(
    parts: Values,
    groups: Sequence[Hashable],
    figure: Callable[[Values], Values],
    *,
    resamples: int = 2000,
    seed: int = _SEED,
) -> Estimate:
    """A figure with its percentile interval.

    Args:
        parts: What each item adds, shape (items, parts).
        groups: The group of each item, such as its dialogue.
        figure: The figure from sums of parts: shape (..., parts) to (...). NaN where the sums leave it undefined; such
            draws are left out of the interval.
        resamples: How often as many groups are drawn as there are, with replacement.
        seed: The same seed gives the same interval, whatever the order of the groups' names.

    Raises:
        RecordError: There is no item, or not one group for each.
    """
    if not len(parts) or len(parts) != len(groups):
        raise RecordError(f"{len(parts)} items in {len(groups)} groups: give at least one item, and a group for each.")
    names = {name: number for number, name in enumerate(dict.fromkeys(groups))}
    sums = np.zeros((len(names), parts.shape[1]))
    np.add.at(sums, [names[name] for name in groups], parts)
    value = float(figure(sums.sum(axis=0)))
    low, high = _interval(sums, figure, resamples, seed) if len(names) > 1 else (value, value)
    return Estimate(value, low, high, len(parts), len(names))


def _interval(sums: Values, figure: Callable[[Values], Values], resamples: int, seed: int) -> tuple[float, float]:
    rng, count = np.random.default_rng(seed), len(sums)
    shares, step = np.full(count, 1 / count), max(1, _BLOCK // count)
    drawn = [
        figure(rng.multinomial(count, shares, size=min(step, resamples - begin)) @ sums)
        for begin in range(0, resamples, step)
    ]
    found = np.concatenate(drawn)
    found = found[~np.isnan(found)]
    return bounds(found) if len(found) else (float("nan"), float("nan"))
