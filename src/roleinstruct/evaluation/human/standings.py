"""What people gave each system, in the shape of the paper's Table 4, with intervals over items and raters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from roleinstruct.evaluation.human.collecting import Collected
from roleinstruct.evaluation.human.dimensions import DIMENSIONS

__all__ = ["AVERAGE", "COLUMNS", "Difference", "Mean", "Standings", "stand"]

AVERAGE = "average"
"""The mean of the three dimensions' means, as in the paper."""

COLUMNS = (AVERAGE, *(dimension.name for dimension in DIMENSIONS))
"""In the order of the paper's Table 4."""

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean score.

    Attributes:
        value: 1 to 5, over the ratings that there are.
        low: Where its 95 % interval begins.
        high: Where it ends.
        n: Ratings.
    """

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Difference:
    """How far one system is ahead of another with the same people on the same items.

    Attributes:
        first: The one that is ahead.
        second: The other.
        column: One of `COLUMNS`.
        value: The difference of the means.
        low: Where its 95 % interval begins; above 0 the difference is more than chance makes.
        high: Where it ends.
    """

    first: str
    second: str
    column: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Standings:
    """All systems.

    Attributes:
        means: By system, then by column; a column without a rating is not there.
        differences: Every pair in every column that both have.
        items: How many items have a rating.
        drawn: What the intervals draw anew: "items", and "raters" where there are several.
    """

    means: Mapping[str, Mapping[str, Mean]]
    differences: tuple[Difference, ...]
    items: int
    drawn: tuple[str, ...]


def stand(collected: Collected, *, resamples: int = 2000, seed: int = 0) -> Standings:
    """Mean scores of each system, and how sure they are.

    Items and raters are both drawn anew, with replacement and apart from each other, and a rating counts as often as
    its item times its rater was drawn: the interval speaks for other items of this kind and other people like these.
    It errs on the wide side. Source: Owen 2007, "The pigeonhole bootstrap"; McCullagh 2000, "Resampling and
    exchangeable arrays". The draws are the same for all systems, so that differences are paired.

    Args:
        collected: The ratings.
        resamples: How often.
        seed: The same seed gives the same intervals.
    """
    items = list(dict.fromkeys(rating.item for rating in collected.ratings))
    scores = _scores(collected, items)
    rng, several = np.random.default_rng(seed), len(collected.raters) > 1
    drawn_items = _draw(rng, len(items), resamples)
    raters = _draw(rng, len(collected.raters), resamples) if several else np.ones((resamples, 1))
    draws: dict[str, dict[str, Values]] = {}
    means: dict[str, dict[str, Mean]] = {}
    for system in collected.systems:
        found = {
            name: (scores[system, name], _means(scores[system, name], drawn_items, raters))
            for name in COLUMNS[1:]
            if not np.isnan(scores[system, name]).all()
        }
        draws[system] = {name: drawn for name, (_, drawn) in found.items()}
        means[system] = {
            name: _mean(float(np.nanmean(given)), drawn, int((~np.isnan(given)).sum()))
            for name, (given, drawn) in found.items()
        }
        if len(found) == len(DIMENSIONS):
            draws[system][AVERAGE] = np.mean(list(draws[system].values()), axis=0)
            single = list(means[system].values())
            value, n = float(np.mean([one.value for one in single])), sum(one.n for one in single)
            means[system] = {AVERAGE: _mean(value, draws[system][AVERAGE], n), **means[system]}
    return Standings(means, _differences(means, draws), len(items), ("items", "raters") if several else ("items",))


def _scores(collected: Collected, items: Sequence[str]) -> dict[tuple[str, str], Values]:
    """By system and dimension, shape (items, raters); NaN where there is no rating."""
    rows = {item: n for n, item in enumerate(items)}
    columns = {rater: n for n, rater in enumerate(collected.raters)}
    empty = np.full((len(rows), len(columns)), np.nan)
    scores = {(system, name): empty.copy() for system in collected.systems for name in COLUMNS[1:]}
    for rating in collected.ratings:
        for system in rating.systems:
            scores[system, rating.dimension][rows[rating.item], columns[rating.rater]] = rating.score
    return scores


def _draw(rng: np.random.Generator, count: int, resamples: int) -> Values:
    """How often each of `count` is drawn, shape (resamples, count)."""
    return rng.multinomial(count, np.full(count, 1 / count), size=resamples).astype(np.float64)


def _means(scores: Values, items: Values, raters: Values) -> Values:
    """The mean of each draw, NaN where it holds no rating."""
    there = ~np.isnan(scores)
    total = ((items @ np.where(there, scores, 0)) * raters).sum(axis=1)
    count = ((items @ there.astype(np.float64)) * raters).sum(axis=1)
    means: Values = np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)
    return means


def _mean(value: float, drawn: Values, n: int) -> Mean:
    return Mean(value, *_interval(drawn), n)


def _interval(drawn: Values) -> tuple[float, float]:
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def _differences(
    means: Mapping[str, Mapping[str, Mean]], draws: Mapping[str, Mapping[str, Values]]
) -> tuple[Difference, ...]:
    found = []
    for name in COLUMNS:
        for pair in combinations([system for system in means if name in means[system]], 2):
            first, second = sorted(pair, key=lambda system: -means[system][name].value)  # of equals the first stays
            value = means[first][name].value - means[second][name].value
            apart = _interval(draws[first][name] - draws[second][name])
            found.append(Difference(first, second, name, value, *apart))
    return tuple(found)
