"""What comes back from people: a label, no label yet, or a row that cannot be read."""

from dataclasses import dataclass

from roleinstruct.emotions import Emotion
from roleinstruct.errors import LabelError, RecordError
from roleinstruct.generate.sheets.sheet import Line
from roleinstruct.records import Place

__all__ = ["Answer", "Misread", "label_in", "line_of", "round_of"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One person's label of one line.

    Attributes:
        person: Who labelled it.
        round: See `Sheet`.
        line: The line, as the sheet shows it; `asked` is False for context.
        emotion: The label; None for a line that was left open.
        note: What the person wrote beside it, or "".
        place: The file, and the row or item in it.
    """

    person: str
    round: int
    line: Line
    emotion: Emotion | None
    note: str
    place: Place


@dataclass(frozen=True, slots=True)
class Misread:
    """A row that says nothing.

    Attributes:
        place: The file, and the row or item in it.
        reason: What is wrong, as the end of a sentence.
        person: Whose row it is, where that is known.
        line: The line that it is about, where that is known.
    """

    place: Place
    reason: str
    person: str = ""
    line: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


def line_of(name: str, speaker: str, text: str, *, asked: bool = True) -> Line:
    """The line of an id.

    Raises:
        RecordError: The id is none.
    """
    dialogue, mark, turn = name.strip().rpartition("#")
    if not (dialogue and mark and turn.isascii() and turn.isdigit() and int(turn) > 0):
        raise RecordError(f"{name!r} is no line; expected an id such as {'dialogue#3'!r}")
    return Line(dialogue, int(turn), speaker, text, asked)


def label_in(word: str) -> Emotion | None:
    """The label that a person wrote: in Chinese, in English or in both, as "愤怒 anger"; None for none.

    Raises:
        LabelError: It is no label, or several.
    """
    if not word.strip(" \t\r\n\u3000"):
        return None
    words = word.replace("/", " ").split()
    try:
        found = {Emotion.parse(part) for part in (words if len(words) > 1 else [word])}
    except LabelError as error:
        raise LabelError(f"{word!r} is no label; expected one of {_LABELS}") from error
    if len(found) > 1:
        raise LabelError(f"{word!r} is more than one label; expected one of {_LABELS}")
    return found.pop()


def round_of(said: object) -> int:
    """The number of a round, from 1; what says nothing is the first.

    Raises:
        RecordError: It is none.
    """
    text = str(said or 1).strip()
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise RecordError(f"{text!r} is no round; expected 1, 2, ...")
    return int(text)


_LABELS = ", ".join(f"{label} {label.zh}" for label in Emotion)
