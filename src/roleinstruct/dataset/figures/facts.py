"""What the figures show, counted in one pass over each table of a data set folder."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from roleinstruct.dataset.figures.verbs import Verb, top_verbs
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.dataset.statistics import PAPER_EMOTIONS
from roleinstruct.emotions import Emotion
from roleinstruct.language import language_of

__all__ = ["MOST_TEXTS", "POSITIONS", "FigureFacts", "as_json", "facts_of"]

POSITIONS = 10
"""Places in a dialogue that the emotion flow tells apart: its first turn is at 0, its last at 9."""

MOST_TEXTS = 10_000
"""Distinct instructions that are tagged; of more, as many are drawn, always the same ones."""


@dataclass(frozen=True, slots=True)
class FigureFacts:
    """Counts of one data set folder; whatever table is missing leaves its part empty.

    Attributes:
        languages: Dialogues by language, or instructions where there are no dialogues.
        emotions: Labelled turns by character and emotion, in the labels' order; characters with most turns first.
        unlabelled: Turns without a label.
        paper: Percent of each emotion in the paper, in the labels' order.
        turns: Dialogues by their number of turns, shortest first; two turns are a round.
        flow: Labelled turns by position in the dialogue (`POSITIONS` rows) and emotion, dialogues of one turn left out.
        traits: Who has each trait, most frequent first.
        verbs: The most frequent verbs of the instructions, with their objects, by language.
        instructions: "rows" of specific and general, "distinct" texts among them, and how many of those were "tagged".
    """

    languages: dict[str, int]
    emotions: dict[str, tuple[int, ...]]
    unlabelled: int
    paper: tuple[float, ...]
    turns: dict[int, int]
    flow: tuple[tuple[int, ...], ...]
    traits: dict[str, tuple[str, ...]]
    verbs: dict[str, tuple[Verb, ...]]
    instructions: dict[str, int]

    @property
    def overall(self) -> tuple[int, ...]:
        """Labelled turns by emotion."""
        return tuple(map(sum, zip(*self.emotions.values(), strict=True))) or (0,) * len(Emotion)

    @property
    def chinese(self) -> bool:
        """Whether any of it is Chinese, so that labels are worth giving in Chinese too."""
        return self.languages.get("zh", 0) > 0


def facts_of(folder: DataFolder) -> FigureFacts:
    """Count what the figures show.

    Raises:
        MissingExtraError: There are Chinese instructions and jieba is not installed.
    """
    rows, texts = _instructions(folder)
    tagged = _drawn(texts)
    talk = _Talk()
    if folder.has("dialogues"):
        for row in folder.rows("dialogues", columns=["character", "turns"]):
            talk.add(row["character"], row["turns"])
    languages = talk.languages or Counter(filter(None, map(language_of, tagged)))
    return FigureFacts(
        languages=dict(sorted(languages.items())),
        emotions=dict(sorted(talk.by_character(), key=lambda item: (-sum(item[1]), item[0]))),
        unlabelled=talk.unlabelled,
        paper=tuple(PAPER_EMOTIONS[emotion] for emotion in Emotion),
        turns=dict(sorted(talk.lengths.items())),
        flow=tuple(tuple(position[n] for n in range(len(Emotion))) for position in talk.flow) if talk.lengths else (),
        traits=_traits(folder),
        verbs=top_verbs(tagged),
        instructions={"rows": rows, "distinct": len(texts), "tagged": len(tagged)},
    )


def as_json(facts: FigureFacts) -> dict[str, Any]:
    """The facts as a JSON document, with the names of the emotions."""
    names = [{"en": emotion.value, "zh": emotion.zh} for emotion in Emotion]
    return {"labels": names, **asdict(facts), "turns": {str(turns): n for turns, n in facts.turns.items()}}


class _Talk:
    """The counts that dialogues add up to."""

    def __init__(self) -> None:
        self.languages: Counter[str] = Counter()
        self.characters: dict[str, Counter[int]] = {}
        self.unlabelled = 0
        self.lengths: Counter[int] = Counter()
        self.flow: list[Counter[int]] = [Counter() for _ in range(POSITIONS)]

    def add(self, character: str, turns: list[dict[str, Any]]) -> None:
        self.lengths[len(turns)] += 1
        if language := language_of(" ".join(turn["text"] for turn in turns)):
            self.languages[language] += 1
        counts = self.characters.setdefault(character, Counter())
        last = len(turns) - 1
        for place, turn in enumerate(turns):
            if turn["emotion"] is None:
                self.unlabelled += 1
                continue
            counts[turn["emotion"]] += 1
            if last:
                # The nearest of the positions that part the dialogue from first to last turn; halves go up.
                self.flow[(2 * place * (POSITIONS - 1) + last) // (2 * last)][turn["emotion"]] += 1

    def by_character(self) -> Iterable[tuple[str, tuple[int, ...]]]:
        for character, counts in self.characters.items():
            if counts:
                yield character, tuple(counts[n] for n in range(len(Emotion)))


def _traits(folder: DataFolder) -> dict[str, tuple[str, ...]]:
    holders: dict[str, set[str]] = {}
    if folder.has("profiles"):
        for row in folder.rows("profiles", columns=["character", "traits"]):
            for trait in row["traits"]:
                holders.setdefault(trait, set()).add(row["character"])
    ranked = sorted(holders.items(), key=lambda item: (-len(item[1]), item[0]))
    return {trait: tuple(sorted(names)) for trait, names in ranked}


def _instructions(folder: DataFolder) -> tuple[int, set[str]]:
    rows, texts = 0, set()
    for config in ("specific", "general"):
        if folder.has(config):
            for row in folder.rows(config, columns=["instruction"]):
                rows += 1
                texts.add(row["instruction"])
    return rows, texts


def _drawn(texts: set[str]) -> list[str]:
    """At most `MOST_TEXTS` of the texts, those with the smallest digests: a sample that order and time leave alone."""
    return sorted(texts, key=lambda text: hashlib.sha256(text.encode("utf-8", "replace")).digest())[:MOST_TEXTS]
