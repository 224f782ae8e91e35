"""The texts of a character, wherever they stand, and findings about them."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

from roleinstruct.cleaning.lint.material import Asked, Person, Scene
from roleinstruct.cleaning.lint.rule import Finding, excerpt
from roleinstruct.records import Utterance

__all__ = ["EVERYWHERE", "Part", "Text", "by_cause", "search"]

Part = Literal["utterance", "instruction", "answer", "profile"]

EVERYWHERE: tuple[Part, ...] = ("utterance", "instruction", "answer", "profile")

_Seen = TypeVar("_Seen")
_Cause = TypeVar("_Cause", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a character.

    Attributes:
        character: Whose material it is in.
        part: What it is.
        text: As it stands there.
        holder: The utterance, the instruction with its answers, or the person whose profile it is.
        scene: Of an utterance.
    """

    character: str
    part: Part
    text: str
    holder: Utterance | Asked | Person
    scene: Scene | None = None

    @property
    def where(self) -> str:
        """The source lines, as far as they are known."""
        if isinstance(self.holder, Asked):
            return self.holder.where
        place = self.holder.place if isinstance(self.holder, Utterance) else _profile_place(self.holder)
        return str(place) if place else ""

    @property
    def row(self) -> str:
        """The row of a data set, "" in a source."""
        if isinstance(self.holder, Asked):
            return self.holder.row
        if self.scene is not None:
            return f"dialogues/{self.scene.id}" if self.scene.id else ""
        return "" if self.where else f"profiles/{self.character}"

    @property
    def instruction(self) -> str:
        """What an answer answers; "" for any other part."""
        return self.holder.item.instruction if self.part == "answer" and isinstance(self.holder, Asked) else ""

    def finding(self, message: str, rows: int = 1) -> Finding:
        """A flaw of this text."""
        return Finding(message, self.where, self.row, self.character, excerpt(self.text), rows)


def search(person: Person, parts: Iterable[Part], look: Callable[[str], _Seen | None]) -> Iterator[tuple[Text, _Seen]]:
    """The texts in which something is seen, with what is seen there.

    Args:
        person: Whose texts.
        parts: Which of them, in which order.
        look: What to look with; what it returns is something seen unless it is false.
    """
    for part in parts:
        for text, holder, scene in _read(person, part):
            if seen := look(text):
                yield Text(person.name, part, text, holder, scene), seen


def by_cause(hits: Iterable[tuple[Text, _Cause]]) -> list[tuple[_Cause, Text, int]]:
    """Causes with the first text that each is seen in and the number of texts, the most frequent cause first."""
    first: dict[_Cause, Text] = {}
    texts: dict[_Cause, int] = {}
    for text, cause in hits:
        first.setdefault(cause, text)
        texts[cause] = texts.get(cause, 0) + 1
    return sorted(((cause, first[cause], n) for cause, n in texts.items()), key=lambda found: -found[2])


_Holder = Utterance | Asked | Person


def _read(person: Person, part: Part) -> Iterator[tuple[str, _Holder, Scene | None]]:
    if part == "utterance":
        yield from ((utterance.text, utterance, scene) for scene, utterance in person.utterances())
    elif part == "instruction":
        yield from ((asked.item.instruction, asked, None) for asked in person.asked)
    elif part == "answer":
        yield from ((answer, asked, None) for asked, answer in person.answers())
    elif person.profile is not None:
        yield from ((text, person, None) for text in (person.profile.text, *person.profile.fields.values()))


def _profile_place(person: Person) -> object:
    return person.profile.place if person.profile else None
