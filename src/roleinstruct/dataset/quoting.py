"""Where a text says word for word what another says: runs long enough to be recognised."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from roleinstruct.grams import Windows, weight

__all__ = ["LEAST", "Quotes", "Run", "fold", "positions"]

LEAST = 6.0
"""What a run must weigh (see `grams.weight`) to be recognised: six Chinese characters, or eighteen letters."""

_WIDE, _NARROW = 6, 18
"""Characters by which a run of that weight is found: six with a Chinese one among them, or eighteen letters."""


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of one folded text that stands in another.

    Attributes:
        start: Where it begins in the text that was looked at.
        end: Where it ends there.
        owner: The number of the other text.
        at: Where it begins in that one.
    """

    start: int
    end: int
    owner: int
    at: int


def fold(text: str) -> str:
    """A text sign by sign without case, width, blanks and punctuation: what `positions` counts in."""
    return "".join(map(_folded, text))


def positions(text: str) -> list[int]:
    """For each sign of the folded text, the sign of the text itself that it came from."""
    return [number for number, sign in enumerate(text) for _ in _folded(sign)]


@lru_cache(maxsize=1 << 16)
def _folded(sign: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", sign).casefold())
    return "".join(c for c in folded if unicodedata.category(c)[0] not in "PZC")


@dataclass(frozen=True, slots=True, eq=False)
class _Seeds:
    """The windows of some texts, by what they hold."""

    size: int
    hashes: NDArray[np.uint64] = field(repr=False)
    starts: NDArray[np.int64] = field(repr=False)
    begins: NDArray[np.int64] = field(repr=False)

    @classmethod
    def of(cls, texts: Sequence[str], size: int, *, wide: bool) -> "_Seeds":
        """Take those with a wide sign, or those without one."""
        windows = Windows.of(texts, size)
        codes = np.frombuffer("\n".join([*texts, ""]).encode("utf-32-le", "surrogatepass"), dtype="<u4")
        sums = np.concatenate((np.zeros(1, np.int64), np.cumsum(codes >= _FIRST_WIDE)))
        wanted = np.equal(np.greater(sums[windows.starts + size], sums[windows.starts]), wide)
        hashes, starts = windows.hashes[wanted], windows.starts[wanted]
        order = np.argsort(hashes, kind="stable")
        return cls(size, hashes[order], starts[order], windows.begins)

    def places(self, text: str) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """The windows of a text that are known, and where all of them stand."""
        windows = Windows.of([text], self.size)
        left, right = (np.searchsorted(self.hashes, windows.hashes, side) for side in ("left", "right"))
        for n in np.flatnonzero(left < right):
            yield int(windows.starts[n]), self.starts[left[n] : right[n]]


class Quotes:
    """Texts whose words are looked for in others.

    Args:
        texts: Folded; held in memory, with some 20 bytes for each of their signs.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._seeds = (_Seeds.of(texts, _WIDE, wide=True), _Seeds.of(texts, _NARROW, wide=False))

    def runs(self, text: str) -> list[Run]:
        """The runs of a folded text that weigh `LEAST` or more and stand here, the longest at each place, in order."""
        if weight(text) < LEAST:
            return []
        found: list[Run] = []
        seeds = [(start, places, s.begins) for s in self._seeds for start, places in s.places(text)]
        end = 0
        for start, places, begins in sorted(seeds, key=lambda seed: seed[0]):
            if start < end:
                continue
            best = max((self._grown(text, start, int(p), begins, end) for p in places), key=_length)
            if weight(text[best.start : best.end]) >= LEAST:
                found.append(best)
                end = best.end
        return found

    def _grown(self, text: str, start: int, place: int, begins: NDArray[np.int64], least: int) -> Run:
        """A window, as far as both texts agree to its left and right."""
        owner = int(np.searchsorted(begins, place, "right")) - 1
        other, at = self._texts[owner], place - int(begins[owner])
        left = 0
        while start - left > least and at - left > 0 and text[start - left - 1] == other[at - left - 1]:
            left += 1
        right = 0
        while start + right < len(text) and at + right < len(other) and text[start + right] == other[at + right]:
            right += 1
        return Run(start - left, start + right, owner, at - left)


_FIRST_WIDE = 0x2E80


def _length(run: Run) -> int:
    return run.end - run.start
