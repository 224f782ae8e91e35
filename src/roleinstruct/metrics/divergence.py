"""How far two distributions over labels are apart."""

from collections.abc import Hashable, Mapping
from math import log2

from roleinstruct.errors import RecordError

__all__ = ["jensen_shannon"]


def jensen_shannon(first: Mapping[Hashable, float], second: Mapping[Hashable, float]) -> float:
    """The Jensen-Shannon divergence (Lin 1991, "Divergence Measures Based on the Shannon Entropy"), in bits.

    Args:
        first: How often each label comes: counts or shares, such as a `Counter` of labels.
        second: Of the other side.

    Returns:
        0 for the same shares to 1 for no label in common.

    Raises:
        RecordError: A side is empty, or has a number below 0.

    Examples:
        >>> jensen_shannon({"anger": 3, "neutral": 1}, {"anger": 0.75, "neutral": 0.25})
        0.0
    """
    one, other = _shares(first), _shares(second)
    mixed = {label: (one.get(label, 0.0) + other.get(label, 0.0)) / 2 for label in {**one, **other}}
    apart = sum(share * log2(share / mixed[label]) for side in (one, other) for label, share in side.items() if share)
    return min(1.0, max(0.0, apart / 2))


def _shares(counts: Mapping[Hashable, float]) -> dict[Hashable, float]:
    total = sum(counts.values())
    if total <= 0 or min(counts.values()) < 0:
        raise RecordError(f"{dict(counts)!r} is no distribution: give counts of 0 or more, one above 0.")
    return {label: count / total for label, count in counts.items()}
