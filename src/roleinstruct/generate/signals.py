"""What the emotion classifier sees of a turn: the n-grams of its text, and a few numbers.

An n-gram is known by a 64-bit number, so that a whole dialogue is read with array operations and a fitted classifier
holds no text of the people it was fitted on. Two n-grams share a number about once in 10^19 pairs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from roleinstruct.emotions import Emotion
from roleinstruct.generate.emotions import score
from roleinstruct.generate.lexicon import normalise, units
from roleinstruct.records import Utterance

__all__ = ["NUMBERS", "Floats", "Signals", "read_signals"]

Floats = NDArray[np.float32]

_CHARACTERS = 4
_SHAPE = 8
_LABELS = tuple(Emotion)

NUMBERS = 5 * len(_LABELS) + 2 * _SHAPE
"""Columns of `Signals.numbers`."""


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """The turns of one dialogue, or of several one after the other.

    Attributes:
        turn: Of each n-gram, the turn in which it stands, from 0; shape (n-grams,).
        gram: Of each n-gram, its number; shape (n-grams,).
        count: How often it stands there, 1 or more; shape (n-grams,).
        numbers: Shape (turns, NUMBERS): the lexicon's points of the turn, of what its speaker and what others said
            before and after it, then the outward look of the turn and of the one before.
    """

    turn: NDArray[np.int64]
    gram: NDArray[np.uint64]
    count: Floats
    numbers: Floats

    @property
    def turns(self) -> int:
        """How many turns there are."""
        return len(self.numbers)


def read_signals(turns: Sequence[Utterance]) -> Signals:
    """Read the turns of one dialogue, between any number of speakers; their labels are not looked at.

    Args:
        turns: In the order in which they were said.
    """
    texts = [normalise(turn.text) for turn in turns]
    turn, gram, count = _count(*_grams(texts))
    points = np.zeros((len(turns), len(_LABELS)), np.float32)
    for row, (previous, this) in enumerate(pairwise(["", *(turn.text for turn in turns)])):
        found = score(this, previous)
        points[row] = [found.get(emotion, 0.0) for emotion in _LABELS]
    points = np.clip(points, -4, 6)
    looks = _looks(texts)
    before = np.vstack([np.zeros((1, _SHAPE), np.float32), looks])[: len(turns)]
    heard = _heard(points, [turn.speaker for turn in turns])
    return Signals(turn, gram, count, np.hstack([points / 2, heard / 2, 0.3 * looks, 0.3 * before], dtype=np.float32))


def _grams(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Every n-gram of 1 to _CHARACTERS characters, both ends of a text counting as one, and Latin words and pairs."""
    marked = [f"\x02{text}\x03" for text in texts]
    place = np.repeat(np.arange(len(marked)), [len(text) for text in marked])
    code = np.frombuffer("".join(marked).encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    words = [(row, number) for row, text in enumerate(texts) for number in _words(text)]
    rows = [np.array([row for row, _ in words], np.int64)]
    grams = [np.array([number for _, number in words], np.uint64)]
    gram = np.zeros(len(code), np.uint64)
    for size in range(1, _CHARACTERS + 1):
        last = len(code) - size + 1
        if last < 1:
            break
        gram = _mix(gram[:last] * _ODD + code[size - 1 :] + np.uint64(1))
        whole = place[:last] == place[size - 1 :]
        rows.append(place[:last][whole])
        grams.append(gram[whole])
    return np.concatenate(rows), np.concatenate(grams)


_ODD = np.uint64(0x9E3779B97F4A7C15)
_FACTOR = np.uint64(0xBF58476D1CE4E5B9)


def _mix(number: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread what differs over all bits (the finaliser of SplitMix64, first step); arithmetic modulo 2^64."""
    mixed: NDArray[np.uint64] = (number ^ (number >> np.uint64(31))) * _FACTOR
    return mixed


def _words(text: str) -> list[int]:
    """Latin words, and pairs with what follows: in Chinese, n-grams of characters do the work of words."""
    if not any("a" <= character <= "z" for character in text):
        return []
    found = units(text)
    pairs = [f"{a} {b}" for a, b in pairwise(found) if _is_latin(a) or _is_latin(b)]
    return [
        int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
        for word in [*filter(_is_latin, found), *pairs]
    ]


def _is_latin(unit: str) -> bool:
    return "a" <= unit[0] <= "z"


def _count(turn: NDArray[np.int64], gram: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.uint64], Floats]:
    """Each n-gram of a turn once, by turn and number, with how often it stood there."""
    order = np.lexsort((gram, turn))
    turn, gram = turn[order], gram[order]
    new = np.ones(len(gram), bool)
    new[1:] = (gram[1:] != gram[:-1]) | (turn[1:] != turn[:-1])
    first = np.flatnonzero(new)
    return turn[first], gram[first], np.diff(first, append=len(gram)).astype(np.float32)


def _looks(texts: Sequence[str]) -> Floats:
    """Length and punctuation, in normalised text, 0 to 2."""
    looks = [
        (
            min(len(text), 100) / 50,
            len(text) <= 4,
            len(text) <= 10,
            "!" in text,
            "?" in text,
            "..." in text,
            "~" in text,
            any("a" <= character <= "z" for character in text),
        )
        for text in texts
    ]
    return np.array(looks, np.float32).reshape(len(texts), _SHAPE)


def _heard(points: Floats, speakers: Sequence[str]) -> Floats:
    """Decayed sums of points before and after each turn: of its own speaker's turns, and of all others'."""
    before = _heard_before(points, speakers)
    after = _heard_before(points[::-1], speakers[::-1])[::-1]
    return np.hstack([before, after])


def _heard_before(points: Floats, speakers: Sequence[str]) -> Floats:
    """Two sums a turn, the own speaker's and the others'; a turn counts 0.7 of the one after it."""
    heard = np.zeros((len(points), 2, len(_LABELS)), np.float32)
    everybody = np.zeros(len(_LABELS), np.float32)
    alone: dict[str, tuple[int, Floats]] = {}
    for row, (speaker, own) in enumerate(zip(speakers, points, strict=True)):
        last, sums = alone.get(speaker, (row, np.zeros(len(_LABELS), np.float32)))
        mine = sums * _DECAY ** (row - last)
        heard[row, 0], heard[row, 1] = mine, everybody - mine
        everybody = everybody * _DECAY + own
        alone[speaker] = (row + 1, mine * _DECAY + own)
    return heard.reshape(len(points), 2 * len(_LABELS))


_DECAY = np.float32(0.7)
