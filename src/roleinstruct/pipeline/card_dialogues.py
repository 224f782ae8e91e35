"""What a character card shows of real dialogues: the lines that a chat begins with, and examples of how it goes on."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from roleinstruct.emotions import Emotion
from roleinstruct.llm.tokens import count_tokens
from roleinstruct.records import Dialogue, Utterance
from roleinstruct.sources.character_card.macros import CHAR, USER

__all__ = ["EXAMPLE_TOKENS", "MOST_EXAMPLES", "MOST_GREETINGS", "Scene", "examples", "greetings", "spoken_scene"]

EXAMPLE_TOKENS = 800
"""Tokens that all examples together may have: they stand in every prompt, until a chat is long enough."""

MOST_EXAMPLES = 8
MOST_GREETINGS = 4
"""The first message and its alternatives."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A piece of a real dialogue.

    Attributes:
        dialogue: Its id.
        turns: In order; the last is the character's.
    """

    dialogue: str
    turns: tuple[Utterance, ...]


def greetings(dialogues: Sequence[Dialogue]) -> list[Scene]:
    """The turns that a chat may begin with, the best first, at most `MOST_GREETINGS`.

    A turn that opens its dialogue is better than one that answers the partner's first; then one in a mood for a
    beginning (happy, excited, surprised or neutral); then the one nearest to 40 tokens; then the earlier.
    """
    best: dict[str, Scene] = {}
    for _, scene in sorted(_openings(dialogues), key=lambda found: found[0]):
        best.setdefault(scene.turns[-1].text, scene)
    return list(best.values())[:MOST_GREETINGS]


def examples(dialogues: Sequence[Dialogue]) -> list[Scene]:
    """Pieces of up to two rounds, at most `MOST_EXAMPLES` of `EXAMPLE_TOKENS` tokens in all, no two of one dialogue.

    The emotions of the character's last turns take it in turns, the most frequent first, so that a card shows more than
    one mood; of each emotion the pieces nearest to 80 tokens go first, and then those of earlier dialogues.
    """
    by_mood: defaultdict[Emotion | None, list[tuple[int, int, Scene]]] = defaultdict(list)
    for number, dialogue in enumerate(dialogues):
        for scene in _pieces(dialogue):
            tokens = _tokens(scene)
            by_mood[scene.turns[-1].emotion].append((abs(tokens - _USUAL_EXAMPLE), number, scene))
    order = {emotion: rank for rank, emotion in enumerate((*Emotion, None))}
    moods = sorted(by_mood, key=lambda mood: (-len(by_mood[mood]), order[mood]))
    waiting = {mood: sorted(by_mood[mood], key=lambda one: one[:2]) for mood in moods}
    chosen: list[Scene] = []
    left = EXAMPLE_TOKENS
    while any(waiting.values()) and len(chosen) < MOST_EXAMPLES:
        for mood in moods:
            fitting = _next(waiting[mood], left, {one.dialogue for one in chosen})
            if fitting is not None and len(chosen) < MOST_EXAMPLES:
                chosen.append(fitting)
                left -= _tokens(fitting)
    return chosen


def spoken_scene(scene: Scene, character: str) -> str:
    """The turns as a card writes them, a line each."""
    return "\n".join(
        f"{CHAR if turn.speaker == character else USER}: {' '.join(turn.text.split())}" for turn in scene.turns
    )


_USUAL_GREETING, _USUAL_EXAMPLE = 40, 80
_SHORTEST_GREETING = 5
_LONGEST_EXAMPLE = 4
"""Turns."""

_INVITING = {Emotion.HAPPINESS: 0, Emotion.EXCITEMENT: 0, Emotion.SURPRISE: 0, Emotion.NEUTRAL: 0, None: 1}

Ranked = tuple[int, int, int, int]


def _openings(dialogues: Sequence[Dialogue]) -> Iterator[tuple[Ranked, Scene]]:
    for number, dialogue in enumerate(dialogues):
        for place, turn in enumerate(dialogue.utterances[:2]):
            tokens = count_tokens(turn.text, _MODEL).tokens
            if turn.speaker == dialogue.character and tokens >= _SHORTEST_GREETING:
                rank = (place, _INVITING.get(turn.emotion, 2), abs(tokens - _USUAL_GREETING), number)
                yield rank, Scene(dialogue.id, (turn,))
                break


def _pieces(dialogue: Dialogue) -> Iterator[Scene]:
    turns = dialogue.utterances
    for start, turn in enumerate(turns):
        if turn.speaker != dialogue.partner:
            continue
        ends = range(min(len(turns), start + _LONGEST_EXAMPLE), start + 1, -1)
        end = next((end for end in ends if turns[end - 1].speaker == dialogue.character), None)
        if end is not None:
            yield Scene(dialogue.id, turns[start:end])


def _next(waiting: list[tuple[int, int, Scene]], left: int, used: set[str]) -> Scene | None:
    """Take the first piece that fits, and those before it away."""
    while waiting:
        scene = waiting.pop(0)[2]
        if scene.dialogue not in used and _tokens(scene) <= left:
            return scene
    return None


def _tokens(scene: Scene) -> int:
    return sum(count_tokens(turn.text, _MODEL).tokens + 4 for turn in scene.turns)


_MODEL = "any"
"""A name that no tokenizer is known for: estimates are the same on every machine."""
