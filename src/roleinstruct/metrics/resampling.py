"""How sure a mean is, and whether two systems differ: by drawing the items again and by swapping answers.

Bootstrap: Efron 1979. Paired bootstrap for systems: Koehn 2004, "Statistical Significance Tests for Machine Translation
Evaluation"; approximate randomisation: Riezler and Maxwell 2005, "On Some Pitfalls in Automatic Evaluation and
Significance Testing for MT". Both give the figures of `sacrebleu` from the same seed, but for one thing: a difference
that chance makes just as great counts as chance, so that a system against itself has a p of 1 (and not of 1/10,001).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roleinstruct.errors import RecordError

__all__ = [
    "Comparison",
    "bounds",
    "cyclic",
    "drawn_means",
    "holm",
    "mean_interval",
    "paired_bootstrap",
    "paired_randomisation",
]

_SEED = 12345
_BLOCK = 16_000_000
"""Drawn items in memory at once."""

_MANY = 200_000

_SAME = 1e-12
"""Means that differ by no more are the same: one sum in two orders."""

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether one system is better than another on the same items.

    Attributes:
        difference: Mean of the first less the mean of the second.
        interval: 95 % bootstrap interval of the difference.
        p: The probability of such a difference, or a greater one on either side, if there were none.
    """

    difference: float
    interval: tuple[float, float]
    p: float


def mean_interval(values: Values, *, resamples: int = 1000, seed: int = _SEED) -> tuple[float, float]:
    """95 % interval of the mean.

    Args:
        values: One an item, 1 or more.
        resamples: Times that as many items are drawn, with replacement.
        seed: The same seed gives the same interval.

    Raises:
        RecordError: There is no value.
    """
    found = _expect(values)
    if len(found) > _MANY:
        mean, away = float(found.mean()), 1.959964 * float(found.std()) / len(found) ** 0.5
        return mean - away, mean + away
    return bounds(_resampled(found, resamples, seed))


def paired_bootstrap(first: Values, second: Values, *, resamples: int = 1000, seed: int = _SEED) -> Comparison:
    """Draw the same items for both systems again and again, and see how often the difference is that great by chance.

    Args:
        first: One value an item.
        second: Of the other system, the same items in the same order.
        resamples: How often.
        seed: As above.

    Raises:
        RecordError: The two differ in length, or there is no item.
    """
    one, other = _expect_pair(first, second)
    drawn = drawn_means(np.stack([one, other]), resamples, seed)
    difference = float(one.mean() - other.mean())
    apart = np.abs(drawn[0] - drawn[1])
    p = (int((apart - apart.mean() >= abs(difference) - _SAME).sum()) + 1) / (resamples + 1)
    return Comparison(difference, bounds(drawn[0] - drawn[1]), p)


def paired_randomisation(first: Values, second: Values, *, trials: int = 10_000, seed: int = _SEED) -> Comparison:
    """Swap the two systems' answers to each item by a coin, and see how often the difference is that great.

    Args:
        first: One value an item.
        second: Of the other system, the same items in the same order.
        trials: How often.
        seed: As above.

    Raises:
        RecordError: The two differ in length, or there is no item.
    """
    one, other = _expect_pair(first, second)
    difference = float(one.mean() - other.mean())
    rng = np.random.default_rng(seed)
    apart, reached = one - other, 0
    rows = max(1, _BLOCK // len(one))
    for begin in range(0, trials, rows):
        stays = rng.integers(2, size=(min(rows, trials - begin), len(one)), dtype=bool)
        means = (2 * (stays @ apart) - apart.sum()) / len(one)
        reached += int((np.abs(means) >= abs(difference) - _SAME).sum())
    return Comparison(difference, bounds(_resampled(apart, 1000, seed)), (reached + 1) / (trials + 1))


def holm(p: Mapping[str, float]) -> dict[str, float]:
    """Correct the p of several comparisons that are looked at together (Holm 1979), by the same names."""
    ranked = sorted(p, key=lambda name: p[name])
    corrected: dict[str, float] = {}
    least = 0.0
    for rank, name in enumerate(ranked):
        least = max(least, min(1.0, (len(ranked) - rank) * p[name]))
        corrected[name] = least
    return {name: corrected[name] for name in p}


def cyclic(n: int, seed: int = _SEED) -> list[int]:
    """A shuffle of 0 to n - 1 in which nothing stays where it is (Sattolo 1986)."""
    order, rng = list(range(n)), np.random.default_rng(seed)
    for last in range(n - 1, 0, -1):
        chosen = int(rng.integers(last))
        order[last], order[chosen] = order[chosen], order[last]
    return order


def drawn_means(rows: NDArray[np.float64], resamples: int, seed: int) -> NDArray[np.float64]:
    """The means of each row over the same drawn items: (rows, resamples)."""
    rng, count = np.random.default_rng(seed), rows.shape[1]
    step = max(1, _BLOCK // count)
    blocks: list[NDArray[np.float64]] = []
    for begin in range(0, resamples, step):
        drawn = rng.choice(count, size=(min(step, resamples - begin), count), replace=True)
        blocks.append(np.stack([row[drawn].mean(axis=1) for row in rows]))
    return np.concatenate(blocks, axis=1)


def bounds(drawn: Values) -> tuple[float, float]:
    """The 95 % percentile interval of a figure that was drawn again and again."""
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def _resampled(values: Values, resamples: int, seed: int) -> Values:
    means: Values = drawn_means(values[None, :], resamples, seed)[0]
    return means


def _expect(values: Values) -> Values:
    if not len(values):
        raise RecordError("there is nothing to score: give at least one item.")
    return np.asarray(values, dtype=np.float64)


def _expect_pair(first: Values, second: Values) -> tuple[Values, Values]:
    if len(first) != len(second):
        raise RecordError(
            f"{len(first)} items of one system and {len(second)} of the other: give the same items of both."
        )
    return _expect(first), _expect(second)
