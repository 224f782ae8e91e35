"""Which of many texts holds another: their character n-grams as numbers, all of them at once."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["GramIndex", "Windows", "normalise", "weight"]


def normalise(text: str) -> str:
    """Reduce a text to what a repetition is judged by: NFKC, no case, no whitespace, no punctuation.

    A text of nothing but whitespace and punctuation keeps its punctuation, so that "……" is not "？".

    Examples:
        >>> normalise("Hello， 世界！")
        'hello世界'
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(c for c in folded if unicodedata.category(c)[0] not in "PZC") or "".join(folded.split())


def weight(text: str) -> float:
    """How much a normalised text proves, in Chinese characters: three letters of an alphabet count as one.

    Examples:
        >>> weight("下雨了"), weight("raining!!")
        (3.0, 3.0)
    """
    wide = sum(c >= "\u2e80" for c in text)
    return wide + (len(text) - wide) / 3


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Every n-gram of some texts, in order; a text shorter than one has none.

    Attributes:
        size: Characters in an n-gram.
        hashes: A number for each n-gram, the same for the same characters and, by all odds of 64 bits, only for them.
        owners: The text that each stands in.
        starts: Where each begins, counted through all texts as if each were followed by one character.
        begins: Where each text begins, so counted; one more at the end.
    """

    size: int
    hashes: NDArray[np.uint64] = field(repr=False)
    owners: NDArray[np.int64] = field(repr=False)
    starts: NDArray[np.int64] = field(repr=False)
    begins: NDArray[np.int64] = field(repr=False)

    @classmethod
    def of(cls, texts: Sequence[str], size: int) -> "Windows":
        """The n-grams of texts, in time and memory that grow with their length."""
        lengths = np.fromiter(map(len, texts), np.int64, len(texts)) + 1
        begins = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))
        joined = "\n".join([*texts, ""])
        codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
        count = max(0, len(codes) - size + 1)
        hashes = np.zeros(count, np.uint64)
        for offset in range(size):
            hashes *= _BASE
            hashes += codes[offset : offset + count]
        owners = np.repeat(np.arange(len(texts)), lengths)[:count]
        starts = np.arange(count)
        whole = starts + size < begins[owners + 1]
        return cls(size, hashes[whole], owners[whole], starts[whole], begins)


@dataclass(frozen=True, slots=True, eq=False)
class GramIndex:
    """Texts by their n-grams.

    Attributes:
        size: Characters in an n-gram.
        hashes: Ascending; each n-gram once for each text that has it.
        owners: These texts.
        count: How many texts there are.
    """

    size: int
    hashes: NDArray[np.uint64] = field(repr=False)
    owners: NDArray[np.int64] = field(repr=False)
    count: int

    @classmethod
    def of(cls, texts: Sequence[str], size: int) -> "GramIndex":
        """Take normalised texts in."""
        windows = Windows.of(texts, size)
        order = np.lexsort((windows.owners, windows.hashes))
        hashes, owners = windows.hashes[order], windows.owners[order]
        first = np.ones(len(hashes), np.bool_)
        first[1:] = (hashes[1:] != hashes[:-1]) | (owners[1:] != owners[:-1])
        return cls(size, hashes[first], owners[first], len(texts))

    def known(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """The share of each text's n-grams that some text here has, 0 to 1; 0 for a text too short to have any."""
        windows = Windows.of(texts, self.size)
        totals = np.bincount(windows.owners, minlength=len(texts))
        found = np.bincount(windows.owners, _among(windows.hashes, self.hashes), minlength=len(texts))
        shares: NDArray[np.float64] = found / np.maximum(totals, 1)
        return shares

    def holder(self, text: str) -> tuple[int, float]:
        """The text here that has the largest share of the distinct n-grams of another, the first of equals.

        Args:
            text: Normalised, and of one n-gram at least.

        Returns:
            Its number and the share, 0 to 1; (0, 0.0) where none has any.
        """
        grams = np.unique(Windows.of([text], self.size).hashes)
        left, right = (np.searchsorted(self.hashes, grams, side) for side in ("left", "right"))
        spans = [self.owners[a:b] for a, b in zip(left, right, strict=True) if a < b]
        if not spans:
            return 0, 0.0
        counts = np.bincount(np.concatenate(spans), minlength=self.count)
        best = int(counts.argmax())
        return best, float(counts[best] / len(grams))


_BASE = np.uint64(0x9E3779B97F4A7C15)


def _among(hashes: NDArray[np.uint64], ascending: NDArray[np.uint64]) -> NDArray[np.bool_]:
    if not len(ascending):
        return np.zeros(len(hashes), np.bool_)
    found: NDArray[np.bool_] = ascending[np.searchsorted(ascending[:-1], hashes)] == hashes
    return found
