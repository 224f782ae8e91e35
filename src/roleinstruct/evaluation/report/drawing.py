"""A small hand for SVG: text is always escaped, and classes stand for colours, so that the page's theme rules."""

from collections.abc import Sequence
from html import escape

__all__ = ["MARKERS", "Drawing", "cut"]

MARKERS = ("circle", "square", "triangle", "diamond", "cross", "down", "plus", "bar")
"""Shapes that stand for systems, so that nobody has to know a colour."""


def cut(text: str, room: float) -> str:
    """The text on one line, cut with an ellipsis where it is wider than its room, in units of a Chinese character."""
    used, kept = 0.0, ""
    for character in " ".join(text.split()):
        used += 1 if character > "\u2e80" else 0.56
        if used > room:
            return kept + "…"
        kept += character
    return kept


class Drawing:
    """A drawing in the making; lengths are pixels at full size.

    Args:
        title: What it shows, for those who cannot see it.
        width: Of the drawing.
        height: Likewise.
    """

    def __init__(self, title: str, width: int, height: int) -> None:
        self._head = (
            f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
            f'style="min-width:{min(width, 640)}px" '
            f'aria-label="{escape(title)}"><title>{escape(title)}</title>'
        )
        self._parts: list[str] = []

    def text(self, x: float, y: float, text: str, look: str = "", *, align: str = "start", size: int = 13) -> None:
        """Write a line whose middle is at a height; `look` is a class, `align` start, middle or end."""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" dy=".35em" font-size="{size}" text-anchor="{align}" '
            f'class="{look}">{escape(text)}</text>'
        )

    def line(self, x: float, y: float, to_x: float, to_y: float, look: str) -> None:
        """Draw a line."""
        self._parts.append(f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" class="{look}"/>')

    def bar(
        self, x: float, y: float, width: float, height: float, look: str, *, depth: float | None = None, tip: str = ""
    ) -> None:
        """Fill a rectangle, as deep as 0 to 1 says; `tip` is told under the pointer."""
        style = "" if depth is None else f' style="fill-opacity:{depth:.3f}"'
        about = f"<title>{escape(tip)}</title>" if tip else ""
        self._parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{height:.1f}" class="{look}"{style}>'
            f"{about}</rect>"
        )

    def marker(self, x: float, y: float, which: int, tip: str = "") -> None:
        """Set one of `MARKERS`, which repeat."""
        shape = MARKERS[which % len(MARKERS)]
        about = f"<title>{escape(tip)}</title>" if tip else ""
        if shape == "circle":
            self._parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5.5" class="mark">{about}</circle>')
            return
        points = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in _SHAPES[shape])
        self._parts.append(f'<polygon points="{points}" class="mark">{about}</polygon>')

    def done(self) -> str:
        """The SVG."""
        return f"{self._head}{''.join(self._parts)}</svg>"


Shape = Sequence[tuple[float, float]]

_SHAPES: dict[str, Shape] = {
    "square": ((-5, -5), (5, -5), (5, 5), (-5, 5)),
    "triangle": ((0, -6.5), (6, 4.5), (-6, 4.5)),
    "diamond": ((0, -7), (6, 0), (0, 7), (-6, 0)),
    "down": ((0, 6.5), (6, -4.5), (-6, -4.5)),
    "bar": ((-2.5, -7), (2.5, -7), (2.5, 7), (-2.5, 7)),
    "cross": (
        *((-6, -3.5), (-3.5, -6), (0, -2.5), (3.5, -6), (6, -3.5), (2.5, 0)),
        *((6, 3.5), (3.5, 6), (0, 2.5), (-3.5, 6), (-6, 3.5), (-2.5, 0)),
    ),
    "plus": (
        *((-1.8, -6.5), (1.8, -6.5), (1.8, -1.8), (6.5, -1.8), (6.5, 1.8), (1.8, 1.8)),
        *((1.8, 6.5), (-1.8, 6.5), (-1.8, 1.8), (-6.5, 1.8), (-6.5, -1.8), (-1.8, -1.8)),
    ),
}
