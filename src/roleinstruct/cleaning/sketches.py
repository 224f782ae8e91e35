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
"""A text that is like so many earlier ones is not remembered, and of more that look like it the likest are measured,
else boilerplate would cost the square of its number."""

_THRONG = 512
"""A text of which so many earlier ones share a wide band is compared by narrow bands from then on, for the same."""

_MARGIN = 0.15
"""By so much more the agreement of two sketches falls short of the similarity with a probability of at most
exp(-2 * 256 * 0.15^2) = 1e-5 (Hoeffding 1963); such a pair is not measured."""

_SEED = 20240117
_PERMUTATIONS = 256
_WIDE, _NARROW = 64, 32
# A pair of similarity s shares a band with probability 1 - (1 - s^rows)^bands. Of 64 wide bands, of 4 rows: 0.9999 at
# s = 0.6, 0.62 at 0.35, 0.10 at 0.2. Of 32 narrow ones, of 8 rows: 1 - 2e-8 at 0.9, 0.997 at 0.8, 0.42 at 0.6, 0.007 at
# 0.35. Two texts that share a narrow band share a wide one too.


@dataclass(frozen=True, slots=True)
class Candidate:
    """An earlier text that is `FLOOR` or more like a later one, by its position."""

    earlier: int
    similarity: float


class SketchIndex:
    """Items by sketch; finds those that are `FLOOR` or more like a new one.

    Attributes:
        looked_at: Pairs of sketches that were compared.
        measured: Pairs of texts that were measured exactly.
    """

    def __init__(self) -> None:
        self.looked_at = 0
        self.measured = 0
        self._wide = RMinHashLSH(threshold=FLOOR, num_perm=_PERMUTATIONS, num_bands=_WIDE)
        self._narrow = RMinHashLSH(threshold=FLOOR, num_perm=_PERMUTATIONS, num_bands=_NARROW)
        self._digests: dict[int, bytes] = {}
        self._grams: dict[int, Grams] = {}

    def add(self, position: int, normal: str) -> list[Candidate]:
        """Take an item in; returns the earlier ones that are like it, by position."""
        grams = pack(normal)
        sketch = RMinHash(num_perm=_PERMUTATIONS, seed=_SEED)
        sketch.update([gram.tobytes() for gram in grams])
        digest = np.array(sketch.digest(), np.uint32)
        throng = set(self._wide.query(sketch))
        earlier = self._likely(digest, sorted(throng.union(self._narrow.query(sketch))))
        similarities = self._verify(grams, earlier)
        near = [Candidate(o, float(s)) for o, s in zip(earlier, similarities, strict=True) if s >= FLOOR]
        if len(near) < _CROWD:
            (self._wide if len(throng) < _THRONG else self._narrow).insert(position, sketch)
            self._digests[position] = digest.tobytes()
            self._grams[position] = grams
        return near

    def shared(self, position: int, normal: str) -> tuple[str, ...]:
        """The stretches of a normalised text that an earlier text has too."""
        return passages(normal, np.intersect1d(pack(normal), self._grams[position], assume_unique=True))

    def _likely(self, digest: NDArray[np.uint32], others: Sequence[int]) -> list[int]:
        """Those whose sketches agree as far as those of texts that are `FLOOR` alike do: the likest `_CROWD`."""
        if not others:
            return []
        self.looked_at += len(others)
        digests = np.frombuffer(b"".join(self._digests[other] for other in others), np.uint32)
        agreement = np.count_nonzero(digests.reshape(-1, _PERMUTATIONS) == digest, axis=1) / _PERMUTATIONS
        likest = np.argsort(-agreement, kind="stable")[:_CROWD]
        return [others[i] for i in sorted(likest) if agreement[i] >= FLOOR - _MARGIN]

    def _verify(self, grams: Grams, others: Sequence[int]) -> NDArray[np.float64]:
        if not others:
            return np.empty(0)
        self.measured += len(others)
        sizes = np.array([len(self._grams[other]) for other in others])
        joined = np.concatenate([self._grams[other] for other in others])
        found = np.minimum(np.searchsorted(grams, joined), len(grams) - 1)
        starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
        common = np.add.reduceat((grams[found] == joined).astype(np.int64), starts)
        similarities: NDArray[np.float64] = common / (sizes + len(grams) - common)
        return similarities
