"""All sheets that came back, put together: ratings by name of the system, and whatever is missing or wrong."""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from roleinstruct.errors import ConfigError, RecordError, SourceError
from roleinstruct.evaluation.human.dimensions import DIMENSIONS
from roleinstruct.evaluation.human.key import Key
from roleinstruct.evaluation.human.reading import Mark, Misread, Note, read_sheet
from roleinstruct.evaluation.ratings import Rating, read_ratings
from roleinstruct.files import whole

__all__ = ["Collected", "KeyedRating", "collect", "expect_free", "ratings_of", "write_ratings"]


@dataclass(frozen=True, slots=True)
class KeyedRating:
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
        notes: What they wrote beside answers.
    """

    ratings: tuple[KeyedRating, ...]
    raters: tuple[str, ...]
    missing: Counter[str]
    absent: tuple[str, ...]
    problems: tuple[Misread, ...]
    systems: tuple[str, ...]
    answers: int
    notes: tuple[Note, ...]


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
    notes: dict[Note, None] = {}
    for found in (found for path in paths for found in read_sheet(path, key)):
        if isinstance(found, Misread):
            problems.append(found)
        elif isinstance(found, Note):
            notes[found] = None
        elif found.score is not None:
            problems.extend(_take(given, found, found.score))
    raters = sorted({rater for _, _, rater in given})
    kept = _kept(raters, without)
    ratings = tuple(
        KeyedRating(answer, entry.item, entry.systems, dimension.name, rater, given[answer, dimension.name, rater])
        for answer, entry in key.answers.items()
        for dimension in DIMENSIONS
        for rater in kept
        if (answer, dimension.name, rater) in given
    )
    if not ratings:
        unread = f" ({len(problems):,} rows or cells cannot be read, the first: {problems[0]})" if problems else ""
        files = ", ".join(path.name for path in paths)
        raise RecordError(f"there is no score in {files}{unread}: name sheets that people have filled.")
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
        tuple(note for note in notes if note.rater in kept),
    )


def ratings_of(collected: Collected) -> list[Rating]:
    """The scores by system; those of words that two systems said are a rating of each."""
    return [
        Rating(one.item, system, one.dimension, one.rater, one.score)
        for one in collected.ratings
        for system in one.systems
    ]


def expect_free(path: Path, inputs: Sequence[Path]) -> None:
    """See to it that ratings may be written to a file, so that nobody's work is lost.

    Args:
        path: Where ratings are to go.
        inputs: The sheets and the key.

    Raises:
        ConfigError: It is one of the inputs, or holds something else than ratings.
    """
    if not path.exists():
        return
    if any(path.samefile(one) for one in inputs if one.exists()):
        raise ConfigError(f"{path} is read here, and would be lost under the ratings: choose another --out.")
    try:
        if path.stat().st_size:
            read_ratings(path)
    except SourceError as error:
        raise ConfigError(f"{path} is there and is no file of ratings ({error}): choose another --out.") from error


def write_ratings(collected: Collected, path: Path) -> None:
    """Write them as JSON Lines, as `ratings.read_ratings` reads them."""
    with whole(path) as file:
        for rating in ratings_of(collected):
            file.write((json.dumps(asdict(rating), ensure_ascii=False) + "\n").encode())


def _kept(raters: Sequence[str], without: Collection[str]) -> tuple[str, ...]:
    """Those who are not left out."""
    if unknown := sorted(set(without) - set(raters)):
        raise RecordError(f"there is no rater {unknown[0]!r} to leave out; there are {', '.join(raters) or 'none'}.")
    kept = tuple(rater for rater in raters if rater not in without)
    if raters and not kept:
        raise RecordError(f"the files hold scores of {', '.join(raters)} alone, who are left out: add another's sheet.")
    return kept


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
