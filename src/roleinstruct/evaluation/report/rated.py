"""People in a report: the paper's Table 4 with intervals, and how well those who rated agree."""

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from roleinstruct.errors import RecordError
from roleinstruct.evaluation.answers import Answers
from roleinstruct.evaluation.human.collecting import Collected, KeyedRating
from roleinstruct.evaluation.human.dimensions import DIMENSIONS, SCALE
from roleinstruct.evaluation.human.standings import AVERAGE, COLUMNS
from roleinstruct.evaluation.paper import paper_table
from roleinstruct.evaluation.ratings import Rating
from roleinstruct.evaluation.report.cells import NOTHING, figure, number, word
from roleinstruct.evaluation.report.charts import Panel, interval_plot
from roleinstruct.evaluation.report.document import Cell, Chart, Grid, Section
from roleinstruct.evaluation.report.scores import published

__all__ = ["collected_of", "people_section"]


def collected_of(ratings: Sequence[Rating], systems: Sequence[Answers]) -> Collected:
    """Ratings as they came back from sheets: two systems that answer an item in the same words have one rating.

    Args:
        ratings: By system.
        systems: Whose answers were rated.

    Raises:
        RecordError: A dimension is none of those on the sheets, a score is not 1 to 5, or one rater gave one answer
            two scores.
    """
    texts = {one.system: one.texts for one in systems}
    owners: dict[str, dict[str, None]] = {}
    given: dict[tuple[str, str, str, str], int] = {}
    for one in ratings:
        answer = _answer(one, texts.get(one.system, {}))
        owners.setdefault(answer, {})[one.system] = None
        score = given.setdefault((answer, one.item, one.dimension, one.rater), _score(one))
        if score != one.score:
            raise RecordError(
                f"{one.rater} gave the answer of {one.system} to {one.item} a {score} and a {one.score:g} for "
                f"{one.dimension}: keep one of the two."
            )
    rows = tuple(
        KeyedRating(answer, item, tuple(owners[answer]), dimension, rater, score)
        for (answer, item, dimension, rater), score in given.items()
    )
    raters = tuple(sorted({row.rater for row in rows}))
    counts, asked = Counter(row.rater for row in rows), len(owners) * len(DIMENSIONS)
    missing = Counter({rater: asked - counts[rater] for rater in raters})
    names = tuple(dict.fromkeys([one.system for one in systems] + [one.system for one in ratings]))
    rated = {one.system for one in ratings}
    return Collected(rows, raters, missing, (), (), tuple(n for n in names if n in rated), len(owners), ())


def people_section(outcome: Mapping[str, Any]) -> Section:
    """What people gave.

    Args:
        outcome: As `human.outcome.outcome` makes it.
    """
    drawn = " and ".join(outcome["drawn"])
    flagged = [row["rater"] for row in outcome["raters"] if row["flagged"]]
    lead = (
        f"{outcome['ratings']:,} scores by {len(outcome['raters']):,} people on {outcome['answers']:,} answers to "
        f"{outcome['items']:,} items, 1 to 5; the 95 % intervals draw {drawn} anew. "
        + (f"In agreement with nobody: {', '.join(flagged)}." if flagged else "Nobody disagrees with all others.")
    )
    blocks: list[Grid | Chart] = [_systems(outcome), _chart(outcome)]
    if outcome["differences"]:
        blocks.append(_differences(outcome))
    if len(outcome["raters"]) > 1:
        blocks += [_agreement(outcome), _raters(outcome)]
    blocks.append(published(paper_table(4), dict(_HEADS), 2))
    return Section("people", "Rated by people", lead, blocks)


_HEADS = {AVERAGE: "Avg"} | {dimension.name: dimension.short for dimension in DIMENSIONS}

_MEASURES = {
    "krippendorff_alpha_ordinal": "alpha",
    "icc_2_1": "ICC(2,1)",
    "icc_2_k": "ICC(2,k)",
    "fleiss_kappa": "Fleiss",
}


