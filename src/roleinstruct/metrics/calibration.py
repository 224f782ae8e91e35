"""Whether a confidence means what it says: of the answers given with 0.7, seven in ten should be right."""

from collections.abc import Sequence
from dataclasses import dataclass

from roleinstruct.errors import RecordError

__all__ = ["Bin", "expected_calibration_error", "reliability_bins"]


@dataclass(frozen=True, slots=True)
class Bin:
    """The answers whose confidence lies in one range.

    Attributes:
        low: Where the range begins, 0 to 1; excluded, but 0 itself belongs to the first range.
        high: Where it ends, included.
        n: Answers in it.
        confidence: Their mean confidence; 0 where there are none.
        accuracy: The share of them that are right; 0 where there are none.
    """

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


def reliability_bins(confidences: Sequence[float], right: Sequence[bool], *, bins: int = 10) -> list[Bin]:
    """Sort answers by confidence into ranges of equal width: what a reliability diagram draws.

    Args:
        confidences: How sure each answer was, 0 to 1.
        right: Whether it was right, in the same order.
        bins: Ranges, 1 or more.

    Returns:
        One a range, from 0 up; empty ones included.

    Raises:
        RecordError: The two differ in length, there is no answer, a confidence is not in 0 to 1, or `bins` is below 1.
    """
    _check(confidences, right, bins)
    inside: list[list[int]] = [[] for _ in range(bins)]
    edges = [number / bins for number in range(bins + 1)]
    for position, confidence in enumerate(confidences):
        found = min(int(confidence * bins), bins - 1)
        # The product is rounded, the edges are not: what lies on an edge belongs below it.
        found -= found > 0 and confidence <= edges[found]
        inside[found].append(position)
    return [
        Bin(low, high, len(found), _mean([confidences[i] for i in found]), _mean([float(right[i]) for i in found]))
        for low, high, found in zip(edges, edges[1:], inside, strict=False)
    ]


def expected_calibration_error(confidences: Sequence[float], right: Sequence[bool], *, bins: int = 10) -> float:
    """The mean distance of confidence and accuracy over ranges of confidence, weighted by their answers, 0 to 1.

    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3: equal-width ranges.

    Args:
        confidences: How sure each answer was, 0 to 1.
        right: Whether it was right, in the same order.
        bins: Ranges, 1 or more.

    Raises:
        RecordError: As `reliability_bins`.
    """
    found = reliability_bins(confidences, right, bins=bins)
    return sum(bin.n * abs(bin.confidence - bin.accuracy) for bin in found) / len(confidences)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _check(confidences: Sequence[float], right: Sequence[bool], bins: int) -> None:
    if len(confidences) != len(right):
        raise RecordError(f"{len(confidences)} confidences and {len(right)} outcomes: give one of each an answer.")
    if not confidences:
        raise RecordError("there are no answers to bin: give at least one.")
    if bins < 1:
        raise RecordError(f"{bins} bins: give 1 or more.")
    outside = [value for value in confidences if not 0 <= value <= 1]
    if outside:
        raise RecordError(f"the confidence {outside[0]} is not between 0 and 1; give probabilities.")
