"""The strengths of systems with and without what a judge favours besides merit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from roleinstruct.evaluation.bradley_terry import Strengths, bradley_terry
from roleinstruct.evaluation.outcomes import Outcomes, outcomes_of, with_people
from roleinstruct.evaluation.ratings import Rating
from roleinstruct.evaluation.verdicts import Verdicts

__all__ = ["controlled", "odds_of", "uncontrolled"]

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
    people. Where length or place alone says who wins, or goes with the systems, strength cannot be told from it: then
    no lead is decided.

    Args:
        files: Of one judge each.
        people: Scores that people gave to some of the answers; see `outcomes.with_people`.

    Raises:
        ConfigError: See `outcomes.expect_alike`.
        RecordError: No judgement could be read.
    """
    games = with_people(outcomes_of(files), people)
    told = _covariates(games)
    found = bradley_terry(games.systems, games.earlier, games.later, games.win, games.item, told)
    if _is_told(games, told, found):
        return found
    return replace(found, leads=tuple(replace(lead, p=1.0) for lead in found.leads), is_told=False)


def odds_of(name: str) -> str:
    """What a covariate of `controlled` is, in words, with the judge where it has one: "place (judge)"."""
    kind, _, judge = name.partition(" ")
    return f"log odds of {_ODDS[kind]}" + (f", {judge}" if judge else "")


def _is_told(games: Outcomes, told: Mapping[str, Values], found: Strengths) -> bool:
    """Whether somebody's games tell strength from place and length."""
    lost = [name for name in found.untold if told[name].any()]
    mixed = [told[name] for name in (*lost, *found.endless) if not name.startswith("self")]
    blurred = {int(number) for column in mixed for number in games.judge[column != 0]}
    return not set(games.judge.tolist()) <= blurred


def _covariates(games: Outcomes) -> dict[str, Values]:
    found: dict[str, Values] = {}
    columns = {"place": np.ones(len(games.win)), "length": games.doublings, "self": games.own}
    for name, column in columns.items():
        for number, judge in enumerate(games.judges):
            of_judge: Values = np.where(games.judge == number, column, 0.0)
            if name != "self" or of_judge.any():
                found[name if len(games.judges) == 1 else f"{name} ({judge})"] = of_judge
    return found


_ODDS = {
    "place": "winning for being shown earlier",
    "length": "winning for each doubling of length",
    "self": "winning for being the judge's own",
}
