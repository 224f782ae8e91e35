"""The lorebook of a character: what its questions and answers rest on, each with the words that call it up."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import instruction_of
from roleinstruct.pipeline.card_dialogues import Scene, spoken_scene
from roleinstruct.pipeline.lore_keys import Keys
from roleinstruct.records import Dialogue, Instruction
from roleinstruct.retrieval import Passage
from roleinstruct.sources.character_card.card import Card
from roleinstruct.sources.character_card.macros import CHAR, USER, about, spoken_name

__all__ = ["KEPT_BACK", "MOST_ENTRIES", "dialogues_kept_back", "lorebook", "memory_of"]

MOST_ENTRIES = 200
"""Entries of a lorebook; of more passages the first are taken."""

KEPT_BACK = ("validation", "test")
"""Splits whose questions a card must not answer: a model that is given the card would be asked them knowing."""


@dataclass(frozen=True, slots=True)
class _Lore:
    question: str
    content: str
    evidence: tuple[str, ...]


def lorebook(folder: DataFolder, character: str, dialogues: Sequence[Dialogue]) -> dict[str, object]:
    """The `character_book` of a card: an entry for each passage that a specific question of the training part rests on.

    Args:
        folder: A finished data set folder.
        character: Whose.
        dialogues: The character's, without those kept back.

    Returns:
        The object as the specification has it, with no entries where there are no questions.
    """
    scenes = {dialogue.id: dialogue for dialogue in dialogues}
    lore = list({one.content: one for one in _passages(folder, character, scenes)}.values())[:MOST_ENTRIES]
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

    Entries that are switched off are left out; the macros are replaced.
    """
    book = card.data.get("character_book")
    entries = book.get("entries", []) if isinstance(book, dict) else []
    name = spoken_name(card)
    return [
        Passage(f"{name}-lore-{number:05d}", about(str(entry["content"]), card), name)
        for number, entry in enumerate(entries, 1)
        if entry.get("enabled", True) and str(entry.get("content", "")).strip()
    ]


def dialogues_kept_back(folder: DataFolder, character: str) -> set[str]:
    """The ids of the dialogues that questions of the splits `KEPT_BACK` rest on."""
    items = (item for split in KEPT_BACK for item in _items(folder, character, split))
    return {line.removeprefix(_DIALOGUE) for item in items for line in item.evidence if line.startswith(_DIALOGUE)}


_DIALOGUE = "dialogue: "
_AROUND = 1
"""Turns before and after those that an answer rests on."""

_LONGEST = 6
"""Turns of a passage."""


def _items(folder: DataFolder, character: str, split: str) -> Iterator[Instruction]:
    return map(instruction_of, folder.by_character("specific", split).rows(character))


def _passages(folder: DataFolder, character: str, scenes: Mapping[str, Dialogue]) -> Iterator[_Lore]:
    for split in folder.splits("specific"):
        for item in _items(folder, character, split) if split not in KEPT_BACK else ():
            said = f"{USER}: {_line(item.instruction)}\n{CHAR}: {_line(item.responses[0])}"
            scene = _scene(item, scenes)
            content = said if scene is None else spoken_scene(scene, character)
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
