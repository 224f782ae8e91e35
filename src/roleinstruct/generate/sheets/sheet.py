"""A sheet: dialogues as one person is to label them, without any label that a model or a source gave."""

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from roleinstruct.errors import ConfigError
from roleinstruct.records import Dialogue

__all__ = ["Line", "Sheet", "blind", "deal", "people_of"]


@dataclass(frozen=True, slots=True)
class Line:
    """An utterance as a person sees it.

    Attributes:
        dialogue: The dialogue's id.
        turn: Its number in the dialogue, from 1.
        speaker: Who says it.
        text: What is said.
        asked: Whether a label is wanted; else the line is context.
    """

    dialogue: str
    turn: int
    speaker: str
    text: str
    asked: bool = True

    @property
    def id(self) -> str:
        """The same in every sheet and every format: it says where the line stands, and nothing of its label."""
        return f"{self.dialogue}#{self.turn}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one person is given.

    Attributes:
        person: Whom it is for.
        round: 1 for the first time; what was tied then is asked again in round 2, and so on.
        dialogues: Lines by dialogue, in the order in which they are to be labelled.
    """

    person: str
    round: int
    dialogues: tuple[tuple[Line, ...], ...]

    @property
    def lines(self) -> list[Line]:
        """All lines, in order."""
        return [line for lines in self.dialogues for line in lines]


def blind(dialogue: Dialogue, asked: Collection[str] | None = None) -> tuple[Line, ...]:
    """The lines of a dialogue without their labels.

    Args:
        dialogue: Turns in order.
        asked: Ids of the lines that are to be labelled; None for all.
    """
    lines = (Line(dialogue.id, turn, said.speaker, said.text) for turn, said in enumerate(dialogue.utterances, 1))
    if asked is None:
        return tuple(lines)
    return tuple(Line(line.dialogue, line.turn, line.speaker, line.text, line.id in asked) for line in lines)


def people_of(said: str) -> tuple[str, ...]:
    """The names of the annotators: "anna,ben", or a number of people who are to be called "person1" and so on.

    Raises:
        ConfigError: There is nobody, a name comes twice, or it cannot be the name of a file.
    """
    if said.strip().isdecimal():
        names = tuple(f"person{number}" for number in range(1, int(said) + 1))
    else:
        names = tuple(name.strip() for name in re.split("[,，、]", said) if name.strip())
    if not names or len(names) > _MOST:
        raise ConfigError(f"{len(names)} annotators in {said!r}: name 1 to {_MOST}, such as anna,ben,cho, or say 3.")
    wrong = [name for name in names if not re.fullmatch(r"[\w][\w .@+-]*", name) or name.endswith(".")]
    if wrong:
        raise ConfigError(f"{wrong[0]!r} names a file as well as a person: use letters, digits, and . _ - @ + in it.")
    if len({name.casefold() for name in names}) < len(names):
        raise ConfigError(f"a name comes twice in {said!r}: call every annotator by a name of their own.")
    return names


def deal(
    dialogues: Iterable[Sequence[Line]],
    people: Sequence[str],
    *,
    common: Collection[str] | None = None,
    seed: int = 0,
    round: int = 1,
) -> list[Sheet]:
    """Give dialogues to people, each in an order of their own, so that nobody's fatigue meets the same lines.

    Args:
        dialogues: The blind lines of each.
        people: Names, one or more.
        common: Ids of the dialogues that everybody gets; each other one goes to one person. None: everybody gets all.
        seed: The same seed gives the same orders.
        round: See `Sheet`.
    """
    mine: dict[str, list[tuple[Line, ...]]] = {person: [] for person in people}
    dealt = 0
    for lines in map(tuple, dialogues):
        shared = common is None or lines[0].dialogue in common
        for person in people if shared else [people[dealt % len(people)]]:
            mine[person].append(lines)
        dealt += not shared
    return [
        Sheet(person, round, tuple(sorted(mine[person], key=lambda lines: _order(seed, person, lines[0].dialogue))))
        for person in people
    ]


_MOST = 100


def _order(seed: int, *names: str) -> bytes:
    return hashlib.sha256("\n".join((str(seed), *names)).encode()).digest()
