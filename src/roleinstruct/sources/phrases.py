"""Spoken text as scripts lay it out: wrapped over lines, with stage directions in brackets."""

import re
from collections.abc import Iterable

__all__ = ["closes_direction", "indent_of", "is_direction", "join_lines", "opens_direction", "strip_directions"]


def strip_directions(text: str) -> str:
    """Take out what stands in round or square brackets, half or full width: （笑）, (beat), 【停顿】, [sighs].

    Brackets of the two widths close each other, as damaged files have them. A bracket without its partner stays, and
    so does one around a number alone, which is part of the sentence.

    Examples:
        >>> strip_directions("在呢（笑），进来吧。")
        '在呢，进来吧。'
        >>> strip_directions("Well (she sits) I never.")
        'Well I never.'
    """
    kept, end = [], 0
    for start, stop in _outermost(_pairs(text)):
        kept.append(text[end:start])
        end = stop
    if not kept:
        return text.strip()
    return _SPACE_BEFORE_MARK.sub("", _SPACES.sub(" ", " ".join(_trimmed([*kept, text[end:]]))))


def is_direction(line: str) -> bool:
    """Whether a line is a stage direction, or several, and nothing else: （雨声）, [Thunder.], △他推门进来."""
    stripped = line.strip().strip("*_")
    if stripped.startswith(_ACTION):
        return True
    return stripped.startswith(tuple(_OPEN)) and not any(map(str.isalnum, strip_directions(stripped)))


def opens_direction(line: str) -> bool:
    """Whether a line begins a stage direction that a later line closes."""
    return line.strip().startswith(tuple(_OPEN)) and not closes_direction(line)


def closes_direction(line: str) -> bool:
    """Whether a line holds the end of a stage direction that a line before began."""
    return any(mark in line for mark in _CLOSE)


def join_lines(lines: Iterable[str]) -> str:
    """Join wrapped lines: with a space between Latin words, without one where either side is Chinese.

    Examples:
        >>> join_lines(["我等了你", "一个晚上。"])
        '我等了你一个晚上。'
        >>> join_lines(["I waited", "all night."])
        'I waited all night.'
    """
    joined: list[str] = []
    for line in filter(None, map(str.strip, lines)):
        if joined and not (_WIDE.match(joined[-1][-1]) or _WIDE.match(line)):
            joined.append(" ")
        joined.append(line)
    return "".join(joined)


def indent_of(line: str) -> int:
    """How far a line is set in, in columns: a tab counts four, a full-width space two."""
    front = line[: len(line) - len(line.lstrip())]
    return sum({"\t": 4, "　": 2}.get(character, 1) for character in front)


_ACTION = ("△", "▲", "▽", "▼", "◇", "◆", "⊙", "Δ")
"""What Chinese scripts put in front of a line of action."""

_OPEN, _CLOSE = "(（[［【", ")）]］】"
_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef…—“”‘’]")
_SPACES = re.compile(r"[ \t\u00a0]{2,}")
_SPACE_BEFORE_MARK = re.compile(r" +(?=[,.;:!?…，。；：！？、])")


def _pairs(text: str) -> list[tuple[int, int]]:
    """The spans of brackets that have a partner, without those around a number."""
    opened: list[int] = []
    spans = []
    for index, character in enumerate(text):
        if character in _OPEN:
            opened.append(index)
        elif character in _CLOSE and opened:
            start = opened.pop()
            inside = text[start + 1 : index]
            if any(map(str.isalpha, inside)) or not any(map(str.isdigit, inside)):
                spans.append((start, index + 1))
    return sorted(spans)


def _outermost(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    outer: list[tuple[int, int]] = []
    for span in spans:
        if not outer or span[0] >= outer[-1][1]:
            outer.append(span)
    return outer


def _trimmed(pieces: list[str]) -> list[str]:
    """The pieces between directions, Chinese ones glued together so that a join by spaces leaves no gap in them."""
    glued: list[str] = []
    for piece in filter(None, map(str.strip, pieces)):
        if glued and (_WIDE.match(glued[-1][-1]) or _WIDE.match(piece)):
            glued[-1] += piece
        else:
            glued.append(piece)
    return glued
