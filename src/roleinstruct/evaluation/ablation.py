"""The paper's ablations: what is trained (Tables 5 and 6 of version 2), and what comes of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from roleinstruct.errors import ConfigError
from roleinstruct.evaluation.benchmark import AVERAGE
from roleinstruct.evaluation.contrasts import Contrast, Findings

__all__ = ["BASE", "SHEETS", "Cell", "Setting", "Sheet", "Verdict", "cells_of", "is_best", "settings_of", "verdicts"]

BASE = "base"
"""The model as it is before any training: a row of its own, which is asked and not trained."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One way to train.

    Attributes:
        name: A word, which names its folders too.
        words: How it differs from the recipe: each a dotted key, "=", and a value.
    """

    name: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """A setting, trained and asked once.

    Attributes:
        setting: Which.
        seed: Of the training and of the answers.
    """

    setting: Setting
    seed: int

    @property
    def name(self) -> str:
        """The name of its folder, such as "hybrid-seed0"."""
        return f"{self.setting.name}-seed{self.seed}"

    @property
    def words(self) -> tuple[str, ...]:
        """How its recipe differs from the recipe."""
        return (*self.setting.words, f"sft.seed={self.seed}")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of the paper.

    Attributes:
        title: What is told apart.
        paper: Its number in the paper.
        columns: In the paper's order.
        rows: By the paper's word for it the name of the setting, as in `paper_table`.
        pairs: Settings that are held against each other.
        questions: What is asked of it: the question, the setting, and the column in which it would have to be best.
        note: What has to be known to read it.
    """

    title: str
    paper: int
    columns: tuple[str, ...]
    rows: Mapping[str, str]
    pairs: tuple[tuple[str, str], ...]
    questions: tuple[tuple[str, str, str], ...]
    note: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an ablation says to a question.

    Attributes:
        question: The question.
        answer: "yes" if the setting beats each of the others by more than chance makes, "no" if one of them beats it
            so, else "open".
        because: The figures.
    """

    question: str
    answer: Literal["yes", "no", "open"]
    because: str

    def told(self) -> str:
        """In one sentence."""
        return f"{self.question} {self.answer.capitalize()}: {self.because}."


_WITHOUT = "hybrid-without-emotion"

SHEETS: Mapping[str, Sheet] = {
    "strategy": Sheet(
        "Instructions",
        5,
        (AVERAGE, "raw", "cus", "spe"),
        {"general": "general", "specific": "specific", "hybrid": "hybrid"},
        tuple(combinations(("hybrid", "specific", "general", BASE), 2)),
        (
            ("Does hybrid give the best average?", "hybrid", AVERAGE),
            ("Does specific give the best SPE?", "specific", "spe"),
        ),
        "Avg is the mean of the tasks that the benchmark has, each counting the same.",
    ),
    "emotion": Sheet(
        "Emotion",
        6,
        ("spe", "cus", "raw"),
        {"without emotion": _WITHOUT, "with emotion": "hybrid"},
        (("hybrid", _WITHOUT),),
        tuple(
            (f"Is {task.upper()} better with emotion than without?", "hybrid", task) for task in ("spe", "cus", "raw")
        ),
        "The questions of the benchmark name no emotion to either. The paper's table has scores by people besides, "
        "which no program gives: see roleinstruct humans.",
    ),
}


def settings_of(sheets: Collection[str], emotion: str) -> list[Setting]:
    """What is trained for some of `SHEETS`, each setting once.

    Args:
        sheets: Which.
        emotion: How emotion enters where it does: a value of `data.emotion` other than "none".

    Raises:
        ConfigError: There is no such sheet, or without emotion there is nothing to tell apart.
    """
    if unknown := [name for name in sheets if name not in SHEETS]:
        raise ConfigError(f"there is no ablation {unknown[0]!r}; there are {', '.join(SHEETS)}.")
    if emotion == "none" and "emotion" in sheets:
        raise ConfigError("with data.emotion=none there is no training with emotion: set another value.")
    every = [
        *(Setting(name, (f"data.strategy={name}", f"data.emotion={emotion}")) for name in SHEETS["strategy"].rows),
        Setting(_WITHOUT, ("data.strategy=hybrid", "data.emotion=none")),
    ]
    wanted = {setting for name in sheets for setting in SHEETS[name].rows.values()}
    return [setting for setting in every if setting.name in wanted]


def cells_of(settings: Sequence[Setting], seeds: int) -> list[Cell]:
    """Every setting with every seed, all settings with the first seed first: a run that is stopped has whole tables."""
    return [Cell(setting, seed) for seed in range(seeds) for setting in settings]


def verdicts(sheet: Sheet, findings: Findings) -> list[Verdict]:
    """Answer the questions of a table, as far as the benchmark has the task and the settings were trained."""
    return [
        is_best(question, setting, findings.of(setting, column))
        for question, setting, column in sheet.questions
        if findings.of(setting, column)
    ]


def is_best(question: str, setting: str, contrasts: Sequence[Contrast]) -> Verdict:
    """Whether a setting beats all others that it was held against.

    Args:
        question: What is asked.
        setting: The one that should.
        contrasts: With the others, the setting being the first; 1 or more.
    """
    because = ", ".join(
        f"{'ahead of' if one.difference >= 0 else 'behind'} {one.second} by {abs(one.difference):.4f} ({_p(one.p)})"
        for one in contrasts
    )
    if any(one.is_decided and one.difference < 0 for one in contrasts):
        return Verdict(question, "no", f"{setting} is {because}")
    is_shown = all(one.is_decided and one.difference > 0 for one in contrasts)
    return Verdict(question, "yes" if is_shown else "open", f"{setting} is {because}")


def _p(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p {p:.3f}"
