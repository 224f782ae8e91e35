"""How emotions come and go from the first turn of a dialogue to the last."""

from dataclasses import dataclass
from math import sqrt

from roleinstruct.dataset.figures.facts import POSITIONS, FigureFacts
from roleinstruct.dataset.figures.palette import GRID, MUTED, ORDER
from roleinstruct.dataset.figures.shares import LABELS, shares
from roleinstruct.dataset.figures.sheet import Point, Sheet

__all__ = ["draw_flow", "interval"]

_COLUMNS, _WIDTH, _HEIGHT, _TOP = 5, 310, 290, 190
_Z = 1.96


def draw_flow(facts: FigureFacts) -> tuple[Sheet, str] | None:
    """The sheet and its caption; None where no dialogue of two or more turns is labelled."""
    if not any(map(sum, facts.flow)):
        return None
    sheet = Sheet(
        ("Emotions through a dialogue", "对话中的情绪起伏"), 1600, _TOP + 2 * _HEIGHT + 30, chinese=facts.chinese
    )
    sheet.note(
        "Percent of the turns at each of ten positions, first to last turn; every panel has its own scale. "
        "Band: 95 % interval. Dashes: average.",
        "从首个话轮到末个话轮十个位置上的百分比；各图纵轴不同。浅色带：95% 区间；虚线：平均值。",
    )
    for place, emotion in enumerate(ORDER):
        x, y = 80 + _WIDTH * (place % _COLUMNS), _TOP + _HEIGHT * (place // _COLUMNS)
        _draw_panel(sheet, _Panel.of(facts.flow, LABELS.index(emotion)), sheet.emotion(emotion), (x, y))
    return sheet, _caption(facts)


def interval(count: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share, in percent (Wilson 1927), as if turns were drawn one by one; 0 to 100 for no turns.

    Examples:
        >>> [round(end, 1) for end in interval(10, 100)]
        [5.5, 17.4]
    """
    if not total:
        return 0.0, 100.0
    share, spread = count / total, _Z**2 / total
    middle, half = share + spread / 2, _Z * sqrt(share * (1 - share) / total + spread / total / 4)
    return max(0.0, 100 * (middle - half) / (1 + spread)), min(100.0, 100 * (middle + half) / (1 + spread))


@dataclass(frozen=True, slots=True)
class _Panel:
    """One emotion: at every position that has turns its share and interval, in percent; and its average."""

    positions: tuple[int, ...]
    values: tuple[float, ...]
    bands: tuple[tuple[float, float], ...]
    average: float

    @classmethod
    def of(cls, flow: tuple[tuple[int, ...], ...], n: int) -> "_Panel":
        positions = tuple(place for place, counts in enumerate(flow) if sum(counts))
        pairs = [(flow[place][n], sum(flow[place])) for place in positions]
        total = sum(whole for _, whole in pairs)
        return cls(
            positions,
            tuple(100 * count / whole for count, whole in pairs),
            tuple(interval(count, whole) for count, whole in pairs),
            100 * sum(count for count, _ in pairs) / total,
        )


def _draw_panel(sheet: Sheet, panel: _Panel, label: str, corner: Point) -> None:
    (x, y), width, height = corner, _WIDTH - 80, _HEIGHT - 110
    bottom, highest = y + 52 + height, _round_up(max(high for _, high in panel.bands))

    def level(percent: float) -> float:
        return bottom - percent / highest * height

    xs = [x + 14 + (width - 28) * place / (POSITIONS - 1) for place in panel.positions]
    sheet.text((x, y + 20), label, 24)
    for tick in (0.0, highest / 2, highest):
        sheet.line([(x, level(tick)), (x + width, level(tick))], colour=GRID, width=1.5)
        sheet.text((x - 8, level(tick)), f"{tick:g}", 17, colour=MUTED, align="right")
    upper = [(a, level(high)) for a, (_, high) in zip(xs, panel.bands, strict=True)]
    lower = [(a, level(low)) for a, (low, _) in zip(xs, panel.bands, strict=True)]
    sheet.area([*upper, *reversed(lower)], "#cfe3f3", edge="#cfe3f3")
    sheet.line([(x, level(panel.average)), (x + width, level(panel.average))], colour=MUTED, style="--")
    line = [(a, level(value)) for a, value in zip(xs, panel.values, strict=True)]
    sheet.line(line, width=3)
    sheet.dots(line)
    sheet.text((x, bottom + 24), f"{sheet.both('first', '首')} {panel.values[0]:.1f}", 18)
    sheet.text((x + width, bottom + 24), f"{sheet.both('last', '末')} {panel.values[-1]:.1f}", 18, align="right")


def _round_up(value: float) -> float:
    """The next of 1, 2, 4, 6, 10, 20, … 100 at or above a value, so that half of it is a plain number."""
    steps = (1, 2, 4, 6, 8, 10, 12, 16, 20, 24, 30, 40, 50, 60, 80, 100)
    return float(next((step for step in steps if step >= value), 100))


def _caption(facts: FigureFacts) -> str:
    first, last = shares(facts.flow[0]), shares(facts.flow[-1])
    moves = sorted(range(len(LABELS)), key=lambda n: -abs(last[n] - first[n]))[:3]
    told = ", ".join(f"{LABELS[n]} {first[n]:.1f} to {last[n]:.1f}" for n in moves)
    return (
        "Ten small line charts, one an emotion: percent of the labelled turns at ten positions from the first turn of "
        f"a dialogue to its last. The widest moves from first to last: {told}."
    )
