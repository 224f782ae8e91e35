"""How far judges agree: with each other, with people, and with themselves."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from roleinstruct.evaluation.ranking import by_item
from roleinstruct.evaluation.ratings import Rating
from roleinstruct.evaluation.rubric import DIMENSIONS
from roleinstruct.evaluation.verdicts import Verdict, Verdicts
from roleinstruct.metrics.bootstrap import Estimate, estimate
from roleinstruct.metrics.krippendorff import krippendorff_alpha

__all__ = ["Concord", "Opinion", "concord_of", "opinion_of_judge", "opinion_of_people", "self_alpha"]

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one judge, or people together, hold of answers.

    Attributes:
        name: Whose it is.
        merit: By item and system: the higher the better, comparable within an item.
        scores: By item, system and dimension.
    """

    name: str
    merit: Mapping[tuple[str, str], float]
    scores: Mapping[tuple[str, str, str], float]


@dataclass(frozen=True, slots=True)
class Concord:
    """How far two agree, on the items that both have seen.

    Attributes:
        first: One.
        second: The other.
        winner: Share of items and pairs of systems for which both have the same winner, or both none; None if they
            share no pair.
        tau: Kendall's tau-b of all those pairs: 1 for the same order, 0 for none in common, -1 for the opposite.
        alpha: Krippendorff's alpha of the scores by dimension, ordinal; of dimensions that both score.
    """

    first: str
    second: str
    winner: Estimate | None
    tau: Estimate | None
    alpha: Mapping[str, float]


def opinion_of_judge(file: Verdicts) -> Opinion:
    """What a judge holds, over all orders and repeats."""
    means = by_item(file.scored)
    merit = {(item, system): -value for (item, system, part), value in means.items() if part == "rank"}
    return Opinion(file.judge.judge, merit, {key: value for key, value in means.items() if key[2] in DIMENSIONS})


def opinion_of_people(ratings: Sequence[Rating], name: str = "people") -> Opinion:
    """What people hold on average: of a dimension over raters, and of an answer over dimensions."""
    scores: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for one in ratings:
        scores[one.item, one.system, one.dimension].append(one.score)
    means = {key: fmean(values) for key, values in scores.items()}
    merit: dict[tuple[str, str], list[float]] = defaultdict(list)
    for (item, system, _), value in means.items():
        merit[item, system].append(value)
    return Opinion(name, {key: fmean(values) for key, values in merit.items()}, means)


def concord_of(first: Opinion, second: Opinion) -> Concord:
    """How far two agree."""
    parts, items = _parts(first, second)
    alphas: dict[str, float] = {}
    shared = first.scores.keys() & second.scores.keys()
    for dimension in sorted({key[2] for key in shared}):
        units = [(first.scores[key], second.scores[key]) for key in sorted(shared) if key[2] == dimension]
        alphas[dimension] = krippendorff_alpha(units, "ordinal")
    if not items:
        return Concord(first.name, second.name, None, None, alphas)
    return Concord(
        first.name,
        second.name,
        estimate(parts[:, :2], items, lambda sums: sums[..., 0] / sums[..., 1]),
        estimate(parts[:, 2:], items, _tau) if parts[:, 3:].sum(axis=0).all() else None,
        alphas,
    )


def self_alpha(verdicts: Sequence[Verdict]) -> dict[str, float]:
    """Krippendorff's alpha (ordinal) by dimension of the scores that a judge gives in repeats of one question.

    Args:
        verdicts: Those that are scored.

    Returns:
        Nothing where no question was repeated.
    """
    asked: dict[tuple[str, tuple[str, ...]], list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        asked[verdict.id, verdict.order].append(verdict)
    repeated = [some for some in asked.values() if len(some) > 1]
    return {
        part: krippendorff_alpha(
            [[one.scores[system][part] for one in some] for some in repeated for system in some[0].order], "ordinal"
        )
        for part in (DIMENSIONS if repeated else ())
    }


def _parts(first: Opinion, second: Opinion) -> tuple[Values, list[str]]:
    """Of each item and pair: same winner, 1, and what tau-b is made of: product of signs, decided by one, by other."""
    by_item: dict[str, list[str]] = defaultdict(list)
    for item, system in sorted(first.merit.keys() & second.merit.keys()):
        by_item[item].append(system)
    rows, items = list[tuple[float, ...]](), list[str]()
    for item, systems in by_item.items():
        for a, b in combinations(systems, 2):
            x, y = (float(_sign(one.merit[item, a] - one.merit[item, b])) for one in (first, second))
            rows.append((x == y, 1, x * y, x * x, y * y))
            items.append(item)
    return np.array(rows, dtype=np.float64).reshape(-1, 5), items


def _sign(difference: float) -> int:
    """The sign; means that differ by rounding alone are the same."""
    return 0 if abs(difference) < _SAME else 1 if difference > 0 else -1


def _tau(sums: Values) -> Values:
    """Kendall 1945, "The Treatment of Ties in Ranking Problems": over pairs within items."""
    together, one, other = np.moveaxis(sums, -1, 0)
    under = np.sqrt(one * other)
    found: Values = np.divide(together, under, out=np.full(under.shape, np.nan), where=under > 0)
    return found


_SAME = 1e-9
