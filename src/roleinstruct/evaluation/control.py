"""The strengths of systems with and without what a judge favours besides merit."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from roleinstruct.evaluation.bradley_terry import Strengths, bradley_terry
from roleinstruct.evaluation.outcomes import Outcomes, outcomes_of, with_people
from roleinstruct.evaluation.ratings import Rating
from roleinstruct.evaluation.verdicts import Verdicts

__all__ = ["controlled", "uncontrolled"]

Values = NDArray[np.float64]


def uncontrolled(files: Sequence[Verdicts]) -> Strengths:
    """Strengths as the rankings have them.

    Raises:
        ConfigError: See `outcomes.expect_alike`.
        RecordError: No judgement could be read.
    """
    games = outcomes_of(files)
    return bradley_terry(games.systems, games.earlier, games.later, games.win, games.item)


def controlled(files: Sequence[Verdicts], people: Sequence[Rating] = ()) -> Strengths:
    """Strengths at equal place, length and kinship.

    The covariates are "place" (log odds of being shown earlier), "length" (log odds of being twice as long) and "self"
    (log odds of being the judge's own); with several judges each has its own, as in "place (judge)". What one judge
    favours of its own cannot be told from strength by that judge alone: it takes another judge whose own it is not, or
    people.

    Args:
        files: Of one judge each.
        people: Scores that people gave to some of the answers; see `outcomes.with_people`.

    Raises:
        ConfigError: See `outcomes.expect_alike`.
        RecordError: No judgement could be read.
    """
    games = with_people(outcomes_of(files), people)
    return bradley_terry(games.systems, games.earlier, games.later, games.win, games.item, _covariates(games))


def _covariates(games: Outcomes) -> dict[str, Values]:
    found: dict[str, Values] = {}
    columns = {"place": np.ones(len(games.win)), "length": games.doublings, "self": games.own}
    for name, column in columns.items():
        for number, judge in enumerate(games.judges):
            of_judge: Values = np.where(games.judge == number, column, 0.0)
            if name != "self" or of_judge.any():
                found[name if len(games.judges) == 1 else f"{name} ({judge})"] = of_judge
    return found
