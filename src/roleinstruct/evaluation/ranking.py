"""What verdicts say of the systems: mean ranks (the paper's Table 3), mean scores, and who beats whom how often."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

import numpy as np

from roleinstruct.errors import RecordError
from roleinstruct.evaluation.rubric import DIMENSIONS
from roleinstruct.evaluation.verdicts import Verdict
from roleinstruct.metrics.bootstrap import Estimate, estimate

__all__ = ["Meeting", "Place", "by_item", "characters_of", "meetings_of", "places_of"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a system stands.

    Attributes:
        system: Its name.
        rank: The mean over items of its mean rank on the item; 1 is the best.
        scores: By dimension, the mean over items, 1 to 5.
    """

    system: str
    rank: Estimate
    scores: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two systems in all judgements.

    Attributes:
        first: One.
        second: The other.
        won: Judgements that rank the first higher.
        tied: Judgements that rank both alike.
        lost: Judgements that rank the second higher.
        share: What the first has won, a tie being a half, 0 to 1.
    """

    first: str
    second: str
    won: int
    tied: int
    lost: int
    share: Estimate


def places_of(verdicts: Sequence[Verdict]) -> list[Place]:
    """The systems by mean rank, the best first; items count the same however many judgements of them could be read.

    Args:
        verdicts: Those that are scored.

    Raises:
        RecordError: There is none.
    """
    if not verdicts:
        raise RecordError("no judgement could be read, so that there is nothing to rank: see what the judge said.")
    means: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for (item, system, part), value in by_item(verdicts).items():
        means[system, part][item] = value
    places = [
        Place(system, _mean(means[system, "rank"]), {part: _mean(means[system, part]) for part in DIMENSIONS})
        for system in sorted(verdicts[0].order)
    ]
    return sorted(places, key=lambda place: place.rank.value)


def by_item(verdicts: Sequence[Verdict]) -> dict[tuple[str, str, str], float]:
    """The mean over judgements by item, system, and "rank" or a dimension."""
    found: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for verdict in verdicts:
        for system in verdict.order:
            found[verdict.id, system, "rank"].append(verdict.ranks[system])
            for dimension in DIMENSIONS:
                found[verdict.id, system, dimension].append(verdict.scores[system][dimension])
    return {key: fmean(values) for key, values in found.items()}


def meetings_of(verdicts: Sequence[Verdict]) -> list[Meeting]:
    """Every pair of systems, in alphabetical order.

    Args:
        verdicts: Those that are scored, one or more.
    """
    found = []
    for first, second in combinations(sorted(verdicts[0].order), 2):
        signs = np.array([np.sign(one.ranks[second] - one.ranks[first]) for one in verdicts])
        won, tied, lost = (int((signs == sign).sum()) for sign in (1, 0, -1))
        parts = np.column_stack([0.5 + signs / 2, np.ones(len(signs))])
        share = estimate(parts, [one.id for one in verdicts], lambda sums: sums[..., 0] / sums[..., 1])
        found.append(Meeting(first, second, won, tied, lost, share))
    return found


def characters_of(verdicts: Sequence[Verdict]) -> dict[tuple[str, str], Estimate]:
    """The mean rank by character and system."""
    whose = {verdict.id: verdict.character for verdict in verdicts}
    groups: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for (item, system, part), value in by_item(verdicts).items():
        if part == "rank":
            groups[whose[item], system][item] = value
    return {key: _mean(values) for key, values in sorted(groups.items())}


def _mean(values: Mapping[str, float]) -> Estimate:
    """The mean over items, these being drawn."""
    parts = np.column_stack([list(values.values()), np.ones(len(values))])
    groups: list[Hashable] = list(values)
    return estimate(parts, groups, lambda sums: sums[..., 0] / sums[..., 1])
