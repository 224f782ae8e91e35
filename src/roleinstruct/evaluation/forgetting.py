"""What a training has cost of what the model knew: neutral questions, asked without a persona, before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any, Literal

import numpy as np

from roleinstruct.errors import ConfigError, RecordError
from roleinstruct.evaluation.answers import Answers
from roleinstruct.evaluation.benchmark import Measure
from roleinstruct.evaluation.contrasts import Values, values_of
from roleinstruct.evaluation.items import Item
from roleinstruct.evaluation.responses import NEUTRAL
from roleinstruct.metrics.crossed import bounds, crossed_means

__all__ = ["Forgetting", "forgetting"]

_SAMPLING = ("temperature", "top_p", "seed", "max_tokens")


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Neutral answers before and after a training, held against the neutral references.

    Attributes:
        base: The score of the model before.
        adapter: And after.
        loss: The first less the second; below 0 where the model has gained.
        interval: Its 95 % interval, questions (and runs, of several) being drawn anew.
        budget: The loss that was stated to be bearable.
        questions: How many there are.
        runs: Trainings that the figures are the means of.
    """

    base: float
    adapter: float
    loss: float
    interval: tuple[float, float]
    budget: float
    questions: int
    runs: int

    @property
    def verdict(self) -> Literal["kept", "open", "exceeded"]:
        """Kept if the whole interval is within the budget, exceeded if the loss is above it, else open."""
        if self.loss > self.budget:
            return "exceeded"
        return "kept" if self.interval[1] <= self.budget else "open"

    def told(self) -> str:
        """In one sentence."""
        low, high = self.interval
        ends = {
            "kept": f"within the budget of {self.budget:g}",
            "open": f"the budget of {self.budget:g} is kept, but the interval reaches beyond it: ask more questions",
            "exceeded": f"more than the budget of {self.budget:g}",
        }
        return (
            f"neutral RAW {self.base:.4f} before and {self.adapter:.4f} after: a loss of {self.loss:+.4f} ({low:+.4f} "
            f"to {high:+.4f}) on {self.questions:,} questions, {ends[self.verdict]}."
        )

    def as_json(self) -> dict[str, Any]:
        """As a JSON document."""
        return {**asdict(self), "verdict": self.verdict}


def forgetting(
    items: Sequence[Item], base: Sequence[Answers], adapter: Sequence[Answers], measure: Measure, budget: float
) -> Forgetting:
    """Hold neutral answers of an adapter against those of its base.

    Args:
        items: RAW items; those that one of the files does not answer are left out. A question that is put to several
            characters has one neutral answer and counts once.
        base: The base's answers, asked without a persona; one file a run.
        adapter: The adapter's, likewise, each sampled as that of the base.
        measure: The metric.
        budget: The loss that is bearable, in points of the metric, 0 to 1.

    Raises:
        ConfigError: A file holds no answer, or was answered in character; the two were sampled differently; or the
            budget is no share.
        RecordError: There is no question that all have answered.
    """
    if not 0 <= budget <= 1:
        raise ConfigError(f"the forgetting budget is {budget}, expected a number of Rouge-L from 0 to 1, such as 0.02.")
    for before, after in zip(base, adapter, strict=True):
        _expect_alike(before, after)
    files = [*base, *adapter]
    asked = {item.instruction: item for item in items if all(item.id in one.texts for one in files)}
    if not asked:
        raise RecordError(
            f"no neutral question is answered by {' and '.join(one.system for one in files)}: RAW needs neutral "
            "answers in the data set (raw_response), and files of roleinstruct respond --neutral."
        )
    chosen = list(asked.values())
    return _found(values_of(chosen, base, measure), values_of(chosen, adapter, measure), list(asked), budget)


def _found(before: Values, after: Values, questions: Sequence[str], budget: float) -> Forgetting:
    draws = crossed_means(np.stack([before, after]), questions, [0] * len(questions))[:, :, 0]
    old, new = fmean(before.mean(axis=1).tolist()), fmean(after.mean(axis=1).tolist())
    loss = bounds(draws[:, 0] - draws[:, 1])
    return Forgetting(old, new, old - new, loss, budget, len(questions), len(before))


def _expect_alike(before: Answers, after: Answers) -> None:
    for file in (before, after):
        if not file.texts:
            raise ConfigError(f"{file.path} holds no answer; expected a file of roleinstruct respond --neutral.")
        if not NEUTRAL.items() <= file.settings.items():
            said = "was answered in character" if file.settings else "does not say how it was answered"
            raise ConfigError(
                f"{file.path} {said}, and answers without a persona were expected: ask again with roleinstruct respond "
                "--neutral, into another file."
            )
    if _sampling(before.settings) != _sampling(after.settings) or before.items != after.items:
        raise ConfigError(
            f"{before.path} and {after.path} were not asked alike (benchmark, temperature, top-p, seed, max tokens): "
            "ask both again with the same options."
        )


def _sampling(settings: Mapping[str, Any]) -> list[Any]:
    return [settings.get(name) for name in _SAMPLING]
