"""The lorebook of a character: what its questions and answers rest on, each with the words that call it up."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.leaks import Held, held_of
from roleinstruct.dataset.pool import items_of
from roleinstruct.dataset.rows import instruction_of
from roleinstruct.pipeline.card_dialogues import Scene, spoken_scene
from roleinstruct.pipeline.lore_keys import Keys
from roleinstruct.records import Dialogue, Instruction
from roleinstruct.retrieval import Passage
from roleinstruct.sources.character_card.card import Card
from roleinstruct.sources.character_card.decorators import is_switched_off, undecorated
from roleinstruct.sources.character_card.macros import CHAR, USER, about, spoken_name

__all__ = ["MOST_ENTRIES", "kept_back", "lorebook", "memory_of"]

MOST_ENTRIES = 200
"""Entries of a lorebook; of more passages the first are taken."""


@dataclass(frozen=True, slots=True)
class _Lore:
    question: str
    content: str
    evidence: tuple[str, ...]


def lorebook(folder: DataFolder, character: str, dialogues: Sequence[Dialogue], held: Held) -> dict[str, object]:
    """The `character_book` of a card: an entry for each passage that a specific question of the training part rests on.

    Args:
        folder: A finished data set folder.
        character: Whose.
        dialogues: The character's, without those that are kept back.
        held: What is kept back.

    Returns:
        The object as the specification has it, with no entries where there are no questions.
    """
    scenes = {dialogue.id: dialogue for dialogue in dialogues}
    lore = list({one.content: one for one in _passages(folder, character, scenes, held)}.values())[:MOST_ENTRIES]
    keys = Keys(character, {d.partner for d in dialogues}, [f"{one.question}\n{one.content}" for one in lore])
    entries = [_entry(number, one, keys.of(one.question, one.content)) for number, one in enumerate(lore, 1)]
    return {
        "name": character,
        "description": "What the character's questions and answers rest on, as it was said.",
        "scan_depth": 4,
        "token_budget": 800,
        "recursive_scanning": False,
        "extensions": {},
        "entries": [entry for entry in entries if entry["keys"]],
    }


def memory_of(card: Card) -> list[Passage]:
    """The lorebook of any card as passages for `retrieval.Index`, which finds them by likeness instead of by keys.

    Entries that are switched off are left out, and so are decorators; the macros are replaced.
    """
    book = card.data.get("character_book")
    entries = book.get("entries", []) if isinstance(book, dict) else []
    name = spoken_name(card)
    said = {
        number: about(undecorated(content), card).strip()
        for number, entry in enumerate(entries, 1)
        if entry.get("enabled", True) and not is_switched_off(content := entry.get("content", ""))
    }
    return [Passage(f"{name}-lore-{number:05d}", text, name) for number, text in said.items() if text]


def kept_back(folder: DataFolder) -> Held:
    """What no card may show: a model that is given the card would be asked the benchmark knowing.

    That a character is held out whole does not count; all of its questions do, since they are the split "unseen".
    """
    return replace(held_of(folder, items_of(folder)), characters=frozenset())


_DIALOGUE = "dialogue: "
_AROUND = 1
"""Turns before and after those that an answer rests on."""

_LONGEST = 6
"""Turns of a passage."""


def _passages(folder: DataFolder, character: str, scenes: Mapping[str, Dialogue], held: Held) -> Iterator[_Lore]:
    for item in map(instruction_of, folder.by_character("specific", "train").rows(character)):
        said = f"{USER}: {_line(item.instruction)}\n{CHAR}: {_line(item.responses[0])}"
        scene = _scene(item, scenes)
        content = said if scene is None else spoken_scene(scene, character)
        if not held.is_asked(item.instruction) and not held.is_said(content):
            yield _Lore(item.instruction, content, item.evidence)


def _scene(item: Instruction, scenes: Mapping[str, Dialogue]) -> Scene | None:
    """The turns that an answer rests on, with their neighbours; None where no dialogue may be shown."""
    named = (line.removeprefix(_DIALOGUE) for line in item.evidence if line.startswith(_DIALOGUE))
    dialogue = next((scenes[name] for name in named if name in scenes), None)
    if dialogue is None:
        return None
    at = [number for number, turn in enumerate(dialogue.utterances) if str(turn.place) in item.evidence]
    if not at:
        return None
    first = max(0, at[0] - _AROUND)
    return Scene(dialogue.id, dialogue.utterances[first : min(at[-1] + 1 + _AROUND, first + _LONGEST)])


def _line(text: str) -> str:
    return " ".join(text.split())


def _entry(number: int, lore: _Lore, keys: list[str]) -> dict[str, object]:
    return {
        "keys": keys,
        "content": lore.content,
        "extensions": {"roleinstruct": {"evidence": list(lore.evidence)}},
        "enabled": True,
        "insertion_order": number,
        "case_sensitive": False,
        "use_regex": False,
        "constant": False,
        "name": _line(lore.question)[:80],
        "id": number,
        "position": "after_char",
    }
