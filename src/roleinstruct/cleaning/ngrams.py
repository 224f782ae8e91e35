"""Character 3-grams of a text as a set of numbers: what near-duplicates are measured by."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["SIZE", "Grams", "jaccard", "pack", "passages", "unpack"]

SIZE = 3
"""Characters in an n-gram."""

Grams = NDArray[np.uint64]
"""The distinct n-grams of a text, ascending; a number holds an n-gram exactly, so that no two ever collide."""

_BITS = 21  # enough for every code point, and three of them fit in 64 bits


def pack(text: str) -> Grams:
    """The set of n-grams of a normalised text; empty for a text shorter than one n-gram."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    if len(codes) < SIZE:
        return np.empty(0, np.uint64)
    grams: Grams = np.unique(codes[:-2] << np.uint64(2 * _BITS) | codes[1:-1] << np.uint64(_BITS) | codes[2:])
    return grams


def unpack(gram: int) -> str:
    """The n-gram that a number stands for."""
    mask = (1 << _BITS) - 1
    return "".join(chr(gram >> shift & mask) for shift in (2 * _BITS, _BITS, 0))


def jaccard(left: Grams, right: Grams) -> float:
    """Shared n-grams over all n-grams of two texts, 0 to 1; two empty sets share nothing."""
    union = len(np.union1d(left, right))
    return (len(left) + len(right) - union) / union if union else 0.0


def passages(text: str, grams: Grams) -> tuple[str, ...]:
    """The stretches of a normalised text that are made of the given n-grams, in order, as long as they go."""
    wanted = {unpack(int(gram)) for gram in grams}
    hits = [i for i in range(len(text) - SIZE + 1) if text[i : i + SIZE] in wanted]
    starts = [b for a, b in pairwise([-2, *hits]) if b != a + 1]
    ends = [a for a, b in pairwise([*hits, len(text) + 1]) if b != a + 1]
    return tuple(text[start : end + SIZE] for start, end in zip(starts, ends, strict=True))
