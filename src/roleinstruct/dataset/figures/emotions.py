"""Which emotions are spoken: all turns beside the paper's Figure 4, and a stack for every character."""

from roleinstruct.dataset.figures.facts import FigureFacts
from roleinstruct.dataset.figures.fonts import width_of
from roleinstruct.dataset.figures.palette import FILLS, HATCHES, INK, MUTED, ORDER, PAPER, ink_on
from roleinstruct.dataset.figures.shares import LABELS, shares, shown
from roleinstruct.dataset.figures.sheet import Sheet

__all__ = ["draw_emotions"]

_TOP = 270
_BARS = (230, 590)  # left and right end of the bars beside the paper's
_STACK = (830, 1560)


def draw_emotions(facts: FigureFacts) -> tuple[Sheet, str] | None:
    """The sheet and its caption; None where nothing is labelled."""
    if not facts.emotions:
        return None
    rows = len(shown(facts)) + 2
    height = max(10 * 66, rows * 44 + 16)
    sheet = Sheet(("Emotions", "情绪分布"), 1600, _TOP + height + 40, chinese=facts.chinese)
    sheet.note(
        "Percent of labelled turns. Left: all of them (filled) beside the paper (outlined). Right: by character.",
        "带标注话轮的百分比。左：全部（实心）与论文（空心）；右：各角色。",
    )
    _beside_the_paper(sheet, facts, height)
    _legend(sheet)
    _stacks(sheet, facts, height)
    return sheet, _caption(facts)


def _beside_the_paper(sheet: Sheet, facts: FigureFacts, height: float) -> None:
    ours, step = shares(facts.overall), height / len(ORDER)
    scale = (_BARS[1] - _BARS[0]) / max(*ours, *facts.paper)
    sheet.line([(_BARS[0], _TOP - 8), (_BARS[0], _TOP + height)], colour=MUTED)
    for place, emotion in enumerate(ORDER):
        y, n = _TOP + step * place, LABELS.index(emotion)
        sheet.text((_BARS[0] - 16, y + step * 0.42), sheet.emotion(emotion), 24, align="right")
        sheet.bar(
            _BARS[0], y + step * 0.1, ours[n] * scale, step * 0.42, FILLS[emotion], hatch=HATCHES[emotion], edge=INK
        )
        sheet.bar(_BARS[0], y + step * 0.56, facts.paper[n] * scale, step * 0.2, PAPER, edge=MUTED)
        sheet.text((_BARS[0] + ours[n] * scale + 12, y + step * 0.31), f"{ours[n]:.1f}", 24)
        sheet.text((_BARS[0] + facts.paper[n] * scale + 12, y + step * 0.68), f"{facts.paper[n]:.1f}", 19, colour=MUTED)


def _legend(sheet: Sheet) -> None:
    width = (_STACK[1] - _STACK[0]) / 5
    for place, emotion in enumerate(ORDER):
        x, y = _STACK[0] + width * (place % 5), _TOP - 88 + 36 * (place // 5)
        sheet.bar(x, y, 26, 24, FILLS[emotion], hatch=HATCHES[emotion], edge=INK)
        sheet.text((x + 34, y + 12), emotion.zh if sheet.chinese else emotion.value, 20)


def _stacks(sheet: Sheet, facts: FigureFacts, height: float) -> None:
    lines = [
        (sheet.both("all", "全部"), shares(facts.overall)),
        (sheet.both("paper", "论文"), shares([round(10 * share) for share in facts.paper])),
        *((name, shares(counts)) for name, counts in shown(facts)),
    ]
    step = min(66, (height - 16) / len(lines))
    for place, (name, values) in enumerate(lines):
        y = _TOP + step * place + (16 if place > 1 else 0)
        sheet.name((_STACK[0] - 14, y + step / 2), name, min(24, step * 0.55), 170)
        _stack(sheet, y + step * 0.08, step * 0.84, values)


def _stack(sheet: Sheet, y: float, height: float, values: tuple[float, ...]) -> None:
    x, scale = float(_STACK[0]), (_STACK[1] - _STACK[0]) / 100
    for emotion in ORDER:
        width, fill = values[LABELS.index(emotion)] * scale, FILLS[emotion]
        sheet.bar(x, y, width, height, fill, hatch=HATCHES[emotion], edge=INK)
        label = emotion.zh if sheet.chinese else emotion.value
        size = min(18.0, height * 0.5)
        if width_of(label, size) + 8 < width:
            backing = fill if HATCHES[emotion] else None
            sheet.text(
                (x + width / 2, y + height / 2), label, size, colour=ink_on(fill), align="center", backing=backing
            )
        x += width


def _caption(facts: FigureFacts) -> str:
    ours = shares(facts.overall)
    parts = (f"{e} {ours[LABELS.index(e)]:.1f} ({facts.paper[LABELS.index(e)]:.1f})" for e in ORDER)
    return (
        f"Emotions of {sum(facts.overall):,} labelled turns in percent, the paper's Figure 4 in brackets: "
        f"{', '.join(parts)}; and the same as a stacked bar for each of {len(shown(facts))} characters."
    )
