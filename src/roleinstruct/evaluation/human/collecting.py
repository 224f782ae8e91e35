"""All sheets that came back, put together: ratings by name of the system, and whatever is missing or wrong."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from roleinstruct.errors import RecordError
from roleinstruct.evaluation.human.dimensions import DIMENSIONS
from roleinstruct.evaluation.human.key import Key
from roleinstruct.evaluation.human.reading import Mark, Misread, read_sheet
from roleinstruct.files import whole

__all__ = ["Collected", "Rating", "collect", "rating_rows", "write_ratings"]


@dataclass(frozen=True, slots=True)
class Rating:
    """One score, with what the key says of it.

    Attributes:
        answer: The answer's id.
        item: The item's id in the benchmark.
        systems: Whose answer it is.
        dimension: Its name.
        rater: Who gave it.
        score: 1 to 5.
    """

    answer: str
    item: str
    systems: tuple[str, ...]
    dimension: str
    rater: str
    score: int


@dataclass(frozen=True, slots=True)
class Collected:
    """What came back.

    Attributes:
        ratings: By answer in the order of the key, then dimension, then rater.
        raters: Everybody who gave a score, by name.
        missing: By rater, the scores that were asked for and not given.
        absent: Raters who were given a sheet, and of whom nothing came back.
        problems: Rows and cells that count for nothing.
        systems: In the order of the key.
        answers: How many were to be rated.
    """

    ratings: tuple[Rating, ...]
    raters: tuple[str, ...]
    missing: Counter[str]
    absent: tuple[str, ...]
    problems: tuple[Misread, ...]
    systems: tuple[str, ...]
    answers: int


def collect(paths: Sequence[Path], key: Key, *, without: Collection[str] = ()) -> Collected:
    """Read sheets and put the systems' names to them.

    Args:
        paths: Filled sheets; a person may have handed in several.
        key: Of the study.
        without: Raters to leave out.

    Raises:
        SourceError: A file is no sheet.
        RecordError: There is no score at all, or nobody of a name that is to be left out.
    """
    given: dict[tuple[str, str, str], int] = {}
    problems: list[Misread] = []
    for found in (found for path in paths for found in read_sheet(path, key)):
        if isinstance(found, Misread):
            problems.append(found)
        elif found.score is not None:
            problems.extend(_take(given, found, found.score))
    raters = sorted({rater for _, _, rater in given})
    if unknown := sorted(set(without) - set(raters)):
        raise RecordError(f"there is no rater {unknown[0]!r} to leave out; there are {', '.join(raters) or 'none'}.")
    kept = tuple(rater for rater in raters if rater not in without)
    ratings = tuple(
        Rating(answer, entry.item, entry.systems, dimension.name, rater, given[answer, dimension.name, rater])
        for answer, entry in key.answers.items()
        for dimension in DIMENSIONS
        for rater in kept
        if (answer, dimension.name, rater) in given
    )
    if not ratings:
        raise RecordError(
            f"there is no score in {', '.join(path.name for path in paths)}"
            + (f" ({len(problems):,} rows or cells could not be read, the first: {problems[0]})" if problems else "")
            + ": name sheets that people have filled."
        )
    asked = len(key.answers) * len(DIMENSIONS)
    counted = Counter(rating.rater for rating in ratings)
    return Collected(
        ratings,
        kept,
        Counter({rater: asked - counted[rater] for rater in kept}),
        tuple(rater for rater in key.raters if rater not in raters),
        tuple(problems),
        tuple(key.systems),
        len(key.answers),
    )


def rating_rows(collected: Collected) -> Iterator[dict[str, str | int]]:
    """Rows for other programs: item, system, dimension, rater, score; words of two systems are a row of each."""
    for rating in collected.ratings:
        for system in rating.systems:
            yield {
                "item": rating.item,
                "system": system,
                "dimension": rating.dimension,
                "rater": rating.rater,
                "score": rating.score,
            }


def write_ratings(collected: Collected, path: Path) -> None:
    """Write the rows as JSON Lines."""
    with whole(path) as file:
        for row in rating_rows(collected):
            file.write((json.dumps(row, ensure_ascii=False) + "\n").encode())


def _take(given: dict[tuple[str, str, str], int], mark: Mark, score: int) -> list[Misread]:
    """Take a score, or say why not: the first one of a person stays."""
    before = given.setdefault((mark.answer, mark.dimension, mark.rater), score)
    if before == score:
        return []
    return [
        Misread(
            mark.place,
            f"{mark.dimension}: {mark.rater} has given {mark.answer} a {before} before and a {score} here; expected "
            "one score, and the first one stays",
        )
    ]
