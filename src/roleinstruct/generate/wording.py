"""The expressions by which `inquiry` tells questions and answers, read from the data file beside this module."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from roleinstruct.language import language_of

__all__ = ["Common", "Wording", "common", "size", "wording"]


@dataclass(frozen=True, slots=True)
class Wording:
    """What one language says; the file tells what each is for.

    Attributes:
        expressions: By name: "asks", "rhetoric", "addressed", "life", "you", "me", "request", "situation", "pronoun",
            "thing", "person".
        kinds: What a question asks for, and what an answer must hold.
        empty: Words (in Chinese, characters) that two texts may share without sharing anything.
    """

    expressions: Mapping[str, re.Pattern[str]]
    kinds: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]
    empty: frozenset[str]

    def shows(self, name: str, text: str) -> bool:
        """Whether the expression of that name stands in the text."""
        return bool(self.expressions[name].search(text))


@dataclass(frozen=True, slots=True)
class Common:
    """What is told alike in both languages: `expressions` by name."""

    expressions: Mapping[str, re.Pattern[str]]

    def without(self, name: str, text: str) -> str:
        """The text without what the expression of that name finds."""
        return self.expressions[name].sub("", text)


def wording(text: str) -> Wording:
    """The expressions of the language that a text is in."""
    return _wording(language_of(text) or "en")


@cache
def common() -> Common:
    """The expressions that do not depend on the language."""
    given = _read()
    ignoring = {name: _compile(found, re.IGNORECASE) for name, found in given["any"].items()}
    return Common({**ignoring, **{name: _compile(found) for name, found in given["called"].items()}})


def size(text: str) -> float:
    """Length in Chinese characters; an English word counts as one and a half, filler ("好的") as nothing."""
    text = common().without("filler", text)
    return len(_HAN.findall(text)) + 1.5 * len(_WORD.findall(text))


_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")


@cache
def _wording(language: str) -> Wording:
    given = _read()[language]
    flag = re.IGNORECASE if language == "en" else re.NOFLAG
    expressions = {name: _compile(found, flag) for name, found in given["ignoring_case"].items()}
    cased = {name: _compile(found) for name, found in given.get("cased", {}).items()}
    return Wording(
        expressions={**expressions, **cased},
        kinds=tuple((re.compile(asked, flag), re.compile(answer, flag)) for asked, answer in given["kinds"]),
        empty=frozenset(given["empty"].split()),
    )


def _compile(alternatives: Sequence[str], flag: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), flag)


@cache
def _read() -> dict[str, Any]:
    text = files("roleinstruct.generate").joinpath("inquiry.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded
