"""A character card made of a data set: nothing in it is invented."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from roleinstruct import __version__
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.rows import dialogue_of
from roleinstruct.emotions import Emotion
from roleinstruct.generate.describing import known, spoken
from roleinstruct.pipeline.card_dialogues import Scene, examples, greetings, spoken_scene
from roleinstruct.pipeline.expressions import EXPRESSION_OF
from roleinstruct.pipeline.kept_card import stated_licence
from roleinstruct.pipeline.lore import kept_back, lorebook
from roleinstruct.records import CharacterProfile, Dialogue
from roleinstruct.sources.character_card.card import Card

__all__ = ["Composed", "compose"]


@dataclass(frozen=True, slots=True)
class Composed:
    """A card and what it was made of.

    Attributes:
        card: Of version 3.
        greetings: First message and alternatives.
        examples: Example dialogues.
        entries: Of the lorebook.
        kept_back: Questions of the character that no part for training has.
    """

    card: Card
    greetings: int
    examples: int
    entries: int
    kept_back: int


def compose(folder: DataFolder, profile: CharacterProfile) -> Composed:
    """Make a card of a character.

    The description is the profile's text or its fields, the personality its traits; first message and examples are real
    turns, and the lorebook the passages that questions rest on. What the benchmark and the splits that are not for
    training rest on is left out. The same folder gives the same card.

    Args:
        folder: A finished data set folder.
        profile: The character's.
    """
    name = profile.character
    every = list(map(dialogue_of, folder.by_character("dialogues").rows(name)))
    held = kept_back(folder)
    dialogues = [dialogue for dialogue in every if not held.why(dialogue)]
    language = spoken(profile, every)
    openings, scenes = greetings(dialogues), examples(dialogues)
    book = lorebook(folder, name, dialogues, held)
    entries = book["entries"]
    count = len(entries) if isinstance(entries, list) else 0
    data: dict[str, object] = {
        "name": name,
        "description": known(profile, language),
        "personality": ("、" if language == "zh" else ", ").join(profile.traits) or profile.fields.get("traits", ""),
        "scenario": "",
        "first_mes": openings[0].turns[-1].text if openings else "",
        "mes_example": "\n".join(f"<START>\n{spoken_scene(scene, name)}" for scene in scenes),
        "creator_notes": _notes(folder.root, language, len(openings), len(scenes), count),
        "system_prompt": "",
        "post_history_instructions": "",
        "alternate_greetings": [scene.turns[-1].text for scene in openings[1:]],
        **({"character_book": book} if count else {}),
        "tags": ["roleinstruct", *_LANGUAGES.get(language, ()), *profile.traits[:5]],
        "creator": f"roleinstruct {__version__}",
        "character_version": "1",
        "extensions": {"roleinstruct": _facts(folder.root, every, openings, scenes)},
        "source": [f"roleinstruct:{folder.root.resolve().name}/{name}"],
        "group_only_greetings": [],
    }
    return Composed(Card(3, data, {}, "3.0"), len(openings), len(scenes), count, _asked(folder, name))


def _asked(folder: DataFolder, name: str) -> int:
    splits = (split for split in folder.splits("specific") if split != "train")
    return sum(1 for split in splits for _ in folder.by_character("specific", split).rows(name))


_LANGUAGES = {"zh": ("Chinese",), "en": ("English",)}

_NOTES = {
    "zh": (
        "由 roleinstruct {version} 从数据集“{name}”制成。描述和性格来自人物档案；开场白 {greetings} 句、"
        "示例对话 {examples} 段都是原有对话中的真实台词；世界书 {entries} 条是问答所依据的原文。"
    ),
    "en": (
        "Made by roleinstruct {version} of the data set {name}. Description and personality come from the profile; "
        "{greetings} greetings and {examples} example dialogues are real lines of its dialogues; the {entries} entries "
        "of the lorebook are the passages that its questions and answers rest on."
    ),
}
_LICENCE = {"zh": "数据集许可：{licence}。", "en": " Licence of the data set: {licence}."}


def _notes(root: Path, language: str, greetings: int, examples: int, entries: int) -> str:
    words = _NOTES["zh" if language == "zh" else "en"]
    name, licence = root.resolve().name, _licence(root)
    notes = words.format(version=__version__, name=name, greetings=greetings, examples=examples, entries=entries)
    return notes + (_LICENCE["zh" if language == "zh" else "en"].format(licence=licence) if licence else "")


def _facts(root: Path, dialogues: Sequence[Dialogue], openings: list[Scene], scenes: list[Scene]) -> dict[str, object]:
    """What of the data set has no place of its own on a card."""
    felt = Counter(t.emotion for d in dialogues for t in d.utterances if t.speaker == d.character and t.emotion)
    total = sum(felt.values())
    licence = _licence(root)
    return {
        "version": __version__,
        "expressions": {emotion.value: expression for emotion, expression in EXPRESSION_OF.items()},
        "emotions": {emotion.value: round(felt[emotion] / total, 4) for emotion in Emotion if felt[emotion]},
        "greetings_from": [scene.dialogue for scene in openings],
        "examples_from": [scene.dialogue for scene in scenes],
        **({"licence": licence} if licence else {}),
    }


def _licence(root: Path) -> str:
    """What the folder's card says; "" where it says nothing, or that it is not known."""
    licence = stated_licence(root)
    return "" if licence == "unknown" else licence
