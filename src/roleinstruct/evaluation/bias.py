"""What besides merit goes with winning: place, length, kinship with the judge; and whether the judge repeats itself.

All are shares with intervals for which whole items are drawn. Length and kinship may go with merit, so that these raw
figures accuse nobody; `bradley_terry` holds them apart. Place cannot, since the orders are balanced.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from roleinstruct.evaluation.outcomes import Outcomes
from roleinstruct.metrics.bootstrap import Estimate, estimate

__all__ = ["Bias", "bias_of"]

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bias:
    """What goes with winning, for one judge; None where nothing can be said.

    Attributes:
        earlier: Share won by the answer that is shown earlier, ties as halves; 0.5 without a bias.
        flipped: Share of items and pairs of systems for which one order has the opposite winner of the other.
        changed: The same, where a tie in one order and none in the other counts too.
        longer: Share won by the longer answer, where one is longer.
        length: Correlation of winning with the logarithm of the ratio of lengths, -1 to 1.
        own: Share won by the judge's own systems against others.
        repeated: Share of pairs of repeats of one question, for each pair of systems, with the same winner or tie.
    """

    earlier: Estimate
    flipped: Estimate | None
    changed: Estimate | None
    longer: Estimate | None
    length: Estimate | None
    own: Estimate | None
    repeated: Estimate | None


def bias_of(games: Outcomes) -> Bias:
    """Measure what goes with winning.

    Args:
        games: Of one judge.
    """
    won, item = games.win, games.item
    longer = np.sign(games.doublings)
    apart = won - 0.5
    length = np.column_stack([apart * games.doublings, apart**2, games.doublings**2])
    turned = _turned(games)
    return Bias(
        estimate(np.column_stack([won, np.ones(len(won))]), item.tolist(), _ratio),
        _share([winners == {0.0, 1.0} for _, winners in turned], [item for item, _ in turned]),
        _share([len(winners) > 1 for _, winners in turned], [item for item, _ in turned]),
        _share((0.5 + apart * longer)[longer != 0], item[longer != 0]),
        estimate(length, item.tolist(), _correlation) if length[:, 1:].sum(axis=0).all() else None,
        _share((0.5 + apart * games.own)[games.own != 0], item[games.own != 0]),
        _share(*_repeated(games)),
    )


def _turned(games: Outcomes) -> list[tuple[int, set[float]]]:
    """The item, and who wins with one system shown first and who with the other: 1, 0, or 0.5 for nobody.

    One entry an item, pair and repeat that was judged both ways round; where there are several orders each way, the
    majority wins.
    """
    means = _means(
        ((item, first, second, sample), way, win)
        for item, first, second, sample, way, win in zip(*_of_pairs(games), strict=True)
    )
    both = [(int(key[0]), list(ways.values())) for key, ways in means if len(ways) == 2]
    return [(item, {float(np.sign(win - 0.5)) / 2 + 0.5 for win in wins}) for item, wins in both]


def _of_pairs(games: Outcomes) -> tuple[list[float], ...]:
    """Item, the two systems by their numbers, sample, which is shown earlier, and what the first one has won."""
    turned = games.earlier > games.later
    first, second = np.minimum(games.earlier, games.later), np.maximum(games.earlier, games.later)
    win = np.where(turned, 1 - games.win, games.win)
    columns = (games.item, first, second, games.sample, turned, win)
    return tuple(column.tolist() for column in columns)


def _means(
    rows: Iterable[tuple[tuple[float, ...], float, float]],
) -> list[tuple[tuple[float, ...], Mapping[float, float]]]:
    found: dict[tuple[float, ...], dict[float, list[float]]] = defaultdict(lambda: defaultdict(list))
    for key, way, win in rows:
        found[key][way].append(win)
    return [(key, {way: sum(wins) / len(wins) for way, wins in ways.items()}) for key, ways in found.items()]


def _repeated(games: Outcomes) -> tuple[list[bool], list[int]]:
    """Whether two repeats in the same order have the same winner, and the item."""
    asked: dict[tuple[int, ...], dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    columns = (games.item, games.earlier, games.later, games.order, games.sample, games.win)
    for item, earlier, later, order, sample, win in zip(*(column.tolist() for column in columns), strict=True):
        asked[item, earlier, later, order][sample].append(win)
    same, items = list[bool](), list[int]()
    for key, by_sample in asked.items():
        for one, other in combinations(by_sample.values(), 2):
            same.append(one == other)
            items.append(key[0])
    return same, items


def _share(values: Iterable[float], items: Iterable[int]) -> Estimate | None:
    found, groups = np.array(list(values), dtype=np.float64), [int(item) for item in items]
    if not len(found):
        return None
    return estimate(np.column_stack([found, np.ones(len(found))]), groups, _ratio)


def _ratio(sums: Values) -> Values:
    ratio: Values = sums[..., 0] / sums[..., 1]
    return ratio


def _correlation(sums: Values) -> Values:
    """About no difference, so that it does not matter which system of a pair is called the first."""
    together, won, length = np.moveaxis(sums, -1, 0)
    under = np.sqrt(won * length)
    found: Values = np.divide(together, under, out=np.full(under.shape, np.nan), where=under > 0)
    return found
