"""A reference corpus, to find text that was taken from it without saying so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from roleinstruct.grams import Windows, normalise
from roleinstruct.language import language_of

__all__ = ["COVERED", "Reference"]

COVERED = 0.8
"""A text is found where this share of its characters stands in sequences that the corpus has too."""

_SIZES = {"zh": 8}
_OTHER = 24  # letters: four or five words


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The lines of a corpus, by the sequences of characters in them, without case, width, blanks and punctuation.

    Lines that follow each other are one text: a corpus may part a sentence into lines that the data joins, or the other
    way round. It holds 16 bytes for each character.

    Attributes:
        name: What to call it in a finding.
        lines: How many lines were taken in.
        size: Characters in a sequence: 8 of a Chinese corpus, 24 of another; a shorter text proves nothing.
    """

    name: str
    lines: int
    size: int
    _hashes: NDArray[np.uint64] = field(repr=False)
    _starts: NDArray[np.int64] = field(repr=False)
    _ends: NDArray[np.int64] = field(repr=False)
    _places: tuple[str, ...] = field(repr=False)

    @classmethod
    def of(cls, name: str, lines: Iterable[tuple[str, str]]) -> "Reference":
        """Take in (text, place) pairs, in the order of the corpus."""
        texts: list[str] = []
        places: list[str] = []
        for text, place in lines:
            texts.append(normalise(text))
            places.append(place)
        joined = "".join(texts)
        size = _SIZES.get(language_of(joined), _OTHER)
        hashes = Windows.of([joined], size).hashes
        order = np.argsort(hashes, kind="stable")
        ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)))
        return cls(name, len(texts), size, hashes[order], order, ends, tuple(places))

    def find(self, text: str) -> str | None:
        """The place in the corpus where the text begins, or None."""
        return self.find_all([text])[0]

    def find_all(self, texts: Sequence[str]) -> list[str | None]:
        """For each text its place in the corpus, or None; `COVERED` says when it is found."""
        windows = Windows.of([normalise(text) for text in texts], self.size)
        if not len(self._hashes):
            return [None] * len(texts)
        at = np.searchsorted(self._hashes[:-1], windows.hashes)
        known = np.flatnonzero(self._hashes[at] == windows.hashes)
        shares = _covered(windows, known)
        first = np.full(len(texts), -1)
        first[windows.owners[known][::-1]] = at[known][::-1]
        found = zip(shares >= COVERED, first, strict=True)
        return [self._place(int(where)) if enough else None for enough, where in found]

    def _place(self, where: int) -> str:
        line = np.searchsorted(self._ends, self._starts[where], "right")
        return self._places[int(line)]


def _covered(windows: Windows, known: NDArray[np.int64]) -> NDArray[np.float64]:
    """The share of each text's characters that the known n-grams lie over."""
    edges: NDArray[np.int64] = np.zeros(windows.begins[-1] + 1, np.int64)
    np.add.at(edges, windows.starts[known], 1)
    np.add.at(edges, windows.starts[known] + windows.size, -1)
    over: NDArray[np.int64] = np.concatenate((np.zeros(1, np.int64), np.cumsum(np.cumsum(edges) > 0)))
    sums = over[windows.begins[1:]] - over[windows.begins[:-1]]
    shares: NDArray[np.float64] = sums / np.maximum(np.diff(windows.begins) - 1, 1)
    return shares
