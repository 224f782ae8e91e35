"""The figures of a data set, beside the paper's Table 1, each with its definition."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from roleinstruct.dataset.features import CONFIGS
from roleinstruct.dataset.folder import DataFolder
from roleinstruct.emotions import Emotion

__all__ = ["PAPER_EMOTIONS", "Statistic", "emotion_shares", "figure", "statistics", "summary"]

PAPER_EMOTIONS = {
    Emotion.NEUTRAL: 51.1,
    Emotion.ANGER: 9.3,
    Emotion.HAPPINESS: 9.2,
    Emotion.OTHER: 9.0,
    Emotion.FRUSTRATION: 7.6,
    Emotion.SADNESS: 4.2,
    Emotion.EXCITEMENT: 4.2,
    Emotion.FEAR: 2.0,
    Emotion.SURPRISE: 1.8,
    Emotion.DISGUST: 1.5,
}
"""Percent of utterances in the paper's Figure 4 (version 1 of the paper)."""


@dataclass(frozen=True, slots=True)
class Statistic:
    """One row of Table 1.

    Attributes:
        name: As the paper names it.
        value: Of this data set; None for an average of nothing.
        paper_v1: The paper's figure for 20 characters.
        paper_v2: The paper's figure for 28 characters.
        definition: How the value is counted here; the paper defines none of its rows.
    """

    name: str
    value: float | None
    paper_v1: float
    paper_v2: float
    definition: str


def statistics(folder: DataFolder) -> list[Statistic]:
    """Every row of Table 1 that the folder's tables can give.

    Lengths are in characters (Unicode code points, spaces included), for Chinese and English alike.
    """
    dialogues, turns, people = _dialogues(folder)
    profiles, lengths, traits = _profiles(folder)
    specific, general = _instructions(folder, "specific"), _instructions(folder, "general")
    both = specific + general
    return [
        Statistic(
            "dialogues", dialogues, 27_259, 48_677, "rows of dialogues, each between the character and one partner"
        ),
        Statistic(
            "average rounds a dialogue",
            _ratio(turns / 2, dialogues),
            14.64,
            14.85,
            "turns (after a speaker's successive lines became one turn) divided by two, averaged over dialogues",
        ),
        Statistic("characters", len(people | profiles), 20, 28, "names in dialogues and profiles"),
        Statistic("personality traits", len(traits), 45, 45, "distinct traits over all profiles"),
        Statistic(
            "average profile length",
            _ratio(sum(lengths), len(lengths)),
            394.05,
            382.15,
            "characters of the profile text, over the profiles that have one",
        ),
        Statistic("instructions", both.rows, 39_422, 43_358, "rows of specific and general"),
        Statistic("character-specific instructions", specific.rows, 9_842, 13_778, "rows of specific"),
        Statistic("general instructions", general.rows, 29_580, 29_580, "rows of general, one a character and text"),
        Statistic(
            "average instruction length",
            _ratio(both.instruction_length, both.rows),
            28.93,
            27.68,
            "characters of the instruction, over rows",
        ),
        Statistic("responses", both.answers, 157_742, 161_678, "answers in character"),
        Statistic("character-specific responses", specific.answers, 9_842, 13_778, "one a row of specific"),
        Statistic("general responses", general.answers, 147_900, 147_900, "distinct answers a row of general, summed"),
        Statistic(
            "average response length",
            _ratio(both.answer_length, both.answers),
            33.86,
            33.29,
            "characters of the answer, over answers in character",
        ),
    ]


def emotion_shares(folder: DataFolder) -> dict[Emotion, float]:
    """Percent of the labelled turns that carry each emotion, in the labels' order; {} where nothing is labelled."""
    counts: Counter[int] = Counter()
    if folder.has("dialogues"):
        for row in folder.rows("dialogues", columns=["turns"]):
            counts.update(turn["emotion"] for turn in row["turns"] if turn["emotion"] is not None)
    total = counts.total()
    return {emotion: 100 * counts[n] / total for n, emotion in enumerate(Emotion)} if total else {}


def figure(value: float | None) -> str:
    """A value as people read it: thousands parted, averages with two decimals, "–" for an average of nothing."""
    return "–" if value is None else f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"


def summary(folder: DataFolder) -> dict[str, Any]:
    """The statistics as one JSON document: Table 1, emotions, annotators, and the rows of every table and split."""
    return {
        "table_1": [
            {
                "name": s.name,
                "value": s.value,
                "paper_v1": s.paper_v1,
                "paper_v2": s.paper_v2,
                "definition": s.definition,
            }
            for s in statistics(folder)
        ],
        "emotions_percent": {e.value: round(share, 2) for e, share in emotion_shares(folder).items()},
        "emotions_percent_paper_v1": {e.value: share for e, share in PAPER_EMOTIONS.items()},
        "labelled_by": _annotators(folder),
        "rows": {c: {s: folder.count(c, s) for s in folder.splits(c)} for c in CONFIGS if folder.has(c)},
        "characters": _by_character(folder),
    }


@dataclass(frozen=True, slots=True)
class _Sums:
    rows: int = 0
    answers: int = 0
    instruction_length: int = 0
    answer_length: int = 0

    def __add__(self, other: "_Sums") -> "_Sums":
        return _Sums(
            self.rows + other.rows,
            self.answers + other.answers,
            self.instruction_length + other.instruction_length,
            self.answer_length + other.answer_length,
        )


def _dialogues(folder: DataFolder) -> tuple[int, int, set[str]]:
    if not folder.has("dialogues"):
        return 0, 0, set()
    dialogues = turns = 0
    people: set[str] = set()
    for row in folder.rows("dialogues", columns=["character", "turns"]):
        dialogues += 1
        turns += len(row["turns"])
        people.add(row["character"])
    return dialogues, turns, people


def _profiles(folder: DataFolder) -> tuple[set[str], list[int], set[str]]:
    if not folder.has("profiles"):
        return set(), [], set()
    rows = list(folder.rows("profiles"))
    lengths = [len(row["text"]) for row in rows if row["text"]]
    return {row["character"] for row in rows}, lengths, {trait for row in rows for trait in row["traits"]}


def _instructions(folder: DataFolder, config: str) -> _Sums:
    rows = answers = instruction_length = answer_length = 0
    if folder.has(config):
        column = "responses" if config == "general" else "response"
        for row in folder.rows(config, columns=["instruction", column]):
            given = row[column] if config == "general" else [row[column]]
            rows += 1
            answers += len(given)
            instruction_length += len(row["instruction"])
            answer_length += sum(map(len, given))
    return _Sums(rows, answers, instruction_length, answer_length)


def _annotators(folder: DataFolder) -> dict[str, int]:
    counts: Counter[str] = Counter()
    if folder.has("dialogues"):
        for row in folder.rows("dialogues", columns=["turns"]):
            counts.update(turn["annotator"] or "nobody" for turn in row["turns"])
    return dict(sorted(counts.items()))


def _by_character(folder: DataFolder) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for config in ("dialogues", "specific", "general"):
        if folder.has(config):
            for row in folder.rows(config, columns=["character"]):
                found.setdefault(row["character"], Counter())[config] += 1
    return {name: dict(counts) for name, counts in found.items()}


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 2) if whole else None