def _answer(one: Rating, texts: Mapping[str, str]) -> str:
    """An id for the words that were rated; of a system whose answers are not here, of the system."""
    text = texts.get(one.item, f"\0{one.system}").strip()
    return blake2b(f"{one.item}\n{text}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _score(one: Rating) -> int:
    if one.dimension not in _HEADS or one.dimension == AVERAGE:
        names = ", ".join(dimension.name for dimension in DIMENSIONS)
        raise RecordError(
            f"{one.rater} rated {one.item} for {one.dimension!r}; expected {names}, as humans collect has."
        )
    if one.score not in SCALE:
        raise RecordError(f"{one.rater} gave {one.item} a {one.score:g} for {one.dimension}; expected 1, 2, 3, 4 or 5.")
    return int(one.score)


def _cell(found: Mapping[str, Any] | None, places: int = 2) -> Cell:
    if found is None:
        return NOTHING
    low, high = found["interval"]
    return figure(found["value"], (low, high), places=places, n=found.get("n"))


def _systems(outcome: Mapping[str, Any]) -> Grid:
    rows = []
    for row in outcome["systems"]:
        found = [row.get(column) for column in COLUMNS]
        rows.append([word(row["system"]), *map(_cell, found), number(sum(one["n"] for one in found[1:] if one))])
    return Grid(
        "The shape of the paper's Table 4",
        ("system", *_HEADS.values(), "n, scores"),
        rows,
        "CE: communication effectiveness; Cons.: consistency; ED: expressive diversity.",
    )


def _chart(outcome: Mapping[str, Any]) -> Chart:
    rows = outcome["systems"]
    panels = [Panel(head, [_cell(row.get(column)) for row in rows]) for column, head in _HEADS.items()]
    return interval_plot("Scores by people", [row["system"] for row in rows], panels, (1, 5))


def _differences(outcome: Mapping[str, Any]) -> Grid:
    rows = [
        [
            word(f"{row['first']} – {row['second']}"),
            word(_HEADS[row["column"]]),
            figure(row["value"], tuple(row["interval"]), places=2, sign=True, mark="*" * (row["interval"][0] > 0)),
        ]
        for row in outcome["differences"]
    ]
    note = "The same people on the same items; * where the interval leaves 0 out, not corrected for the number of rows."
    return Grid("Who is ahead", ("ahead – behind", "in", "by"), rows, note, "folded" if len(rows) > 8 else "")


def _agreement(outcome: Mapping[str, Any]) -> Grid:
    rows = [
        [
            word(_HEADS[name]),
            *(_cell(found[measure]) for measure in _MEASURES),
            number(found["shared"]),
            number(found["complete"]),
        ]
        for name, found in outcome["agreement"].items()
    ]
    return Grid(
        "Do people agree?",
        ("", *_MEASURES.values(), "rated by two or more", "rated by all"),
        rows,
        "Alpha (Krippendorff's, ordinal) is over the answers that two or more have rated, the others over those that "
        "all have. 1 is perfect, 0 what chance makes.",
    )


def _raters(outcome: Mapping[str, Any]) -> Grid:
    rows = [
        [
            word(row["rater"] + (" (!)" if row["flagged"] else "")),
            number(row["ratings"]),
            number(row["missing"]),
            _cell(row["correlation"]),
            *(figure(row["means"].get(dimension.name), places=2) for dimension in DIMENSIONS),
            *(figure(row["alpha_without"].get(dimension.name), places=2) for dimension in DIMENSIONS),
        ]
        for row in outcome["raters"]
    ]
    shorts = [dimension.short for dimension in DIMENSIONS]
    head = (
        "rater",
        "given",
        "missing",
        "correlation",
        *(f"mean {s}" for s in shorts),
        *(f"alpha w/o {s}" for s in shorts),
    )
    return Grid(
        "Each rater beside the others",
        head,
        rows,
        "Correlation with the mean of the others; alpha w/o: of the others alone. (!): agrees with nobody.",
    )
