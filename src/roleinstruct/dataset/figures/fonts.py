"""Which font can write a text, on a machine that may have no Chinese fonts at all.

A picture of a Chinese data set needs some ten thousand glyphs that neither matplotlib nor a bare server brings. No
package on PyPI carries them at a fitting size (`mplfonts` 85 MB, `zhplot` 6 MB and untended; those for Japanese lack
simplified characters), so that a subset of Noto Sans SC lies beside this file: the characters of GB2312 and of the
first level of Big5, Latin and punctuation, 3.0 MB, under the Open Font License. `font/README.md` tells how it is made.

A character that it lacks is looked for in the fonts of the system. A text that no single font can write is not drawn:
a box says nothing.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.font_manager import FontProperties

__all__ = ["OURS", "font_for", "one_line", "width_of"]

OURS = Path(__file__).with_name("font") / "NotoSansSC-subset.ttf"
"""The font that comes with the package."""


def font_for(text: str) -> "FontProperties | None":
    """The font that writes a text: ours if it has all of its characters, else the first of the system's that has.

    Args:
        text: One line.

    Returns:
        The font, or None where no font has every character.
    """
    from matplotlib.font_manager import FontProperties

    file = _file_for(frozenset(text))
    return FontProperties(fname=file) if file else None


def one_line(text: str) -> str:
    """The text with every run of whitespace, line breaks too, as one space."""
    return " ".join(text.split())


def width_of(text: str, size: float) -> float:
    """How long a line of that height of type is, in the unit of `size`; 0 for one that no font can write."""
    from matplotlib.textpath import text_to_path

    line = one_line(text)
    font = font_for(line)
    if font is None:
        return 0.0
    # Measured at 100, for the measure is a whole number of 64ths.
    font.set_size(100)
    length: float = text_to_path.get_text_width_height_descent(line, font, False)[0]
    return length * size / 100


@cache
def _file_for(characters: frozenset[str]) -> str | None:
    needed = frozenset(map(ord, characters))
    if needed <= _glyphs(str(OURS)):
        return str(OURS)
    return next((file for file in _system_fonts() if needed <= _glyphs(file)), None)


@cache
def _system_fonts() -> tuple[str, ...]:
    """Files that matplotlib knows, by name; not the one whose glyphs are the very boxes that nobody wants to see."""
    from matplotlib.font_manager import fontManager

    return tuple(sorted({entry.fname for entry in fontManager.ttflist if "Last Resort" not in entry.name}))


@cache
def _glyphs(file: str) -> frozenset[int]:
    """The code points that a font has; none for a font of bitmaps, which cannot be scaled, or one that is gone."""
    from matplotlib.font_manager import get_font

    try:
        font = get_font(file)
    except (OSError, RuntimeError):  # removed since matplotlib listed it, or damaged
        return frozenset()
    return frozenset(font.get_charmap()) if font.scalable else frozenset()
