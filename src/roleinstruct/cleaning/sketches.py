"""An index of texts by MinHash sketch, which finds the near ones and then measures them exactly."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash, RMinHashLSH

from roleinstruct.cleaning.ngrams import Grams, pack, passages

__all__ = ["FLOOR", "SHORT", "Candidate", "SketchIndex"]

FLOOR = 0.6
"""Pairs are recorded down to this similarity, so that the threshold can be moved without reading again."""

SHORT = 8
"""Texts of fewer characters, normalised, are duplicates of equal ones only: three n-grams prove nothing."""

_CROWD = 64
"""A text that is like so many earlier ones is not remembered, else boilerplate would cost the square of its number."""

_SEED = 20240117
_BANDS, _ROWS = 64, 4
# A pair of similarity s becomes a candidate with probability 1 - (1 - s^rows)^bands: 0.9999 at s = 0.6, 0.10 at 0.2.


@dataclass(frozen=True, slots=True)
class Candidate:
    """An earlier text that is `FLOOR` or more like a later one, by its position."""

    earlier: int
    similarity: float


class SketchIndex:
    """Items by sketch; finds those that are `FLOOR` or more like a new one."""

    def __init__(self) -> None:
        self._lsh = RMinHashLSH(threshold=FLOOR, num_perm=_BANDS * _ROWS, num_bands=_BANDS)
        self._grams: dict[int, Grams] = {}

    def add(self, position: int, normal: str) -> list[Candidate]:
        """Take an item in; returns the earlier ones that are like it, by position."""
        grams = pack(normal)
        sketch = RMinHash(num_perm=_BANDS * _ROWS, seed=_SEED)
        sketch.update([gram.tobytes() for gram in grams])
        earlier = sorted(set(self._lsh.query(sketch)))
        similarities = self._verify(grams, earlier)
        near = [Candidate(o, float(s)) for o, s in zip(earlier, similarities, strict=True) if s >= FLOOR]
        if len(near) < _CROWD:
            self._lsh.insert(position, sketch)
            self._grams[position] = grams
        return near

    def shared(self, position: int, normal: str) -> tuple[str, ...]:
        """The stretches of a normalised text that an earlier text has too."""
        return passages(normal, np.intersect1d(pack(normal), self._grams[position], assume_unique=True))

    def _verify(self, grams: Grams, others: Sequence[int]) -> NDArray[np.float64]:
        if not others:
            return np.empty(0)
        sizes = np.array([len(self._grams[other]) for other in others])
        joined = np.concatenate([self._grams[other] for other in others])
        found = np.minimum(np.searchsorted(grams, joined), len(grams) - 1)
        starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
        common = np.add.reduceat((grams[found] == joined).astype(np.int64), starts)
        similarities: NDArray[np.float64] = common / (sizes + len(grams) - common)
        return similarities
