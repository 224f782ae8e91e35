"""The words and cues of emotion, read from the data files beside this module.

Chinese and English share one lexicon, because people mix them: a Chinese character is one unit, a Latin word is one
unit, and an entry is a sequence of units.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from roleinstruct.emotions import Emotion

__all__ = ["Entry", "Lexicon", "Match", "lexicon", "normalise", "units"]


Patterns = tuple[tuple[re.Pattern[str], Emotion, float], ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """What an entry of the lexicon says.

    Attributes:
        points: Emotion and points; empty for a word that only changes its neighbours, or hides a shorter one.
        factor: What it multiplies the next word by; 1 for most.
        denies: It denies a word that follows within reach.
        comforts: It denies, and speaks to somebody's dark feeling: "don't" in "don't be sad".
    """

    points: tuple[tuple[Emotion, float], ...] = ()
    factor: float = 1.0
    denies: bool = False
    comforts: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """An entry at the units `start` to `end`, end excluded."""

    start: int
    end: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything that `generate.emotions` knows, as the data files give it.

    Attributes:
        entries: Entry by its units.
        longest: First unit of an entry to the lengths of the entries that begin with it, longest first.
        patterns: For text without and with Latin letters: expression on normalised text, the emotion that it shows,
            points. An English expression is not tried on text that cannot fit it.
        sign: Finds strings that are no words: emoji, kaomoji.
        signs: Emotion and points of each.
        prior: Points that each label has before a word is read.
        weights: Numbers by name: those of context, negation and punctuation.
    """

    entries: Mapping[tuple[str, ...], Entry]
    longest: Mapping[str, tuple[int, ...]]
    patterns: tuple[Patterns, Patterns]
    sign: re.Pattern[str]
    signs: Mapping[str, tuple[tuple[Emotion, float], ...]]
    prior: Mapping[Emotion, float]
    weights: Mapping[str, float]

    def matches(self, text: list[str]) -> Iterator[Match]:
        """Find entries from left to right, the longest at each place, none inside another.

        Args:
            text: Units, as `units` makes them.
        """
        start = 0
        while start < len(text):
            end = start + 1
            for length in self.longest.get(text[start], ()):
                entry = self.entries.get(tuple(text[start : start + length]))
                if entry is not None:
                    end = start + length
                    yield Match(start, end, entry)
                    break
            start = end


@cache
def lexicon() -> Lexicon:
    """Read the data files, once."""
    cues = _read("cues.yaml")
    entries = _entries((_read("lexicon_zh.yaml")["words"], _read("lexicon_en.yaml")["words"]), cues)
    lengths: dict[str, set[int]] = {}
    for key in entries:
        lengths.setdefault(key[0], set()).add(len(key))
    patterns = [(re.compile(text), Emotion(name), float(points)) for name, points, text in cues["patterns"]]
    signs = _by_word((name, float(p), sign) for name, given in cues["signs"].items() for sign, p in given.items())
    return Lexicon(
        entries=entries,
        longest={first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()},
        patterns=(tuple(p for p in patterns if not _ENGLISH.search(p[0].pattern)), tuple(patterns)),
        sign=re.compile("|".join(re.escape(sign) for sign in sorted(signs, key=len, reverse=True))),
        signs={sign: tuple(points.items()) for sign, points in signs.items()},
        prior={emotion: float(cues["prior"].get(emotion, 0.0)) for emotion in Emotion},
        weights=cues["weights"],
    )


def normalise(text: str) -> str:
    """Compatibility forms, lower case, simplified characters, straight apostrophes."""
    return unicodedata.normalize("NFKC", text).casefold().translate(_characters())


def units(text: str) -> list[str]:
    """Split normalised text: a Latin word, a number and any other character is a unit; blanks are none."""
    return _UNIT.findall(text)


_ENGLISH = re.compile(r"\\b|[a-z]{4}")
_NOT = "不没"
_UNIT = re.compile(r"[a-z]+(?:'[a-z]+)*|\d+|\S")


@cache
def _characters() -> dict[int, str]:
    pairs = _read("lexicon_zh.yaml")["traditional"].split()
    return {ord("’"): "'", ord("‘"): "'", **{ord(pair[0]): pair[1] for pair in pairs}}


def _read(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(files("roleinstruct.generate").joinpath(name).read_text(encoding="utf-8"))
    return loaded


def _by_word(given: Iterable[tuple[str, float, str]]) -> dict[str, dict[Emotion, float]]:
    """Gather (emotion, points, word) by word; the higher points win where a word stands twice."""
    gathered: dict[str, dict[Emotion, float]] = {}
    for name, points, word in given:
        of_word = gathered.setdefault(word, {})
        of_word[Emotion(name)] = max(points, of_word.get(Emotion(name), points))
    return gathered


def _entries(
    parts: Iterable[Mapping[str, Mapping[float, str]]], cues: Mapping[str, Any]
) -> dict[tuple[str, ...], Entry]:
    points = _by_word(
        (name, float(level), word)
        for part in parts
        for name, levels in part.items()
        for level, words in levels.items()
        for word in words.split()
    )
    factors = {word: factor for factor, words in cues["degree"].items() for word in words.split()}
    denying, comforting = set(cues["negators"].split()), set(cues["comforting"].split())
    hiding = set(cues["hiding"].split())
    return {
        tuple(units(normalise(word.replace("_", " ")))): Entry(
            points=tuple(points.get(word, {}).items()),
            factor=float(factors.get(word, 1.0)),
            denies=word in denying or (word[-1] in _NOT and word not in hiding),
            comforts=word in comforting,
        )
        for word in {**points, **dict.fromkeys([*factors, *denying, *comforting, *hiding])}
    }
