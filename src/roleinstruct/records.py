"""What flows through the library: frozen records, and where each came from.

A source yields *events* in file order: utterances, boundaries between dialogues, profiles, instructions, and what it
had to reject. Cleaning makes dialogues of them. Every record knows its `Place`, so that a published row can be traced
to the lines that it was made of.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from roleinstruct.emotions import Emotion
from roleinstruct.errors import RecordError

__all__ = [
    "Boundary",
    "CharacterProfile",
    "Dialogue",
    "Event",
    "Example",
    "Instruction",
    "Message",
    "Notice",
    "Place",
    "Rejected",
    "Unit",
    "Utterance",
]

Unit = Literal["utterance", "profile", "specific", "general", "answer", "question", "label"]
"""What a row is meant to be: a kind of source row, one of several answers, a question found in or made of a dialogue,
or an emotion label that a model was asked for."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A range of lines in a source file, first and last included, counted from 1.

    A file without lines (Parquet) counts rows instead. `file` is relative to the root of the source, with forward
    slashes, so that it means the same on every machine.
    """

    file: str
    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.file}:{self.first}" if self.first == self.last else f"{self.file}:{self.first}-{self.last}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Read what `str(place)` wrote.

        Raises:
            RecordError: The text is no place.
        """
        file, colon, lines = text.rpartition(":")
        first, _, last = lines.partition("-")
        if not (colon and first.isdecimal() and (last or first).isdecimal()):
            raise RecordError(f"{text!r} is no source place; expected file:line or file:first-last.")
        return cls(file, int(first), int(last or first))

    def to(self, other: "Place") -> "Place":
        """The range from here to the end of `other`; the same file is expected, else this place stays as it is."""
        return Place(self.file, self.first, max(self.last, other.last)) if other.file == self.file else self


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one party said, once.

    Attributes:
        speaker: Name as the source has it.
        text: What was said, without the speaker, the emotion tag or stage directions.
        emotion: The label that the source or an annotator gave, or None.
        place: The source lines; None for text that no file holds.
        lines: Source utterances that this one holds, 1 or more (a merged run counts each of its lines).
        annotator: Who set the emotion: "source", "extractive" or a model's name; None while there is no emotion or
            nobody has asked.
        tag: The emotion as the source writes it, such as "(其他" or "grateful"; "" where it has none.
        confidence: How sure the annotator is that the emotion is right, 0 to 1; None where nobody has said.
    """

    speaker: str
    text: str
    emotion: Emotion | None = None
    place: Place | None = None
    lines: int = 1
    annotator: str | None = None
    tag: str = ""
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Boundary:
    """A place where the source itself ends one dialogue and begins another.

    Attributes:
        kind: What shows it: "heading", "id", "blank", "gap" (a long pause) or "file".
        title: The heading or id that opens the next dialogue, or "".
        place: Where it stands.
    """

    kind: Literal["heading", "id", "blank", "gap", "file"]
    title: str
    place: Place


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A conversation of the character with one partner.

    Attributes:
        id: Unique in a data set folder.
        character: The party that the data set is about.
        partner: The other party.
        utterances: Turns in order; each speaker is `character` or `partner`.
        source: First to last source line.
        title: The heading or id that the source gives the scene, or "".
    """

    id: str
    character: str
    partner: str
    utterances: tuple[Utterance, ...]
    source: Place
    title: str = ""

    def __post_init__(self) -> None:
        strangers = {u.speaker for u in self.utterances} - {self.character, self.partner}
        if strangers:
            raise RecordError(
                f"dialogue {self.id} ({self.source}) is between {self.character} and {self.partner}, "
                f"but {', '.join(sorted(strangers))} speaks in it; clean it to two parties first."
            )


@dataclass(frozen=True, slots=True)
class CharacterProfile:
    """Who the character is.

    Attributes:
        character: Name, the key of all other tables.
        language: "zh", "en", or "" where it is not known yet.
        fields: The paper's template fields (see `generate.profiles`) and free ones, in order.
        traits: Personality traits, words such as "乐观".
        text: The profile as prose, as the source has it or as it was written.
        evidence: Places or dialogue ids that the profile rests on.
    """

    character: str
    language: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    traits: tuple[str, ...] = ()
    text: str = ""
    evidence: tuple[str, ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Instruction:
    """A question or task with the answers that the character gives.

    Attributes:
        id: Unique in a data set folder; "" until it is given one.
        character: Who answers. "" for a neutral answer that belongs to nobody.
        kind: "specific" asks about the character's life, "general" about anything.
        instruction: The question.
        responses: Answers in character, one or more; the source's order.
        raw_response: The neutral answer to a general instruction, or None.
        emotion: The emotion of the answer, or None.
        evidence: Source places or utterances that the answer rests on.
        provenance: How it was made: "source", "extractive", or a model's name.
        place: The source lines of a row that was read; None for one that was made.
    """

    id: str
    character: str
    kind: Literal["specific", "general"]
    instruction: str
    responses: tuple[str, ...]
    raw_response: str | None = None
    emotion: Emotion | None = None
    evidence: tuple[str, ...] = ()
    provenance: str = "source"
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation with a model.

    Attributes:
        role: "system", "user" or "assistant".
        content: Its text.
    """

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Example:
    """What a model is trained on: a prompt, and the completion that it is to give.

    Attributes:
        id: Unique in a mixture.
        character: Who answers; "" for a neutral answer that belongs to nobody.
        kind: "specific", "general", "dialogue" (a turn of a real dialogue) or "neutral".
        prompt: The conversation so far: a system prompt if there is one, then turns that end with the user's.
        completion: One message of the assistant.
        source: The row that it was made of, such as "specific/老方-specific-00001" or "dialogues/老方-00003#4".
    """

    id: str
    character: str
    kind: Literal["specific", "general", "dialogue", "neutral"]
    prompt: tuple[Message, ...]
    completion: Message
    source: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """What was left out, and why: nothing is dropped without one.

    Attributes:
        unit: What the row was meant to be.
        reason: A short stable name, such as "broken_json" or "third_party".
        stage: The stage that left it out, such as "import" or "clean".
        place: Where it stands in the source.
        payload: The row itself as JSON-able values, enough to put it back.
        lines: Source rows that it stands for.
        character: Whose material it was, where that is known.
    """

    unit: Unit
    reason: str
    stage: str
    place: Place
    payload: Mapping[str, object]
    lines: int = 1
    character: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user should know that costs no row, in one sentence."""

    message: str
    place: Place | None = None


Event = Utterance | Boundary | CharacterProfile | Instruction | Rejected | Notice
"""What a source yields, in file order."""
