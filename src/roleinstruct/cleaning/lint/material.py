"""What a linter looks at: a source as it was read, or a finished data set, in the same records."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from roleinstruct.cleaning.lint.reference import Reference
from roleinstruct.records import CharacterProfile, Instruction, Rejected, Utterance

__all__ = ["Asked", "Corpus", "Person", "Scene", "SourceFile"]


@dataclass(frozen=True, slots=True)
class Scene:
    """Utterances that belong together.

    Attributes:
        id: The dialogue's id in a data set; "" in a source.
        begins: What stands before it: the kind of a `Boundary`, or "dialogue" in a data set.
        utterances: In order; between any number of speakers in a source.
    """

    id: str
    begins: str
    utterances: tuple[Utterance, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """An instruction with its answers, and the split that it is in ("" in a source)."""

    item: Instruction
    split: str = ""

    @property
    def row(self) -> str:
        """The row of a data set: "specific/ID"; "" in a source."""
        return f"{self.item.kind}/{self.item.id}" if self.item.id else ""

    @property
    def where(self) -> str:
        """The source lines, as far as they are known; rows that were made of others name theirs as evidence."""
        return str(self.item.place) if self.item.place else next(iter(self.item.evidence), "")


@dataclass(frozen=True, slots=True)
class Person:
    """All that there is of one character.

    Attributes:
        name: The character; "" for what belongs to nobody.
        speaks_as: The names under which the character speaks in the script, the most frequent first.
        profile: With its fields taken apart; None where there is none.
        scenes: The script, or the dialogues.
        asked: Instructions, of both kinds.
        rejected: Rows that could not be read, or were left out by an earlier stage.
    """

    name: str
    speaks_as: tuple[str, ...] = ()
    profile: CharacterProfile | None = None
    scenes: tuple[Scene, ...] = ()
    asked: tuple[Asked, ...] = ()
    rejected: tuple[Rejected, ...] = ()

    def utterances(self) -> Iterator[tuple[Scene, Utterance]]:
        """Every utterance with the scene that it stands in, in order."""
        for scene in self.scenes:
            for utterance in scene.utterances:
                yield scene, utterance

    def answers(self) -> Iterator[tuple[Asked, str]]:
        """Every answer in character, and every neutral one, with what it answers."""
        for asked in self.asked:
            for response in asked.item.responses:
                yield asked, response
            if asked.item.raw_response is not None:
                yield asked, asked.item.raw_response

    def spoken(self) -> Iterator[tuple[Scene, Utterance, Utterance]]:
        """What the character says in answer to somebody: scene, what was said before, and the answer."""
        for scene in self.scenes:
            for before, turn in pairwise(scene.utterances):
                if turn.speaker == self.name != before.speaker:
                    yield scene, before, turn


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a source.

    Attributes:
        name: Its path under the root of the source.
        character: Whose folder it lies in, or "".
        format: The reader that it was read by.
        encoding: As it was detected.
        layout: How the rows of a JSON file stand: "array", "lines", "" for any other file.
    """

    name: str
    character: str
    format: str
    encoding: str
    layout: str = ""


@dataclass(frozen=True, slots=True)
class Corpus:
    """All that is linted.

    Attributes:
        kind: "source", or "data set".
        names: The characters, in order; "" among them if something belongs to nobody.
        person: The material of one of `names`, read when it is asked for.
        files: Of a source.
        notices: Sentences that the readers had to say.
        license: What the card of a data set states, "unknown" if nothing; None for a source.
        reference: Text that the data should not have been taken from, or None.
    """

    kind: Literal["source", "data set"]
    names: tuple[str, ...]
    person: Callable[[str], Person]
    files: tuple[SourceFile, ...] = ()
    notices: tuple[str, ...] = field(default=())
    license: str | None = None
    reference: Reference | None = None

    def people(self) -> Iterator[Person]:
        """Everybody, one at a time; each time anew from the tables."""
        return map(self.person, self.names)
