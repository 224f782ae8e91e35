"""What a model answers when it is asked for emotion labels, and what may be wrong with it.

Each label is one short string, "3 anger", because the reply is the dear part of a request: a line costs about 3 tokens
so, 5 as `"3":"anger"` and 11 as `{"id":3,"emotion":"anger"}` (by the estimate of `llm.tokens`). The object with a
property for each line is also out because a strict schema names its properties: it would differ with every window, and
servers place the schema before the prompt, where a difference makes their prefix cache useless.
"""

import re
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, WithJsonSchema

from roleinstruct.emotions import Emotion
from roleinstruct.errors import LabelError

__all__ = ["LabelReply", "Labels", "Reasoned", "ReasonedLabels", "Sifted", "sift"]

_NAMES = [str(emotion) for emotion in Emotion]


def _without_description(schema: dict[str, Any]) -> None:
    schema.pop("description", None)  # a docstring is for people; the server would charge for it


class LabelReply(BaseModel):
    """Labels of numbered lines, in one of two shapes.

    A server that knows schemas is held to the ten names; what comes from others may be Chinese or an alias and is read
    as such.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra=_without_description)

    @abstractmethod
    def pairs(self) -> list[tuple[int | None, str]]:
        """Number and label of each line as the model wrote them; the number is None where there is none."""


class Labels(LabelReply):
    """A string for each line: "3 anger"."""

    labels: list[Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^[0-9]+ ({'|'.join(_NAMES)})$"})]]

    def pairs(self) -> list[tuple[int | None, str]]:
        """See `LabelReply.pairs`."""
        found = [(_ITEM.fullmatch(item), item) for item in self.labels]
        return [(int(match[1]), match[2]) if match else (None, item) for match, item in found]


class Reasoned(BaseModel):
    """One line; the reason stands first, so that the label can follow from it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_without_description)
    id: int
    reason: str
    emotion: Annotated[str, WithJsonSchema({"type": "string", "enum": _NAMES})]


class ReasonedLabels(LabelReply):
    """An object for each line, with a reason."""

    labels: list[Reasoned]

    def pairs(self) -> list[tuple[int | None, str]]:
        """See `LabelReply.pairs`."""
        return [(line.id, line.emotion) for line in self.labels]


@dataclass(frozen=True, slots=True)
class Sifted:
    """What can be kept of a reply.

    Attributes:
        labels: By line number.
        complaint: What is wrong with the rest, fit to be shown to the model; "" if nothing is.
    """

    labels: Mapping[int, Emotion]
    complaint: str


def sift(reply: LabelReply, asked: Sequence[int], last: int) -> Sifted:
    """Keep the labels that are beyond doubt: a number that was given once, with one of the ten.

    That holds only where the numbering itself can be trusted, which is not the case when a reply labels lines that were
    not asked for, or does not come to the last one that was: a model that leaves a line out and counts on, or takes one
    for two, gives each line after it the label of another. Then nothing is kept. Asked for some lines, a model may also
    give all of them again.

    Args:
        reply: What the model says.
        asked: Numbers of lines, ascending, one or more.
        last: The last line of the request.
    """
    found: dict[int, Emotion] = {}
    unread, given = [], Counter[int]()
    for number, word in reply.pairs():
        if number is None:
            unread.append(f"{word!r} has no line number")
            continue
        given[number] += 1
        try:
            found[number] = Emotion.parse(word)
        except LabelError:
            unread.append(f"{word!r} (line {number}) is none of the ten labels {', '.join(_NAMES)}")
    strangers = [] if set(given) == set(range(1, last + 1)) else [number for number in given if number not in asked]
    wrong = [
        _say("no label was given to", [number for number in asked if number not in given]),
        _say("more than one label was given to", [number for number in asked if given[number] > 1]),
        _say("these lines were not asked for:", strangers),
        *unread[:_SHOWN],
    ]
    trusted = not strangers and asked[-1] in given
    kept = {number: found[number] for number in asked if given[number] == 1 and number in found} if trusted else {}
    if len(kept) == len(asked):
        return Sifted(kept, "")
    return Sifted(kept, f"{'; '.join(filter(None, wrong))}. Give each line exactly one label, by its own number.")


def _say(what: str, numbers: Iterable[int]) -> str:
    listed = [str(number) for number in numbers]
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return f"{what} {', '.join(listed[:_SHOWN])}{more}" if listed else ""


_SHOWN = 12
# What stands between number and label is told apart by Emotion.parse, but for the bar that our own lines have.
_ITEM = re.compile(r"\s*([0-9]{1,6})(?![0-9])[\s|]*(.*)", re.DOTALL)
