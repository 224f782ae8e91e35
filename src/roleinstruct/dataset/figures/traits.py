"""The traits of the characters as a cloud of words (the paper's Figure 5).

The words are packed by their own sizes: the next most frequent takes the free place nearest to the middle. (The
`wordcloud` package brings a font of its own without Chinese, and places words by chance.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roleinstruct.dataset.figures.facts import FigureFacts
from roleinstruct.dataset.figures.fonts import width_of
from roleinstruct.dataset.figures.palette import WORDS
from roleinstruct.dataset.figures.sheet import Sheet

__all__ = ["draw_traits"]

_MOST = 120
"""Words in the cloud; the paper has 45 traits."""

_WIDTH, _HEIGHT, _TOP = 1520, 640, 180
_LARGEST, _COMMON = 110.0, 58.0
"""Heights of the type: of any word, and of one that a single character has."""

_STEP = 8  # pixels between the places that are tried


@dataclass(frozen=True, slots=True)
class _Word:
    """A word with its place: left end and middle height, counted from the middle of the cloud."""

    text: str
    count: int
    size: float
    x: float
    y: float


def draw_traits(facts: FigureFacts) -> tuple[Sheet, str] | None:
    """The sheet and its caption; None where no profile has a trait."""
    if not facts.traits:
        return None
    words = _packed([(trait, len(who)) for trait, who in facts.traits.items()][:_MOST])
    highest = max(abs(word.y) + word.size * 0.7 for word in words)
    sheet = Sheet(("Personality traits", "性格特征"), 1600, int(_TOP + 2 * highest + 40), chinese=facts.chinese)
    sheet.note(
        "The larger the word, the more characters have the trait; ×n is their number where it is more than one.",
        "字号越大，具有该特征的角色越多；×n 为角色数（多于一人时）。",
    )
    for n, word in enumerate(words):
        x, y, colour = 40 + _WIDTH / 2 + word.x, _TOP + highest + word.y, WORDS[n % len(WORDS)]
        if sheet.text((x, y), word.text, word.size, colour=colour) and word.count > 1:
            x += width_of(word.text, word.size) + word.size * 0.1
            sheet.text((x, y + word.size * 0.2), f"×{word.count}", word.size * 0.45, colour=colour)
    return sheet, _caption(facts)


def _packed(traits: Sequence[tuple[str, int]]) -> list[_Word]:
    """The words as large as they fit, the first one in the middle."""
    places = _places()
    area = sum((width_of(text, 1) + 1.2) * 1.3 * count for text, count in traits)
    # Words never fill more than three quarters of the room.
    scale = min(_LARGEST / sqrt(max(count for _, count in traits)), _COMMON, sqrt(0.75 * _WIDTH * _HEIGHT / area))
    while True:
        words: list[_Word] = []
        boxes: list[tuple[float, float, float, float]] = []
        for text, count in traits:
            size = scale * sqrt(count)
            width = width_of(text, size) + (size * 0.7 if count > 1 else 0)
            place = _first_free(places, boxes, width + size * 0.5, size * 1.3)
            if place is None:
                break
            boxes.append((*place, width + size * 0.5, size * 1.3))
            words.append(_Word(text, count, size, place[0] - width / 2, place[1]))
        else:
            return words
        scale *= 0.92


def _places() -> NDArray[Any]:
    """Places on a grid, those nearest to the middle first; across counts less than up and down."""
    ys, xs = np.mgrid[-_HEIGHT // 2 : _HEIGHT // 2 + 1 : _STEP, -_WIDTH // 2 : _WIDTH // 2 + 1 : _STEP]
    xs, ys = xs.ravel(), ys.ravel()
    order = np.lexsort((xs, ys, (xs / 2.2) ** 2 + ys**2))
    return np.stack([xs[order], ys[order]])


def _first_free(
    places: NDArray[Any], boxes: Sequence[tuple[float, float, float, float]], width: float, height: float
) -> tuple[float, float] | None:
    """The first place where a word of this size stays inside and meets no other, as its middle."""
    xs, ys = places
    free = (2 * np.abs(xs) + width <= _WIDTH) & (2 * np.abs(ys) + height <= _HEIGHT)
    for x, y, w, h in boxes:
        free &= (2 * np.abs(xs - x) >= width + w) | (2 * np.abs(ys - y) >= height + h)
    found = int(np.argmax(free))
    return (float(xs[found]), float(ys[found])) if free[found] else None


def _caption(facts: FigureFacts) -> str:
    most = [f"{trait} ({len(who)})" for trait, who in facts.traits.items() if len(who) > 1][:5]
    shared = f"; most frequent: {', '.join(most)}" if most else "; none is shared by two characters"
    more = len(facts.traits) - _MOST
    rest = f" The {more} least frequent are not shown." if more > 0 else ""
    return (
        f"Word cloud of {len(facts.traits)} distinct personality traits, sized by the number of characters"
        f"{shared}.{rest}"
    )
