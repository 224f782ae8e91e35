"""Characters by emotions: the share of each in a cell, as a number and as a depth of blue."""

from roleinstruct.dataset.figures.facts import FigureFacts
from roleinstruct.dataset.figures.palette import MUTED, ORDER, STEPS, ink_on
from roleinstruct.dataset.figures.shares import LABELS, MOST_CHARACTERS, shares, shown
from roleinstruct.dataset.figures.sheet import Sheet

__all__ = ["draw_heatmap"]

_LEFT, _TOP, _CELL, _ROW = 270, 250, 116, 58


def draw_heatmap(facts: FigureFacts) -> tuple[Sheet, str] | None:
    """The sheet and its caption; None where nothing is labelled."""
    if not facts.emotions:
        return None
    rows = shown(facts)
    sheet = Sheet(
        ("Characters and emotions", "角色与情绪"), 1600, _TOP + _ROW * (len(rows) + 2) + 56, chinese=facts.chinese
    )
    sheet.note(
        "Percent of each character's labelled turns; the darker, the more.",
        "各角色带标注话轮的百分比；颜色越深，比例越高。",
    )
    for column, emotion in enumerate(ORDER):
        x = _LEFT + _CELL * (column + 0.5)
        sheet.text((x, _TOP - 24), emotion.value, 20, align="center")
        if facts.chinese:
            sheet.text((x, _TOP - 54), emotion.zh, 24, align="center")
    sheet.text((1570, _TOP - 24), sheet.both("turns", "话轮"), 21, align="right")
    lines = [(name, shares(counts), f"{sum(counts):,}") for name, counts in rows]
    lines.append((sheet.both("all", "全部"), shares(facts.overall), f"{sum(facts.overall):,}"))
    lines.append((sheet.both("paper", "论文"), facts.paper, ""))
    for place, (name, values, turns) in enumerate(lines):
        gap = 16 if place >= len(rows) else 0
        _row(sheet, _TOP + _ROW * place + gap, name, values, turns)
    return sheet, _caption(facts)


def _row(sheet: Sheet, y: float, name: str, values: tuple[float, ...], turns: str) -> None:
    middle = y + _ROW / 2
    sheet.name((_LEFT - 18, middle), name, 25, _LEFT - 60)
    for column, emotion in enumerate(ORDER):
        value = values[LABELS.index(emotion)]
        # The square root: neutral would leave all other emotions in the palest step.
        fill = STEPS[min(len(STEPS) - 1, int((value / 100) ** 0.5 * len(STEPS)))]
        x = _LEFT + _CELL * column
        sheet.bar(x, y, _CELL, _ROW, fill)
        sheet.text((x + _CELL / 2, middle), f"{value:.1f}", 23, colour=ink_on(fill), align="center")
    sheet.text((1570, middle), turns, 22, colour=MUTED, align="right")


def _caption(facts: FigureFacts) -> str:
    more = len(facts.emotions) - MOST_CHARACTERS
    rest = f" The {more} characters with the fewest turns are not shown." if more > 0 else ""
    return (
        f"Heat map of {len(shown(facts))} characters by ten emotions, in percent of the character's labelled turns, "
        f"with the whole data set and the paper's Figure 4 below.{rest}"
    )
