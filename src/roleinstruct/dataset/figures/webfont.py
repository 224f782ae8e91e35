"""The Chinese glyphs of one page, inside the page: for a browser on a machine without a Chinese font."""

import base64
from io import BytesIO
from typing import Any

from roleinstruct.dataset.figures.fonts import OURS

__all__ = ["web_font"]


def web_font(text: str) -> str:
    """A CSS `@font-face` rule named "Figures" with the glyphs of a text, some 0.3 kB each.

    Args:
        text: All that the page may show; characters that our font lacks are left to the browser.
    """
    font = _subset(text)
    font.flavor = "woff"
    file = BytesIO()
    font.save(file)
    data = base64.b64encode(file.getvalue()).decode()
    return f'@font-face {{ font-family: Figures; src: url("data:font/woff;base64,{data}") format("woff"); }}'


def _subset(text: str) -> Any:  # noqa: ANN401 - a fontTools TTFont, imported late
    from fontTools import subset
    from fontTools.ttLib import TTFont

    font = TTFont(OURS, recalcTimestamp=False)
    subsetter = subset.Subsetter(subset.Options(notdef_outline=True))
    subsetter.populate(text=text)
    subsetter.subset(font)
    return font
