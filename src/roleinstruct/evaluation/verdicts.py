"""What a judge said, in a file of JSON Lines: who judged what and how in the first line, then one judgement a line.

{"judge": "gpt-4o", "model": "gpt-4o-2024-08-06", "prompt_sha256": "…", "systems": {"base": "glm-4-9b", …}, …}
{"id": "spe-郝建国-qa-00012", "sample": 0, "order": ["base", "hao"], "ranks": {"base": 2, "hao": 1}, …}
{"id": "spe-郝建国-qa-00013", "sample": 0, "order": ["hao", "base"], "unscored": "unreadable_reply", …}

Nothing in it depends on when or how often the judge was run: the same journal makes the same bytes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from roleinstruct.errors import SourceError
from roleinstruct.files import whole

__all__ = ["Judge", "Verdict", "Verdicts", "read_verdicts", "write_verdicts"]


@dataclass(frozen=True, slots=True)
class Judge:
    """Who judged, what, and how.

    Attributes:
        judge: A name for it.
        model: The model, as it was asked for.
        prompt_sha256: See `rubric.digest_of_rubric`.
        date: When the first reply came, in UTC: "2026-11-21T08:00:00Z"; "" where nothing was said.
        systems: The model of each judged system by its name, "" where its answers do not say.
        own: Systems that are the judge's own model or of its family.
        items: The digest of the items, see `items.digest_of`.
        orders: "2" or "all", see `orders.orders_of`.
        repeats: How often each question was asked.
        parameters: Of the server.
        answered_by: The models that the server says have replied.
        requests: Replies that the verdicts rest on, those that could not be read included.
        prompt_tokens: Tokens sent.
        completion_tokens: Tokens received.
        usd: What they cost; None where nobody knows the price.
    """

    judge: str
    model: str
    prompt_sha256: str
    date: str
    systems: Mapping[str, str]
    own: tuple[str, ...]
    items: str
    orders: str
    repeats: int
    parameters: Mapping[str, Any] = field(default_factory=dict)
    answered_by: tuple[str, ...] = ()
    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judgement of the answers to one item.

    Attributes:
        id: The item.
        character: Whom it was put to.
        sample: Which of several judgements in the same order.
        order: The systems as their answers were shown, the first one first.
        lengths: Tokens of each system's answer, by the tokenizer "char" of `metrics`.
        ranks: By system, 1 for the best; those that tie share the mean of their places. {} if it is unscored.
        scores: By system and dimension, 1 to 5.
        reasons: By system and dimension, in the judge's words.
        unscored: Why there is none, as `Failed` has it, or "".
        said: What the judge said that could not be read, or what happened.
    """

    id: str
    character: str
    sample: int
    order: tuple[str, ...]
    lengths: Mapping[str, int]
    ranks: Mapping[str, float] = field(default_factory=dict)
    scores: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    reasons: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    unscored: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """A file of verdicts.

    Attributes:
        judge: Its first line.
        rows: The others.
        path: The file.
    """

    judge: Judge
    rows: tuple[Verdict, ...]
    path: Path = field(default=Path(), compare=False)

    @property
    def scored(self) -> tuple[Verdict, ...]:
        """The judgements that could be read."""
        return tuple(row for row in self.rows if not row.unscored)

    @property
    def unscored(self) -> dict[str, int]:
        """How many could not, by reason."""
        found: dict[str, int] = {}
        for row in self.rows:
            if row.unscored:
                found[row.unscored] = found.get(row.unscored, 0) + 1
        return found


def write_verdicts(path: Path, judge: Judge, rows: Sequence[Verdict]) -> None:
    """Write a file of verdicts, whole or not at all; the same verdicts are the same bytes.

    Raises:
        ConfigError: No file can be written there.
    """
    with whole(path) as file:
        for row in (asdict(judge), *(_written(verdict) for verdict in rows)):
            file.write((json.dumps(row, ensure_ascii=False) + "\n").encode("utf-8", "replace"))


def read_verdicts(path: Path) -> Verdicts:
    """Read what `write_verdicts` wrote.

    Raises:
        SourceError: The file cannot be read, or a line is no verdict or contradicts itself.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise SourceError(f"{path} cannot be read ({why}); expected a file of verdicts.") from error
    found = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise SourceError(f"{path} is empty; expected a file of verdicts: run roleinstruct judge.")
    head = _read(path, *found[0], _Judge)
    judge = Judge(**dict(head))
    rows = [Verdict(**dict(_read(path, number, line, _Verdict))) for number, line in found[1:]]
    for (number, _), row in zip(found[1:], rows, strict=True):
        if set(row.order) != set(judge.systems):
            raise SourceError(
                f"{path}:{number} is about {', '.join(row.order)}, and the file about {', '.join(judge.systems)}."
            )
    return Verdicts(judge, tuple(rows), path)


class _Judge(BaseModel):
    model_config = ConfigDict(extra="forbid")
    judge: str
    model: str
    prompt_sha256: str
    date: str
    systems: dict[str, str]
    own: tuple[str, ...]
    items: str
    orders: Literal["2", "all"]
    repeats: Annotated[int, Field(ge=1)]
    parameters: dict[str, Any] = {}
    answered_by: tuple[str, ...] = ()
    requests: Annotated[int, Field(ge=0)] = 0
    prompt_tokens: Annotated[int, Field(ge=0)] = 0
    completion_tokens: Annotated[int, Field(ge=0)] = 0
    usd: float | None = None


class _Verdict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str
    character: str
    sample: Annotated[int, Field(ge=0)]
    order: Annotated[tuple[str, ...], Field(min_length=2)]
    lengths: dict[str, Annotated[int, Field(ge=0)]]
    ranks: dict[str, Annotated[float, Field(ge=1, allow_inf_nan=False)]] = {}
    scores: dict[str, dict[str, Literal[1, 2, 3, 4, 5]]] = {}
    reasons: dict[str, dict[str, str]] = {}
    unscored: str = ""
    said: str = ""

    @model_validator(mode="after")
    def _is_of_one_order(self) -> "_Verdict":
        wanted = set() if self.unscored else set(self.order)
        if len(set(self.order)) < len(self.order) or set(self.lengths) != set(self.order):
            raise ValueError("the order names a system twice, or the lengths are of others")
        if set(self.ranks) != wanted or set(self.scores) != wanted:
            raise ValueError("the ranks or the scores are not those of the systems in the order")
        return self


def _written(verdict: Verdict) -> dict[str, Any]:
    """All of it but what is empty."""
    always = ("id", "character", "sample", "order", "lengths")
    return {name: value for name, value in asdict(verdict).items() if value or name in always}


def _read(path: Path, number: int, line: str, shape: type[BaseModel]) -> BaseModel:
    try:
        return shape.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the line"
        what = "the head of a file of verdicts" if shape is _Judge else "a verdict"
        raise SourceError(f"{path}:{number} is not {what} ({where}: {first['msg']}): judge again.") from error
