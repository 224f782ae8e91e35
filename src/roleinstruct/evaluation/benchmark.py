"""The paper's Rouge-L table: RAW, CUS, SPE and their mean for each system, how sure they are, and who beats whom."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from statistics import fmean
from typing import Any, TypeVar

from roleinstruct.dataset.features import TASKS
from roleinstruct.errors import ConfigError, RecordError
from roleinstruct.evaluation.answers import Answers
from roleinstruct.evaluation.floors import with_floor
from roleinstruct.evaluation.items import Item, digest_of
from roleinstruct.metrics.grouped import grouped_interval, paired_groups
from roleinstruct.metrics.resampling import Comparison, holm
from roleinstruct.metrics.score import Score
from roleinstruct.metrics.signature import expect_same

__all__ = ["AVERAGE", "Duel", "Measure", "Part", "SystemScores", "Table", "score_systems"]

AVERAGE = "avg"
"""The mean of the tasks, each of which counts the same however many items it has."""

Measure = Callable[[Sequence[str], Sequence[Sequence[str]]], Score]
"""A metric: answers and their references to a score, such as `rouge_l`."""


_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the items: those of one character and task, or of one emotion.

    Attributes:
        value: The mean.
        n: Items.
    """

    value: float
    n: int


@dataclass(frozen=True, slots=True)
class SystemScores:
    """What a system got.

    Attributes:
        system: Its name.
        tasks: By task, in the order of `TASKS`.
        average: The mean of the tasks.
        interval: Its 95 % interval, the items being drawn anew within each task.
        characters: By character and task, those of the benchmark.
        emotions: By the emotion of the expected answer, of the items that have one.
    """

    system: str
    tasks: Mapping[str, Score]
    average: float
    interval: tuple[float, float]
    characters: Mapping[tuple[str, str], Part]
    emotions: Mapping[str, Part]

    @property
    def floor(self) -> float | None:
        """The mean of the tasks' floors; None where one has none."""
        floors = [score.floor for score in self.tasks.values() if score.floor is not None]
        return fmean(floors) if len(floors) == len(self.tasks) else None

    def as_json(self) -> dict[str, Any]:
        """As a JSON document."""
        parts = self.characters.items()
        return {
            "system": self.system,
            "average": self.average,
            "interval": list(self.interval),
            "floor": self.floor,
            "tasks": {task: score.as_json() for task, score in self.tasks.items()},
            "characters": [{"character": name, "task": task, **asdict(part)} for (name, task), part in parts],
            "emotions": {name: asdict(part) for name, part in self.emotions.items()},
        }


@dataclass(frozen=True, slots=True)
class Duel:
    """Two systems on the same items.

    Attributes:
        first: The system that is ahead, or the first of the two.
        second: The other.
        task: One of the tasks, or `AVERAGE`.
        comparison: The difference, its interval and p, by approximate randomisation.
        p: Corrected for all duels on the task (Holm 1979).
    """

    first: str
    second: str
    task: str
    comparison: Comparison
    p: float

    @property
    def is_decided(self) -> bool:
        """Whether the difference is more than chance makes: p below .05."""
        return self.p < 0.05

    def as_json(self) -> dict[str, Any]:
        """As a JSON document; "p" is the corrected one."""
        return {
            "first": self.first,
            "second": self.second,
            "task": self.task,
            "difference": self.comparison.difference,
            "interval": list(self.comparison.interval),
            "p": self.p,
            "p_uncorrected": self.comparison.p,
            "is_decided": self.is_decided,
        }


@dataclass(frozen=True, slots=True)
class Table:
    """All systems on one benchmark.

    Attributes:
        systems: In the order in which they were given.
        duels: Every pair on every task and on the mean.
        items: How many items each was asked.
        digest: Of the items, see `digest_of`.
        signature: How each was scored.
    """

    systems: tuple[SystemScores, ...]
    duels: tuple[Duel, ...]
    items: int
    digest: str
    signature: str

    def as_json(self) -> dict[str, Any]:
        """As a JSON document."""
        return {
            "signature": self.signature,
            "items": self.items,
            "digest": self.digest,
            "systems": [one.as_json() for one in self.systems],
            "duels": [duel.as_json() for duel in self.duels],
        }


