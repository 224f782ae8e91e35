"""What a rule is, and what it finds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from roleinstruct.cleaning.lint.material import Corpus, Person
from roleinstruct.records import Utterance

__all__ = ["SEVERITIES", "Finding", "Rule", "Severity", "excerpt"]

Severity = Literal["error", "warning", "note"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""The worst first; the words are those of SARIF."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One flaw.

    Attributes:
        message: What was found, in one sentence that needs no other.
        where: The source lines, "file:line" or "file:first-last"; "" if it is about no line.
        row: The row of a data set, "specific/ID" or "dialogues/ID"; "" in a source.
        character: Whose material it is in; "" if it is nobody's.
        excerpt: The beginning of the text, see `excerpt`.
        rows: How many rows it stands for, 1 or more.
    """

    message: str
    where: str = ""
    row: str = ""
    character: str = ""
    excerpt: str = ""
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of flaw.

    Attributes:
        id: Its name, such as "off-label"; the file is named alike.
        severity: "error": do not publish so; "warning": look at it; "note": worth knowing.
        summary: What the flaw is, in one sentence.
        why: What it does to a model or a reader.
        example: A row that has it, as one would see it.
        mend: How to mend it.
        person: Finds it in one character's material, or None.
        gather: What `corpus` has to know of one character, or None: nobody's material is read a second time for it.
        corpus: Finds it between characters or in the whole, from what was gathered of each in their order, or None.
        mend_text: A safe mend of any text, which leaves a sound text as it is, or None.
        mend_turn: A safe mend of an utterance, likewise.
        drops: Whether rows with it can be left out on request.
    """

    id: str
    severity: Severity
    summary: str
    why: str
    example: str
    mend: str
    person: Callable[[Person], Iterator[Finding]] | None = None
    gather: Callable[[Person, Corpus], Any] | None = None
    corpus: Callable[[Corpus, Sequence[Any]], Iterator[Finding]] | None = None
    mend_text: Callable[[str], str] | None = None
    mend_turn: Callable[[Utterance], Utterance] | None = None
    drops: bool = False


def excerpt(text: str, length: int = 60) -> str:
    """The text on one line, cut to `length` characters at most."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"
