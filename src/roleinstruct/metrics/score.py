"""A score that says how sure it is: its value, an interval, a floor, and the number of items."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roleinstruct.metrics.resampling import mean_interval

__all__ = ["Score", "score_of"]


@dataclass(frozen=True, slots=True)
class Score:
    """What a metric says of some answers.

    Attributes:
        value: The mean over the items.
        interval: 95 % bootstrap interval of the mean; both ends are the value where there is one item.
        floor: The mean of the same answers against references of other items, which is what chance and a common style
            make; None where there is one item.
        n: Items.
        signature: How it was made, see `signature`.
        values: One an item, in their order, float64.
        parts: Further means by name, such as "precision".
    """

    value: float
    interval: tuple[float, float]
    floor: float | None
    n: int
    signature: str
    values: NDArray[np.float64] = field(repr=False, compare=False)
    parts: dict[str, float] = field(default_factory=dict)

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


def score_of(values: NDArray[np.float64], signature: str, *, floor: float | None = None, **parts: float) -> Score:
    """Make a score of what each item got.

    Args:
        values: One an item, 1 or more.
        signature: How they were made.
        floor: See `Score`.
        parts: Further means.
    """
    return Score(float(values.mean()), mean_interval(values), floor, len(values), signature, values, dict(parts))
