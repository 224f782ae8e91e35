"""Phrases that one speaker uses clearly more often than the others do."""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

__all__ = ["Phrase", "Phrases"]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A favourite phrase.

    Attributes:
        text: As it is said, in lower case.
        count: How often the speaker said it.
        z: Log-odds ratio in standard deviations; 2 is clear.
        dialogues: Ids of up to three dialogues in which it stands.
    """

    text: str
    count: int
    z: float
    dialogues: tuple[str, ...]


@dataclass(slots=True)
class _Tally:
    mine: int = 0
    theirs: int = 0
    edges: int = 0
    dialogues: int = 0
    last: str = ""
    first: tuple[str, ...] = ()


class Phrases:
    """Counts of Chinese character n-grams (2 to 6) and of English word n-grams (2 to 4), in bounded memory.

    When there are too many, those that came once and not lately go (lossy counting, Manku and Motwani 2002): a phrase
    that is said often enough to matter may be counted short by a few, and is never invented.
    """

    def __init__(self, capacity: int = 200_000) -> None:
        self._capacity = capacity
        self._floor = 1
        self._tallies: dict[str, _Tally] = {}
        self._totals = {True: 0, False: 0}

    def add(self, text: str, dialogue: str, *, mine: bool) -> Counter[str]:
        """Count the phrases of one turn.

        Args:
            text: What was said.
            dialogue: Id of the dialogue in which it was said.
            mine: It was said by the speaker whose favourites are wanted.

        Returns:
            The size of the turn: "characters" (Chinese) and "words" (Latin).
        """
        size = Counter[str](characters=0, words=0)
        for run in _RUNS.findall(text.casefold().replace("’", "'")):
            chinese = "\u3400" <= run[0] <= "\u9fff"
            units = list(run) if chinese else run.split()
            size["characters" if chinese else "words"] += len(units)
            self._totals[mine] += len(units)
            for phrase, edge in _grams(units, chinese=chinese):
                self._count(phrase, dialogue, mine=mine, edge=edge)
        if len(self._tallies) > self._capacity:
            self._forget()
        return size

    def favourites(self, most: int, without: Collection[str] = ()) -> list[Phrase]:
        """The phrases that mark the speaker, the clearest first.

        Measured by the log-odds ratio with a Dirichlet prior that is the counts of both sides together (Monroe,
        Colaresi and Quinn 2008, "Fightin' Words", section 3.3.3), at least 2 standard deviations, in three dialogues
        or more. Left out are phrases of function words alone, phrases that rarely begin or end a clause, and those
        that are mostly part of a longer one.

        Args:
            most: How many at most.
            without: Names; phrases that hold one of them are left out.
        """
        found = []
        partial = self._partial()
        for text, tally in self._tallies.items():
            if tally.dialogues >= _LEAST and tally.edges >= _AT_EDGE * tally.mine and not _is_stop(text, partial):
                z = self._z(tally)
                if z >= _CLEAR and not any(name and name.casefold() in text for name in without):
                    found.append(Phrase(text, tally.mine, z, tally.first))
        found.sort(key=lambda phrase: (-phrase.z * _weight(phrase.text), phrase.text))
        return _distinct(found, most)

    def _partial(self) -> set[str]:
        """Phrases that mostly stand inside one that is a unit longer."""
        partial = set()
        for text, tally in self._tallies.items():
            for part in _halves(text) if tally.mine >= _LEAST else ():
                inner = self._tallies.get(part)
                if inner is not None and tally.mine >= _MOSTLY * inner.mine:
                    partial.add(part)
        return partial

    def _count(self, phrase: str, dialogue: str, *, mine: bool, edge: bool) -> None:
        tally = self._tallies.setdefault(phrase, _Tally())
        if not mine:
            tally.theirs += 1
            return
        tally.mine += 1
        tally.edges += edge
        if tally.last != dialogue:
            tally.last = dialogue
            tally.dialogues += 1
            if len(tally.first) < _LEAST:
                tally.first = (*tally.first, dialogue)

    def _forget(self) -> None:
        while len(self._tallies) > self._capacity // 2:
            self._tallies = {p: t for p, t in self._tallies.items() if t.mine + t.theirs > self._floor}
            self._floor += 1
        self._floor = 1

    def _z(self, tally: _Tally) -> float:
        both, total = tally.mine + tally.theirs, sum(self._totals.values())
        prior = _PRIOR * both
        mine, theirs = tally.mine + prior, tally.theirs + prior
        left = math.log(mine / (self._totals[True] + _PRIOR * total - mine))
        right = math.log(theirs / (self._totals[False] + _PRIOR * total - theirs))
        return (left - right) / math.sqrt(1 / mine + 1 / theirs)


_RUNS = re.compile(r"[\u3400-\u9fff]+|[a-z]+(?:'[a-z]+)*(?: [a-z]+(?:'[a-z]+)*)*")
_LEAST = 3
_CLEAR = 2.0
_AT_EDGE = 0.5
_MOSTLY = 0.6
_PRIOR = 0.1
_CHINESE, _ENGLISH = range(2, 7), range(2, 5)
_STOP_CHARACTERS = frozenset(
    "的了是不我你他她它们在有就也都这那个么什没来去说要会能可以还吗呢吧啊呀哦嗯一上下到得着过给把和跟对很多好想看知道时"
    "候现天点样怎为因所但如果人里啦嘛哪谁几自己让叫被做事子儿家"
)
_STOP_WORDS = frozenset(
    "a an the i you he she it we they me him her us them my your his its our their is am are was were be been do does"
    " did have has had will would can could should not no yes to of in on at for with from by as and or but if so that"
    " this there here what who how when where why i'm you're it's that's don't i've i'll what's he's she's they're"
    " we're one all just up out about get got go going know think say said see come want".split()
)


def _grams(units: list[str], *, chinese: bool) -> Iterator[tuple[str, bool]]:
    """Phrases, and whether each begins or ends the clause."""
    joiner = "" if chinese else " "
    for size in _CHINESE if chinese else _ENGLISH:
        last = len(units) - size
        for start in range(last + 1):
            yield joiner.join(units[start : start + size]), start in (0, last)


def _halves(text: str) -> tuple[str, str]:
    if "\u3400" <= text[0] <= "\u9fff":
        return text[1:], text[:-1]
    words = text.split()
    return " ".join(words[1:]), " ".join(words[:-1])


def _is_stop(text: str, partial: Collection[str]) -> bool:
    if text in partial:
        return True
    if "\u3400" <= text[0] <= "\u9fff":
        return (
            sum(c not in _STOP_CHARACTERS for c in text) < 1 or text[0] in "的了们么件吗呢" or text[-1] in "的我你他她"
        )
    words = text.split()
    return all(word in _STOP_WORDS for word in words) or words[-1] in (
        "the",
        "a",
        "an",
        "to",
        "of",
        "and",
        "my",
        "your",
    )


def _weight(text: str) -> float:
    """A longer phrase says more than its parts."""
    return 1 + 0.15 * len(text if "\u3400" <= text[0] <= "\u9fff" else text.split())


def _distinct(phrases: list[Phrase], most: int) -> list[Phrase]:
    kept: list[Phrase] = []
    for phrase in phrases:
        if len(kept) == most:
            break
        if not any(phrase.text in other.text or other.text in phrase.text for other in kept):
            kept.append(phrase)
    return kept
