"""Scores that people gave to answers, as rows: what judges are held against.

    {"item": "spe-郝建国-qa-00012", "system": "hao", "dimension": "consistency", "rater": "wang", "score": 4}

A file of JSON Lines; further keys are passed over.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from roleinstruct.errors import SourceError

__all__ = ["Rating", "read_ratings"]


@dataclass(frozen=True, slots=True)
class Rating:
    """One score.

    Attributes:
        item: The item's id in the benchmark.
        system: Whose answer it is.
        dimension: What is scored.
        rater: Who scores.
        score: 1 to 5, the higher the better.
    """

    item: str
    system: str
    dimension: str
    rater: str
    score: float


def read_ratings(path: Path) -> list[Rating]:
    """Read a file of ratings.

    Raises:
        SourceError: The file cannot be read, a line is no rating, or there is none.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise SourceError(f"{path} cannot be read ({why}); expected a file of ratings.") from error
    found: list[Rating] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                row = _Row.model_validate_json(line)
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(map(str, first["loc"])) or "the line"
                raise SourceError(
                    f"{path}:{number} is no rating ({where}: {first['msg']}); expected an object with item, system, "
                    "dimension, rater and score, 1 to 5."
                ) from error
            found.append(Rating(**dict(row)))
    if not found:
        raise SourceError(f"{path} holds no rating; expected one a line.")
    return found


class _Row(BaseModel):
    item: str
    system: str
    dimension: str
    rater: str
    score: Annotated[float, Field(ge=1, le=5, allow_inf_nan=False)]
