"""A score that says how sure it is: its value, an interval, a floor, and the number of items."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roleinstruct.metrics.resampling import mean_interval

__all__ = ["CorpusScore", "Score", "score_of"]


@dataclass(frozen=True, slots=True)
class Score:
    """What a metric says of some answers.

    Attributes:
        value: The mean over the items.
        floor: The mean of the same answers against references of other items, which is what chance and a common style
            make; None where there is one item, or it was not asked for.
        n: Items.
        signature: How it was made, see `signature`.
        values: One an item, in their order, float64.
        parts: Further means by name, such as "precision".
    """

    value: float
    floor: float | None
    n: int
    signature: str
    values: NDArray[np.float64] = field(repr=False, compare=False)
    parts: dict[str, float] = field(default_factory=dict)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % bootstrap interval of the mean, drawn when it is asked for; both ends are the value of a single item."""
        return mean_interval(self.values)

    def as_json(self) -> dict[str, Any]:
        """All but the values of the items."""
        return {
            "value": self.value,
            "interval": list(self.interval),
            "floor": self.floor,
            "n": self.n,
            "signature": self.signature,
            **self.parts,
        }


@dataclass(frozen=True, slots=True)
class CorpusScore:
    """A score of all answers together that is no mean over them.

    Attributes:
        value: Of all.
        n: Items.
        signature: How it was made.
        interval: 95 % interval; None where drawing items again would change what is measured.
        floor: As in `Score`; None too where references have no part in it.
    """

    value: float
    n: int
    signature: str
    interval: tuple[float, float] | None = None
    floor: float | None = None


def score_of(values: NDArray[np.float64], signature: str, *, floor: float | None = None, **parts: float) -> Score:
    """Make a score of what each item got.

    Args:
        values: One an item, 1 or more.
        signature: How they were made.
        floor: See `Score`.
        parts: Further means.
    """
    return Score(float(values.mean()), floor, len(values), signature, values, dict(parts))
