"""What a chat template writes between the messages of a conversation, found by asking it.

Most templates are a chain: what stands between two messages depends on their two roles alone. Such a one is known by
one text for each pair of roles, and by the text behind the last message; it can then be written in another language.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from roleinstruct.errors import ExportError
from roleinstruct.records import Message

__all__ = ["Gaps", "find_gaps"]


@dataclass(frozen=True, slots=True)
class Gaps:
    """A chat template as a chain.

    Attributes:
        before: What stands before a message, by the role of the one before ("" for the first message) and its own.
        opening: What stands behind the last message, a user's, so that the assistant answers.
    """

    before: Mapping[tuple[str, str], str]
    opening: str


def find_gaps(write: Callable[[Sequence[Message]], str]) -> Gaps:
    """Find what a template writes between messages.

    Args:
        write: Writes a conversation that ends with a user's turn, with the opening of an answer.

    Raises:
        ExportError: It is no chain: it changes, moves or repeats messages, or goes by more than two roles.
    """
    before: dict[tuple[str, str], str] = {}
    openings = set()
    for roles in _ORDERS:
        *gaps, opening = _between(write, roles)
        openings.add(opening)
        for pair, gap in zip(zip(["", *roles], roles, strict=False), gaps, strict=True):
            if before.setdefault(pair, gap) != gap:
                raise ExportError(
                    f"the chat template writes {before[pair]!r} before some of the {pair[1]} messages and {gap!r} "
                    "before others, which Ollama's cannot be made to do: serve the merged model with vLLM or llama.cpp."
                )
    if len(openings) != 1:
        raise ExportError(
            f"the chat template opens an answer in several ways ({', '.join(map(repr, sorted(openings)))}), which "
            "Ollama's cannot be made to do: serve the merged model with vLLM or llama.cpp."
        )
    return Gaps(before, openings.pop())


_TALK = ["user", "assistant", "user", "assistant", "user"]
_ORDERS = (["user"], ["system", "user"], _TALK, ["system", *_TALK])


def _between(write: Callable[[Sequence[Message]], str], roles: Sequence[str]) -> list[str]:
    """The texts before, between and behind the messages of these roles."""
    marks = [f"QX{number}XQ" for number in range(len(roles))]
    text = write([Message(role, mark) for role, mark in zip(roles, marks, strict=True)])
    if re.findall(r"QX\d+XQ", text) != marks:
        raise ExportError(
            f"the chat template does not write a conversation of {', '.join(roles)} one message after another, which "
            "is all that Ollama's can be made to do: serve the merged model with vLLM or llama.cpp."
        )
    return re.split(r"QX\d+XQ", text)
