"""Verdicts as games between two systems: who won, whose answer was shown earlier, and whose was longer."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import log2
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from roleinstruct.errors import ConfigError, RecordError
from roleinstruct.evaluation.ratings import Rating
from roleinstruct.evaluation.verdicts import Verdicts

__all__ = ["Outcomes", "expect_alike", "outcomes_of", "with_people"]

Values = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Games in columns of one length; each is between the system that was shown earlier and one that was shown later.

    Attributes:
        systems: Names; the columns have their numbers.
        judges: Names of the judges, likewise.
        items: Ids of the items, likewise.
        item: Of the game.
        judge: Of the game; -1 for people.
        order: A number for the order in which the item's answers were shown.
        sample: Which repeat.
        earlier: The system that was shown earlier.
        later: The other.
        win: 1 where the earlier one was ranked higher, 0 where it was ranked lower, 0.5 where both tie.
        doublings: How many times the earlier answer is twice as long: log2 of the ratio of tokens, each plus one.
        own: 1 where only the earlier one is the judge's own, -1 where only the later one is, else 0.
    """

    systems: tuple[str, ...]
    judges: tuple[str, ...]
    items: tuple[str, ...]
    item: Numbers
    judge: Numbers
    order: Numbers
    sample: Numbers
    earlier: Numbers
    later: Numbers
    win: Values
    doublings: Values
    own: Values


def outcomes_of(files: Sequence[Verdicts]) -> Outcomes:
    """The games of one or several judges; what is unscored makes none.

    Raises:
        ConfigError: See `expect_alike`.
        RecordError: No judgement could be read.
    """
    expect_alike(files)
    systems = tuple(sorted(files[0].judge.systems))
    number = {name: place for place, name in enumerate(systems)}
    items: dict[str, int] = {}
    orders: dict[tuple[str, ...], int] = {}
    rows: list[tuple[float, ...]] = []
    for judge, file in enumerate(files):
        own = set(file.judge.own)
        for verdict in file.scored:
            item = items.setdefault(verdict.id, len(items))
            order = orders.setdefault(verdict.order, len(orders))
            for a, b in combinations(verdict.order, 2):
                win = 0.5 + 0.5 * float(np.sign(verdict.ranks[b] - verdict.ranks[a]))
                doublings = log2((verdict.lengths[a] + 1) / (verdict.lengths[b] + 1))
                mine = (a in own) - (b in own)
                rows.append((item, judge, order, verdict.sample, number[a], number[b], win, doublings, mine))
    if not rows:
        raise RecordError(_nothing_said(files[0]))
    table = np.array(rows)
    whole = table[:, :6].astype(np.int64).T
    return Outcomes(systems, tuple(f.judge.judge for f in files), tuple(items), *whole, *table[:, 6:].T)


def with_people(games: Outcomes, ratings: Sequence[Rating]) -> Outcomes:
    """The games, and those that people's scores make: one for each rater, item and pair of systems.

    A rater prefers the answer whose mean score over dimensions is higher. For people nothing counts but the answers:
    they see them in an order of their own, and none is their own kin.

    Args:
        games: Of judges.
        ratings: Those of other items and systems are passed over.
    """
    scores: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for one in ratings:
        if one.item in games.items and one.system in games.systems:
            scores[one.item, one.rater][one.system].append(one.score)
    rows = [
        (games.items.index(item), games.systems.index(a), games.systems.index(b), np.sign(fmean(x) - fmean(y)))
        for (item, _), by_system in scores.items()
        for (a, x), (b, y) in combinations(by_system.items(), 2)
    ]
    item, first, second, sign = np.array(rows, dtype=np.float64).reshape(-1, 4).T
    nobody, nothing = np.full(len(rows), -1), np.zeros(len(rows))
    return replace(
        games,
        item=np.append(games.item, item.astype(np.int64)),
        judge=np.append(games.judge, nobody),
        order=np.append(games.order, nobody),
        sample=np.append(games.sample, nobody),
        earlier=np.append(games.earlier, first.astype(np.int64)),
        later=np.append(games.later, second.astype(np.int64)),
        win=np.append(games.win, 0.5 + sign / 2),
        doublings=np.append(games.doublings, nothing),
        own=np.append(games.own, nothing),
    )


def _nothing_said(file: Verdicts) -> str:
    said = next((" ".join(row.said.split())[:120] for row in file.rows if row.said), "")
    where = f" in {file.path}" if file.path.name else ""
    example = f", such as {said!r}" if said else ""
    return (
        f"no judgement of {file.judge.judge}{where} could be read{example}, so that there is nothing to rank: ask "
        "another model to judge."
    )


def expect_alike(files: Sequence[Verdicts]) -> None:
    """Check that judges can be set side by side.

    Raises:
        ConfigError: There is none, two have one name, or they judged other systems, items or by another prompt.
    """
    if not files:
        raise ConfigError("there are no verdicts: give one file or more.")
    first = files[0].judge
    names = [file.judge.judge for file in files]
    if len(set(names)) < len(names):
        raise ConfigError(f"the judges are {', '.join(names)}; give each another name with --judge-name.")
    for other in (file.judge for file in files[1:]):
        for what, mine, theirs in (
            ("systems", sorted(first.systems), sorted(other.systems)),
            ("items", first.items[:12], other.items[:12]),
            ("prompt", first.prompt_sha256[:12], other.prompt_sha256[:12]),
        ):
            if mine != theirs:
                raise ConfigError(
                    f"{first.judge} and {other.judge} differ in the {what}: {mine} and {theirs}; give verdicts on the "
                    "same answers."
                )
