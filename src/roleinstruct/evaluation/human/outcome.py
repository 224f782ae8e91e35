"""All that is to be said of a study, as one JSON document."""

from typing import Any

from roleinstruct.evaluation.human.agreeing import Concord, RaterCheck, agree, check_raters
from roleinstruct.evaluation.human.collecting import Collected
from roleinstruct.evaluation.human.standings import COLUMNS, Mean, stand
from roleinstruct.evaluation.paper import paper_table
from roleinstruct.metrics.bootstrap import Estimate

__all__ = ["outcome"]


def outcome(collected: Collected, seed: int = 0) -> dict[str, Any]:
    """Means, differences, agreement and raters.

    Args:
        collected: The ratings.
        seed: Of all intervals.
    """
    standings = stand(collected, seed=seed)
    return {
        "items": standings.items,
        "answers": collected.answers,
        "ratings": len(collected.ratings),
        "drawn": list(standings.drawn),
        "systems": [
            {"system": system, **{column: _mean(means[column]) for column in COLUMNS if column in means}}
            for system, means in standings.means.items()
        ],
        "differences": [
            {
                "first": one.first,
                "second": one.second,
                "column": one.column,
                "value": round(one.value, 6),
                "interval": [round(one.low, 6), round(one.high, 6)],
            }
            for one in standings.differences
        ],
        "agreement": {name: _concord(found) for name, found in agree(collected, seed=seed).items()},
        "raters": [_rater(check) for check in check_raters(collected, seed=seed)],
        "notes": _notes(collected),
        "absent": list(collected.absent),
        "problems": [{"place": str(one.place), "reason": one.reason} for one in collected.problems],
        "paper_table_4": paper_table(4).as_json(),
    }


def _notes(collected: Collected) -> list[dict[str, Any]]:
    """What raters wrote, with the question and the systems whose answer it is about."""
    about = {rating.answer: (rating.item, list(rating.systems)) for rating in collected.ratings}
    return [
        {"rater": note.rater, "item": item, "systems": systems, "note": note.text}
        for note in collected.notes
        for item, systems in [about.get(note.answer, ("", []))]
    ]


def _mean(mean: Mean) -> dict[str, Any]:
    return {"value": round(mean.value, 6), "interval": [round(mean.low, 6), round(mean.high, 6)], "n": mean.n}


def _concord(found: Concord) -> dict[str, Any]:
    return {
        "krippendorff_alpha_ordinal": _estimate(found.alpha),
        "icc_2_1": _estimate(found.icc),
        "icc_2_k": _estimate(found.icc_mean),
        "fleiss_kappa": _estimate(found.fleiss),
        "shared": found.shared,
        "complete": found.complete,
    }


def _rater(check: RaterCheck) -> dict[str, Any]:
    return {
        "rater": check.rater,
        "ratings": check.ratings,
        "missing": check.missing,
        "means": {name: round(mean, 6) for name, mean in check.means.items()},
        "same": list(check.same),
        "correlation": _estimate(check.correlation),
        "alpha_without": {name: round(value, 6) for name, value in check.alpha_without.items()},
        "flagged": check.flagged,
    }


def _estimate(found: Estimate | None) -> dict[str, Any] | None:
    return found.as_json() if found else None
