"""All that verdicts say, in one place: the systems, and how far the judges can be trusted."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

from roleinstruct.evaluation.bias import Bias, bias_of
from roleinstruct.evaluation.bradley_terry import Strengths
from roleinstruct.evaluation.concord import Concord, concord_of, opinion_of_judge, opinion_of_people, self_alpha
from roleinstruct.evaluation.control import controlled, uncontrolled
from roleinstruct.evaluation.outcomes import expect_alike, outcomes_of
from roleinstruct.evaluation.paper import paper_table
from roleinstruct.evaluation.ranking import Meeting, Place, characters_of, meetings_of, places_of
from roleinstruct.evaluation.ratings import Rating
from roleinstruct.evaluation.verdicts import Judge, Verdicts
from roleinstruct.metrics.bootstrap import Estimate

__all__ = ["JudgeReport", "JudgeSummary", "report_of"]


@dataclass(frozen=True, slots=True)
class JudgeSummary:
    """What one judge says, and how it judges.

    Attributes:
        judge: Who, and how it was asked.
        judgements: How many were asked for.
        unscored: How many of them could not be read, by reason.
        places: The systems by mean rank (RoleCraft-GLM, Table 3).
        meetings: Every pair of systems.
        characters: Mean rank by character and system.
        bias: What goes with winning.
        self_alpha: See `concord.self_alpha`.
        raw: Strengths as the rankings have them.
        controlled: Strengths at equal place, length and kinship.
    """

    judge: Judge
    judgements: int
    unscored: Mapping[str, int]
    places: Sequence[Place]
    meetings: Sequence[Meeting]
    characters: Mapping[tuple[str, str], Estimate]
    bias: Bias
    self_alpha: Mapping[str, float]
    raw: Strengths
    controlled: Strengths

    def as_json(self) -> dict[str, Any]:
        """As a JSON document."""
        return {
            "judge": asdict(self.judge),
            "judgements": self.judgements,
            "unscored": dict(self.unscored),
            "systems": [
                {
                    "system": place.system,
                    "rank": place.rank.as_json(),
                    "scores": {part: score.as_json() for part, score in place.scores.items()},
                    "characters": {
                        name: rank.as_json()
                        for (name, system), rank in self.characters.items()
                        if system == place.system
                    },
                }
                for place in self.places
            ],
            "meetings": [{**asdict(one), "share": one.share.as_json()} for one in self.meetings],
            "bias": {
                name: None if getattr(self.bias, name) is None else getattr(self.bias, name).as_json()
                for name in asdict(self.bias)
            },
            "self_alpha": dict(self.self_alpha),
            "raw": asdict(self.raw),
            "controlled": asdict(self.controlled),
        }


@dataclass(frozen=True, slots=True)
class JudgeReport:
    """What one or several judges say.

    Attributes:
        judges: Each by itself.
        pooled: The strengths at equal place, length and kinship by all judges and people together; None where there is
            one judge alone.
        concords: How far every two agree, people being one of them where there are ratings.
    """

    judges: Sequence[JudgeSummary]
    pooled: Strengths | None
    concords: Sequence[Concord]

    def as_json(self) -> dict[str, Any]:
        """As a JSON document."""
        return {
            "judges": [judged.as_json() for judged in self.judges],
            "pooled": None if self.pooled is None else asdict(self.pooled),
            "agreement": [
                {
                    **asdict(one),
                    "winner": None if one.winner is None else one.winner.as_json(),
                    "tau": None if one.tau is None else one.tau.as_json(),
                }
                for one in self.concords
            ],
            "paper": {"mean_rank": paper_table(3).column("mean_rank"), "comparable": False},
        }


def report_of(files: Sequence[Verdicts], people: Sequence[Rating] = ()) -> JudgeReport:
    """Say all that verdicts say.

    Args:
        files: Of one judge each, on the same answers.
        people: Scores that people gave to some of these answers.

    Raises:
        ConfigError: See `outcomes.expect_alike`.
        RecordError: A judge has said nothing that could be read.
    """
    expect_alike(files)
    opinions = [opinion_of_judge(file) for file in files]
    if people:
        opinions.append(opinion_of_people(people))
    return JudgeReport(
        [_judged(file) for file in files],
        controlled(files, people) if len(files) > 1 or people else None,
        [concord_of(one, other) for one, other in combinations(opinions, 2)],
    )


def _judged(file: Verdicts) -> JudgeSummary:
    games, rows = outcomes_of([file]), file.scored  # the games first: they say whose words could not be read
    return JudgeSummary(
        file.judge,
        len(file.rows),
        file.unscored,
        places_of(rows),
        meetings_of(rows),
        characters_of(rows),
        bias_of(games),
        self_alpha(rows),
        uncontrolled([file]),
        controlled([file]),
    )
