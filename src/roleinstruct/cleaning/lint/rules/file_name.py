"""A file that is not named as the others of its kind."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from roleinstruct.cleaning.lint.material import Corpus, SourceFile
from roleinstruct.cleaning.lint.rule import Finding, Rule

__all__ = ["RULE"]

_CHARACTERS = 3
_ALIKE = 0.6
"""Least likeness of two patterns (2 x common characters / all characters) without their endings to be of one kind."""


def _find(corpus: Corpus, _: Sequence[None]) -> Iterator[Finding]:
    files = [file for file in corpus.files if file.character]
    everybody = len({file.character for file in files})
    if everybody < _CHARACTERS:
        return
    users: dict[str, set[str]] = defaultdict(set)
    numbers: dict[str, Counter[str]] = defaultdict(Counter)
    for file in files:
        pattern = _pattern(file)
        users[pattern].add(file.character)
        numbers[pattern].update([_numbers(file)])
    usual = {pattern: len(names) for pattern, names in users.items() if 2 * len(names) > everybody}
    for file in files:
        message = _odd_name(file, usual) or _odd_number(file, numbers[_pattern(file)], everybody)
        if message:
            yield Finding(message, f"{file.name}:1", "", file.character)


def _pattern(file: SourceFile) -> str:
    """The name without the folder, with * for the character and # for each number."""
    return re.sub(r"\d+", "#", _without_character(file))


def _numbers(file: SourceFile) -> str:
    return "-".join(re.findall(r"\d+", _without_character(file)))


def _without_character(file: SourceFile) -> str:
    name = unicodedata.normalize("NFC", file.name.rpartition("/")[2])
    return name.replace(file.character, "*", 1)


def _odd_name(file: SourceFile, usual: Mapping[str, int]) -> str:
    pattern = _pattern(file)
    if pattern in usual or not usual:
        return ""
    likeness = {other: SequenceMatcher(None, _stem(pattern), _stem(other), autojunk=False).ratio() for other in usual}
    nearest = max(likeness, key=lambda other: likeness[other])
    if likeness[nearest] < _ALIKE:
        return ""
    name = nearest.replace("*", file.character) + (", # being a number" if "#" in nearest else "")
    return f"{file.name} is named unlike its kind: {usual[nearest]} characters have {name}"


def _stem(pattern: str) -> str:
    return pattern.rpartition(".")[0] or pattern


def _odd_number(file: SourceFile, numbers: Counter[str], everybody: int) -> str:
    """A number that hardly anybody else has, where most have others."""
    usual = sorted((number for number, count in numbers.items() if 2 * count > everybody), key=lambda n: (len(n), n))
    number = _numbers(file)
    if not number or len(usual) < 2 or number in usual:
        return ""
    return f"{file.name} has the number {number}, where most characters have {', '.join(usual)}"


RULE = Rule(
    id="file-name",
    severity="note",
    summary="A file is named unlike the same kind of file at the other characters, or is one more than they have.",
    why="Whoever collects the files by a pattern misses it, and whoever counts them counts wrong.",
    example="李明_QA..json, where the others have 王芳_QA.json and 张伟_QA.json",
    mend="Rename the file, or take the extra one out.",
    corpus=_find,
)
