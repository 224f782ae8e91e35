"""A sheet to draw on: pixels from the top left corner, text in a font that has it, PNG and SVG with the same bytes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Literal

from roleinstruct.dataset.figures.fonts import font_for, one_line, width_of
from roleinstruct.dataset.figures.palette import INK, MUTED, PAPER
from roleinstruct.emotions import Emotion

__all__ = ["Point", "Sheet", "plain_settings"]

_DPI = 160

Point = tuple[float, float]


class Sheet:
    """A picture in the making, best made within `plain_settings`. Lengths are pixels of the PNG, y grows downwards.

    Args:
        title: What it shows, in English and in Chinese.
        width: At most 1600.
        height: Likewise in pixels.
        chinese: Whether labels are given in Chinese too.

    Attributes:
        left_out: Texts that were not drawn because no font has all of their characters.
    """

    def __init__(self, title: tuple[str, str], width: int, height: int, *, chinese: bool) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.title, self.width, self.height, self.chinese = title[0], width, height, chinese
        self.left_out: list[str] = []
        figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor=PAPER)
        FigureCanvasAgg(figure)
        self._axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
        self._axes.set_axis_off()
        self._figure = figure
        self.text((40, 52), self.both(*title), 36)

    def both(self, english: str, chinese: str) -> str:
        """A label in both languages, or in English alone."""
        return f"{chinese} {english}" if self.chinese else english

    def emotion(self, emotion: Emotion) -> str:
        """The label of an emotion."""
        return self.both(emotion.value, emotion.zh)

    def note(self, english: str, chinese: str) -> None:
        """Write the line under the title that tells how to read the figure."""
        self.text((40, 100), english, 22, colour=MUTED)
        if self.chinese:
            self.text((40, 132), chinese, 22, colour=MUTED)

    def text(
        self,
        at: Point,
        text: str,
        size: float,
        *,
        colour: str = INK,
        align: Literal["left", "center", "right"] = "left",
        rotation: float = 0,
        backing: str | None = None,
    ) -> bool:
        """Write one line, its middle at the height of `at`; whether there was a font for it.

        Args:
            at: Where.
            text: What; nothing in it is read as a formula.
            size: Height of the type.
            colour: Of the type.
            align: Which end of the line is at `at`.
            rotation: Degrees against the clock, about the point.
            backing: The colour of a box behind the type, over a hatch.
        """
        text = one_line(text)
        font = font_for(text)
        if font is None:
            self.left_out.append(text)
            return False
        font.set_size(size * 72 / _DPI)
        box = {"facecolor": backing, "edgecolor": "none", "boxstyle": "square,pad=0.12"} if backing else None
        self._axes.text(
            *at,
            text,
            fontproperties=font,
            color=colour,
            ha=align,
            va="center_baseline" if not rotation else "center",
            rotation=rotation,
            rotation_mode="anchor",
            bbox=box,
            parse_math=False,
        )
        return True

    def name(self, at: Point, name: str, size: float, room: float) -> None:
        """Write a name that ends at `at`, cut to its room; a mark stands for one that no font can write."""
        if not self.text(at, self.fitted(name, size, room), size, align="right"):
            self.text(at, "(…)", size, align="right")

    def fitted(self, text: str, size: float, room: float) -> str:
        """The text, cut with an ellipsis where it is longer than its room."""
        text = one_line(text)
        if width_of(text, size) <= room:
            return text
        while text and width_of(text + "…", size) > room:
            text = text[:-1]
        return text.rstrip() + "…"

    def line(
        self, points: Sequence[Point], *, colour: str = INK, width: float = 2, style: Literal["-", "--", ":"] = "-"
    ) -> None:
        """Draw a line through points; `style` is matplotlib's."""
        from matplotlib.lines import Line2D

        xs, ys = [x for x, _ in points], [y for _, y in points]
        self._axes.add_line(Line2D(xs, ys, color=colour, linewidth=width * 72 / _DPI, linestyle=style))

    def dots(self, points: Sequence[Point], *, colour: str = INK, size: float = 9) -> None:
        """Draw a filled dot at each point."""
        from matplotlib.patches import Ellipse

        for point in points:
            self._axes.add_patch(Ellipse(point, size, size, facecolor=colour, edgecolor="none"))

    def area(self, points: Sequence[Point], fill: str, *, hatch: str = "", edge: str = PAPER) -> None:
        """Fill a polygon, with a hatch over the colour and an edge of two pixels."""
        from matplotlib.patches import Polygon

        if hatch:
            self._axes.add_patch(Polygon(points, facecolor=fill, edgecolor="#00000066", hatch=hatch, linewidth=0))
        face = "none" if hatch else fill
        self._axes.add_patch(Polygon(points, facecolor=face, edgecolor=edge, linewidth=2 * 72 / _DPI))

    def bar(
        self, x: float, y: float, width: float, height: float, fill: str, *, hatch: str = "", edge: str = PAPER
    ) -> None:
        """Fill a rectangle, given by its top left corner."""
        corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
        self.area(corners, fill, hatch=hatch, edge=edge)

    def save(self, stem: Path, description: str) -> None:
        """Write `stem`.png and `stem`.svg; the same picture gives the same bytes.

        Args:
            stem: The path without its ending.
            description: What the picture shows, for those who cannot see it; the SVG carries it.
        """
        self._save_png(stem.with_suffix(".png"))
        about = {"Date": None, "Creator": "roleinstruct", "Title": self.title, "Description": description}
        self._figure.savefig(stem.with_suffix(".svg"), metadata=about)

    def _save_png(self, file: Path) -> None:
        """Write the pixels in 256 colours, a third of the size: the figures are flat colours and soft edges."""
        from PIL import Image

        pixels = BytesIO()
        self._figure.savefig(pixels, format="png", dpi=_DPI)
        Image.open(pixels).convert("RGB").quantize(256).save(file, format="PNG", optimize=True)


@contextmanager
def plain_settings() -> Iterator[None]:
    """Matplotlib as it is out of the box while sheets are drawn; what the user has set comes back afterwards."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(
            {"svg.hashsalt": "roleinstruct", "svg.fonttype": "path", "hatch.linewidth": 0.6, "hatch.color": INK}
        )
        yield
