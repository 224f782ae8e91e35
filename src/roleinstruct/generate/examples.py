"""How a character talks, shown by a few real exchanges: the most telling ones of the script."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from roleinstruct.emotions import Emotion
from roleinstruct.generate.inquiry import is_meta
from roleinstruct.generate.wording import size
from roleinstruct.records import Dialogue

__all__ = ["EXAMPLES", "Example", "telling"]

EXAMPLES = 3
"""As many as the paper shows (RoleCraft-GLM, section 3.3)."""


@dataclass(frozen=True, slots=True)
class Example:
    """An exchange.

    Attributes:
        said: What the partner says.
        answer: What the character says to it.
        emotion: Of the answer, or None.
        origin: The id of the dialogue, or of the question with its answer.
    """

    said: str
    answer: str
    emotion: Emotion | None
    origin: str


def telling(character: str, dialogues: Iterable[Dialogue]) -> tuple[Example, ...]:
    """Choose exchanges: emotional, of middle length, of different emotions and dialogues as far as there are such.

    Args:
        character: Whose; dialogues of others are passed over.
        dialogues: In order; of exchanges that are alike the first is taken, so that the choice is always the same.

    Returns:
        `EXAMPLES` of them, or as many as there are; the best first.
    """
    found = [one for dialogue in dialogues if dialogue.character == character for one in _exchanges(dialogue)]
    ranked = sorted(found, key=_worth, reverse=True)  # stable, also in reverse
    chosen: list[Example] = []
    for apart in (_is_of_its_own, _is_new):
        for one in ranked:
            if len(chosen) < EXAMPLES and apart(one, chosen):
                chosen.append(one)
    return tuple(chosen)


_MIDDLE = (8, 45)
"""Of an answer, as `wording.size` counts."""

_SAID = (3, 60)
_CALM = (None, Emotion.NEUTRAL, Emotion.OTHER)


def _exchanges(dialogue: Dialogue) -> Iterator[Example]:
    for said, answer in pairwise(dialogue.utterances):
        if said.speaker == dialogue.character or answer.speaker != dialogue.character:
            continue
        heard, told = (" ".join(turn.text.split()) for turn in (said, answer))
        if heard and told and not is_meta(told):
            yield Example(heard, told, answer.emotion, dialogue.id)


def _worth(one: Example) -> float:
    """0 to 5: what an exchange tells of the character's manner."""
    length, heard = size(one.answer), size(one.said)
    middle = 2.0 if _MIDDLE[0] <= length <= _MIDDLE[1] else 1.0 if length > _MIDDLE[1] // 9 and length <= 90 else 0.0
    felt = 0.0 if one.emotion in _CALM else 2.0
    return middle + felt + (_SAID[0] <= heard <= _SAID[1])


def _is_of_its_own(one: Example, chosen: list[Example]) -> bool:
    taken = [other for other in chosen if other.emotion is one.emotion or other.origin == one.origin]
    return not taken and _is_new(one, chosen)


def _is_new(one: Example, chosen: list[Example]) -> bool:
    return all(one.answer != other.answer for other in chosen)
