"""How well raters agree, dimension by dimension, and who of them agrees with nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from roleinstruct.evaluation.human.collecting import Collected
from roleinstruct.evaluation.human.dimensions import DIMENSIONS, SCALE
from roleinstruct.metrics.bootstrap import Estimate, estimate
from roleinstruct.metrics.coincidences import coincidence_parts, ordinal_alpha_from
from roleinstruct.metrics.correlation import correlation_from, correlation_parts
from roleinstruct.metrics.fleiss import fleiss_from, fleiss_parts
from roleinstruct.metrics.icc import icc_from, icc_parts

__all__ = ["FEWEST", "Concord", "RaterCheck", "agree", "check_raters"]

FEWEST = 5
"""Items under which agreement says too little, and nobody is flagged."""

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Concord:
    """How well people agree on one dimension. The intervals draw items anew, with all answers to them.

    Attributes:
        alpha: Krippendorff's, ordinal, over the answers that two or more have rated; None where there is none.
        icc: ICC(2,1), of a single rater, over the answers that everybody has rated; None where they are fewer than two.
        icc_mean: ICC(2,k), of the mean of these raters.
        fleiss: Fleiss' kappa over the same answers: it knows no order, and takes 4 and 5 for as far apart as 1 and 5.
        shared: Answers that two or more have rated.
        complete: Answers that everybody has rated.
    """

    alpha: Estimate | None
    icc: Estimate | None
    icc_mean: Estimate | None
    fleiss: Estimate | None
    shared: int
    complete: int


@dataclass(frozen=True, slots=True)
class RaterCheck:
    """One rater beside the others.

    Attributes:
        rater: The name.
        ratings: Scores given.
        missing: Scores not given.
        means: By dimension, the mean of the scores.
        same: The dimensions on which two or more answers were given one and the same score.
        correlation: With the mean of the others' scores of the same answers, mean over the dimensions on which scores
            differ; None where there is none, or nobody else has rated them.
        alpha_without: By dimension, alpha of all others; a dimension that leaves no pair is not there.
        flagged: Whether the rater agrees with nobody: the interval of the correlation reaches 0, and stays below the
            correlation of the typical (median) rater. Nobody is over fewer than `FEWEST` items.
    """

    rater: str
    ratings: int
    missing: int
    means: Mapping[str, float]
    same: tuple[str, ...]
    correlation: Estimate | None
    alpha_without: Mapping[str, float]
    flagged: bool


def agree(collected: Collected, *, seed: int = 0) -> dict[str, Concord]:
    """Agreement by dimension."""
    scores, groups = _scores(collected)
    return {name: _concord(given, groups, seed) for name, given in scores.items()}


def check_raters(collected: Collected, *, seed: int = 0) -> list[RaterCheck]:
    """Each rater beside the others, by name."""
    scores, groups = _scores(collected)
    agreed = [_correlation(scores, groups, column, seed) for column in range(len(collected.raters))]
    known = [found.value for found in agreed if found]
    return [
        RaterCheck(
            rater,
            sum(int((~np.isnan(given[:, column])).sum()) for given in scores.values()),
            collected.missing[rater],
            {name: float(np.nanmean(g[:, column])) for name, g in scores.items() if not np.isnan(g[:, column]).all()},
            tuple(name for name, given in scores.items() if _is_same(given[:, column])),
            found,
            {
                name: value
                for name, given in scores.items()
                if not np.isnan(value := _alpha(_tallies(np.delete(given, column, axis=1))))
            },
            bool(found and found.groups >= FEWEST and found.low <= 0 and found.high < median(known)),
        )
        for column, (rater, found) in enumerate(zip(collected.raters, agreed, strict=True))
    ]


def _scores(collected: Collected) -> tuple[dict[str, Values], list[str]]:
    """By dimension, shape (answers, raters), NaN where there is no score; and the item of each answer."""
    items = {rating.answer: rating.item for rating in collected.ratings}
    rows = {answer: n for n, answer in enumerate(items)}
    columns = {rater: n for n, rater in enumerate(collected.raters)}
    scores = {dimension.name: np.full((len(rows), len(columns)), np.nan) for dimension in DIMENSIONS}
    for rating in collected.ratings:
        scores[rating.dimension][rows[rating.answer], columns[rating.rater]] = rating.score
    return scores, list(items.values())


def _tallies(scores: Values) -> Values:
    """How often each answer was given each score, shape (answers, 5)."""
    return np.stack([(scores == score).sum(axis=1) for score in SCALE], axis=1).astype(np.float64)


def _alpha(tallies: Values) -> float:
    return float(ordinal_alpha_from(coincidence_parts(tallies).sum(axis=0)))


def _concord(scores: Values, groups: Sequence[str], seed: int) -> Concord:
    tallies, given = _tallies(scores), (~np.isnan(scores)).sum(axis=1)
    shared, complete = given > 1, np.flatnonzero((given == scores.shape[1]) & (given > 1)).tolist()
    whole, their = scores[complete], [groups[n] for n in complete]
    alpha = estimate(coincidence_parts(tallies), groups, ordinal_alpha_from, seed=seed) if shared.any() else None
    icc, icc_mean = (
        (
            _known(estimate(icc_parts(whole), their, icc_from, seed=seed)),
            _known(estimate(icc_parts(whole), their, lambda sums: icc_from(sums, average=True), seed=seed)),
        )
        if len(complete) > 1
        else (None, None)
    )
    fleiss = estimate(fleiss_parts(tallies[complete]), their, fleiss_from, seed=seed) if len(complete) else None
    return Concord(alpha, icc, icc_mean, fleiss, int(shared.sum()), len(complete))


def _correlation(scores: Mapping[str, Values], groups: Sequence[str], column: int, seed: int) -> Estimate | None:
    """Of one rater with the mean of all others, where the rater's scores differ at all."""
    parts = []
    for given in scores.values():
        if _is_same(given[:, column]):
            continue
        others = np.delete(given, column, axis=1)
        count = (~np.isnan(others)).sum(axis=1)
        mean = np.divide(np.nansum(others, axis=1), count, out=np.full(len(count), np.nan), where=count > 0)
        parts.append(correlation_parts(given[:, column], mean))
    return _known(estimate(np.concatenate(parts, axis=1), groups, _mean_correlation, seed=seed)) if parts else None


def _is_same(given: Values) -> bool:
    """Whether two or more scores were given, and all are one: they correlate with nothing."""
    there = given[~np.isnan(given)]
    return len(there) > 1 and len(np.unique(there)) == 1


def _mean_correlation(sums: Values) -> Values:
    """The mean over the dimensions that have one, shape (..., dimensions * 6) to (...)."""
    found = correlation_from(sums.reshape(*sums.shape[:-1], -1, 6))
    there = ~np.isnan(found)
    count = there.sum(axis=-1)
    total = np.where(there, found, 0).sum(axis=-1)
    mean: Values = np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
    return mean


def _known(found: Estimate) -> Estimate | None:
    """None where the figure is not defined."""
    return None if np.isnan(found.value) else found
