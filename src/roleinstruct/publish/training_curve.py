"""The curve of a training as a small drawing, from its log alone."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

__all__ = ["curve"]

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 640, 260, 56, 16, 30, 36
_STYLE = (
    "text{font:12px sans-serif;fill:#555}.t{stroke:#3b6fb6;fill:none;stroke-width:1.6}.e{fill:#c4622d}"
    ".a{stroke:#999}@media(prefers-color-scheme:dark){text{fill:#bbb}}"
)


def curve(log: Sequence[Mapping[str, Any]], kept_step: int) -> str:
    """Draw the loss in training as a line, and in evaluation as dots.

    Args:
        log: Entries with "step" and "loss" or "eval_loss".
        kept_step: The step whose weights were kept; it is marked.

    Returns:
        An SVG of 640 by 260 pixels; "" where there are fewer than two points.
    """
    trained = [(int(entry["step"]), float(entry["loss"])) for entry in log if "loss" in entry]
    tested = [(int(entry["step"]), float(entry["eval_loss"])) for entry in log if "eval_loss" in entry]
    points = [point for point in (*trained, *tested) if point[1] - point[1] == 0]
    if len(points) < 2:
        return ""
    place = _placing(points)
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(place, (p for p in trained if p in points)))
    dots = "".join(f'<circle class="e" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in map(place, tested))
    at, _ = place((kept_step, points[0][1]))
    title = escape("Loss by step: a line in training, dots on the validation rows")
    bottom = _HEIGHT - _BOTTOM
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" role="img"><title>{title}</title><style>{_STYLE}</style>'
        f'<text x="{_LEFT}" y="16">{title}</text>{_axes(points, place)}'
        f'<line class="a" stroke-dasharray="4 3" x1="{at:.1f}" x2="{at:.1f}" y1="{_TOP}" y2="{bottom}"/>'
        f'<text x="{at - 4:.1f}" y="{_TOP + 10}" text-anchor="end">kept</text>'
        f'<polyline class="t" points="{line}"/>{dots}</svg>\n'
    )


def _placing(points: Sequence[tuple[int, float]]) -> Any:  # noqa: ANN401 - a function from a point to pixels
    steps, losses = [step for step, _ in points], [loss for _, loss in points]
    wide, high = max(steps) - min(steps) or 1, max(losses) - min(losses) or 1.0

    def place(point: tuple[int, float]) -> tuple[float, float]:
        x = _LEFT + (_WIDTH - _LEFT - _RIGHT) * (point[0] - min(steps)) / wide
        return x, _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * (point[1] - min(losses)) / high

    return place


def _axes(points: Sequence[tuple[int, float]], place: Any) -> str:  # noqa: ANN401 - see `_placing`
    """The least and the greatest step and loss."""
    steps, losses = sorted({step for step, _ in points}), sorted(loss for _, loss in points)
    bottom = _HEIGHT - _BOTTOM
    told = f'<line class="a" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{bottom}" y2="{bottom}"/>'
    for step, align in ((steps[0], "start"), (steps[-1], "end")):
        x, _ = place((step, losses[0]))
        told += f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="{align}">{step:,}</text>'
    for loss in (losses[0], losses[-1]):
        _, y = place((steps[0], loss))
        told += f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{loss:.3g}</text>'
    return told