def score_systems(
    items: Sequence[Item], systems: Sequence[Answers], measure: Measure, *, only_answered: bool = False
) -> Table:
    """Score the answers of systems to the same items.

    Args:
        items: What was asked.
        systems: What each answered; answers to other items are passed over.
        measure: The metric.
        only_answered: Leave out the items that not every system has answered, where else that is an error.

    Raises:
        RecordError: A system has not answered every item, or no item is answered by all.
        ConfigError: There is no system, or two of one name.
    """
    names = [answers.system for answers in systems]
    if not names or len(set(names)) < len(names):
        raise ConfigError(f"the systems are {', '.join(names) or 'none'}; give one or more, each of another name.")
    asked = _answered(items, systems, only_answered=only_answered)
    tasks = [task for task in TASKS if any(item.task == task for item in asked)]
    scored = [_score(asked, answers, tasks, measure) for answers in systems]
    return Table(
        tuple(scored),
        tuple(duel for task in (*tasks, AVERAGE) for duel in _duels(scored, task, tasks)),
        len(asked),
        digest_of(asked),
        expect_same(*(score.signature for one in scored for score in one.tasks.values())),
    )


def _answered(items: Sequence[Item], systems: Sequence[Answers], *, only_answered: bool) -> list[Item]:
    missing = {answers.system: sum(item.id not in answers.texts for item in items) for answers in systems}
    worst = max(missing, key=lambda name: missing[name])
    if missing[worst] and not only_answered:
        raise RecordError(
            f"{worst} has not answered {missing[worst]:,} of {len(items):,} items: run roleinstruct respond again to "
            "go on, or score the items that all have answered with --only-answered."
        )
    asked = [item for item in items if all(item.id in answers.texts for answers in systems)]
    if not asked:
        raise RecordError("no item of the benchmark is answered by every system: are the files of this data set?")
    return asked


def _score(items: Sequence[Item], answers: Answers, tasks: Sequence[str], measure: Measure) -> SystemScores:
    by_task = {task: [item for item in items if item.task == task] for task in tasks}
    scores = {}
    for task, some in by_task.items():
        texts = [answers.texts[item.id] for item in some]
        found = measure(texts, [item.references for item in some])
        scores[task] = with_floor(found, measure, texts, some)
    values = {i.id: float(v) for task, some in by_task.items() for i, v in zip(some, scores[task].values, strict=True)}
    return SystemScores(
        answers.system,
        scores,
        fmean(score.value for score in scores.values()),
        grouped_interval([score.values for score in scores.values()]),
        _parts(((item.character, item.task), values[item.id]) for item in items),
        _parts((str(item.emotion), values[item.id]) for item in items if item.emotion is not None),
    )


def _parts(found: Iterable[tuple[_Key, float]]) -> dict[_Key, Part]:
    groups: dict[_Key, list[float]] = {}
    for key, value in found:
        groups.setdefault(key, []).append(value)
    return {key: Part(fmean(values), len(values)) for key, values in groups.items()}


def _duels(scored: Sequence[SystemScores], task: str, tasks: Sequence[str]) -> list[Duel]:
    """Every pair, the one that is ahead first."""
    chosen = tasks if task == AVERAGE else [task]
    found: list[tuple[str, str, Comparison]] = []
    for pair in combinations(scored, 2):
        ahead, behind = sorted(pair, key=lambda one: -_value(one, task))  # of equals the first stays first
        groups = [(ahead.tasks[name].values, behind.tasks[name].values) for name in chosen]
        found.append((ahead.system, behind.system, paired_groups(groups)))
    corrected = holm({f"{number}": compared.p for number, (_, _, compared) in enumerate(found)})
    return [Duel(*pair, corrected[f"{number}"]) for number, pair in enumerate((a, b, task, c) for a, b, c in found)]


def _value(scores: SystemScores, task: str) -> float:
    return scores.average if task == AVERAGE else scores.tasks[task].value
