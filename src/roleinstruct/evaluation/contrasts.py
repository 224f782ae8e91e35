"""Settings of a training against each other: each was trained several times, and every run answered the same items."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, stdev
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roleinstruct.dataset.features import TASKS
from roleinstruct.errors import RecordError
from roleinstruct.evaluation.answers import Answers
from roleinstruct.evaluation.benchmark import AVERAGE, Measure
from roleinstruct.evaluation.items import Item
from roleinstruct.metrics.crossed import bounds, chance, crossed_means
from roleinstruct.metrics.resampling import holm

__all__ = ["Contrast", "Figure", "Findings", "Values", "compare", "values_of"]

Values = NDArray[np.float64]
"""What each run of a setting got on each item: (runs, items)."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What a setting got.

    Attributes:
        value: The mean over its runs.
        interval: Its 95 % interval, runs and questions being drawn anew.
        by_run: Of each run.
    """

    value: float
    interval: tuple[float, float]
    by_run: tuple[float, ...]

    @property
    def spread(self) -> float | None:
        """The standard deviation over the runs; None where there is one."""
        return stdev(self.by_run) if len(self.by_run) > 1 else None

    def as_json(self) -> dict[str, Any]:
        """As a JSON document."""
        return {**asdict(self), "spread": self.spread}


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two settings on the same items, run against run.

    Attributes:
        first: A setting.
        second: Another one.
        column: One of the tasks, or `AVERAGE`.
        difference: The first less the second.
        interval: Its 95 % interval, runs and questions being drawn anew.
        p: The probability of such a difference if there were none, corrected for all contrasts of the column (Holm
            1979).
        p_uncorrected: The same before that.
    """

    first: str
    second: str
    column: str
    difference: float
    interval: tuple[float, float]
    p: float
    p_uncorrected: float

    @property
    def is_decided(self) -> bool:
        """Whether the difference is more than chance makes: p below .05."""
        return self.p < 0.05

    def seen_from(self, setting: str) -> "Contrast":
        """The same with this setting as the first."""
        if setting == self.first:
            return self
        low, high = self.interval
        return Contrast(
            self.second, self.first, self.column, -self.difference, (-high, -low), self.p, self.p_uncorrected
        )

    def as_json(self) -> dict[str, Any]:
        """As a JSON document."""
        return {**asdict(self), "is_decided": self.is_decided}


@dataclass(frozen=True, slots=True)
class Findings:
    """All settings on one benchmark.

    Attributes:
        figures: By setting and column: `AVERAGE` and the tasks that the benchmark has.
        contrasts: Pairs of settings on each column.
        items: How many there are of each task.
        runs: How often each setting was trained.
    """

    figures: Mapping[str, Mapping[str, Figure]]
    contrasts: tuple[Contrast, ...]
    items: Mapping[str, int]
    runs: int

    def of(self, setting: str, column: str) -> list[Contrast]:
        """The contrasts of a setting on a column, the setting being the first."""
        found = [c for c in self.contrasts if c.column == column and setting in (c.first, c.second)]
        return [contrast.seen_from(setting) for contrast in found]

    def as_json(self) -> dict[str, Any]:
        """As a JSON document."""
        return {
            "items": dict(self.items),
            "runs": self.runs,
            "settings": {
                name: {column: figure.as_json() for column, figure in row.items()} for name, row in self.figures.items()
            },
            "contrasts": [contrast.as_json() for contrast in self.contrasts],
        }


def values_of(items: Sequence[Item], runs: Sequence[Answers], measure: Measure) -> Values:
    """Score the runs of a setting.

    Args:
        items: What was asked.
        runs: The answers of each, to all of the items.
        measure: The metric.
    """
    references = [item.references for item in items]
    return np.stack([measure([run.texts[item.id] for item in items], references).values for run in runs])


def compare(items: Sequence[Item], values: Mapping[str, Values], pairs: Sequence[tuple[str, str]]) -> Findings:
    """Hold settings against each other.

    Args:
        items: What was asked. Items of one instruction are drawn together: neighbours in what they ask, and RAW and CUS
            in the answer too.
        values: By setting, see `values_of`; the first runs of all belong together, and so on.
        pairs: Which are held against each other; those of settings without values are passed over.

    Raises:
        RecordError: There is no setting or item, or the settings were not run equally often.
    """
    shapes = {array.shape for array in values.values()}
    if len(shapes) != 1 or not items:
        raise RecordError(f"{len(items)} items and runs of the shapes {sorted(shapes)}: give as many of every setting.")
    tasks = [task for task in TASKS if any(item.task == task for item in items)]
    parts = np.array([tasks.index(item.task) for item in items])
    draws = crossed_means(np.stack(list(values.values())), [item.instruction for item in items], parts.tolist())
    drawn = {
        (name, column): _column(draws[:, number], tasks, column)
        for number, name in enumerate(values)
        for column in (AVERAGE, *tasks)
    }
    by_run = {
        (name, column): _column(
            np.stack([array[:, parts == part].mean(axis=1) for part in range(len(tasks))], axis=-1), tasks, column
        )
        for name, array in values.items()
        for column in (AVERAGE, *tasks)
    }
    there = [pair for pair in pairs if set(pair) <= set(values)]
    return Findings(
        {n: {c: _figure(by_run[n, c], drawn[n, c]) for c in (AVERAGE, *tasks)} for n in values},
        tuple(c for column in (AVERAGE, *tasks) for c in _contrasts(there, column, by_run, drawn)),
        {task: int((parts == number).sum()) for number, task in enumerate(tasks)},
        next(iter(shapes))[0],
    )


def _column(by_task: Values, tasks: Sequence[str], column: str) -> Values:
    """Of values (…, tasks) the column's: (…)."""
    chosen: Values = by_task.mean(axis=-1) if column == AVERAGE else by_task[..., tasks.index(column)]
    return chosen


def _figure(by_run: Values, drawn: Values) -> Figure:
    return Figure(fmean(by_run.tolist()), bounds(drawn), tuple(by_run.tolist()))


def _contrasts(
    pairs: Sequence[tuple[str, str]],
    column: str,
    by_run: Mapping[tuple[str, str], Values],
    drawn: Mapping[tuple[str, str], Values],
) -> list[Contrast]:
    found = {}
    for first, second in pairs:
        difference = float((by_run[first, column] - by_run[second, column]).mean())
        apart = drawn[first, column] - drawn[second, column]
        found[first, second] = (difference, bounds(apart), chance(difference, apart))
    corrected = holm({f"{number}": p for number, (_, _, p) in enumerate(found.values())})
    return [
        Contrast(first, second, column, difference, interval, corrected[f"{number}"], p)
        for number, ((first, second), (difference, interval, p)) in enumerate(found.items())
    ]
