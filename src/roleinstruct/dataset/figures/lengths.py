"""How long the dialogues are, in rounds, with the paper's averages."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from roleinstruct.dataset.figures.facts import FigureFacts
from roleinstruct.dataset.figures.fonts import width_of
from roleinstruct.dataset.figures.palette import INK, PAPER
from roleinstruct.dataset.figures.sheet import Point, Sheet

__all__ = ["draw_lengths"]

_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 1560, 280, 700
_PAPER = (14.64, 14.85)
"""Average rounds in the paper's Table 1, versions 1 and 2."""


@dataclass(frozen=True, slots=True)
class _Bars:
    """A histogram: bar `n` holds `n * step + 1` to `(n + 1) * step` rounds; an open end holds all longer ones too."""

    counts: tuple[int, ...]
    step: int
    open_end: bool


def draw_lengths(facts: FigureFacts) -> tuple[Sheet, str] | None:
    """The sheet and its caption; None where there are no dialogues."""
    if not facts.turns:
        return None
    bars = _bars(facts.turns)
    sheet = Sheet(("Dialogue length", "对话长度"), 1600, 820, chinese=facts.chinese)
    sheet.note(
        "Dialogues by their number of rounds. A round is two turns; half a round at the end counts as one.",
        "按轮数统计的对话数量。一轮为两个话轮，末尾半轮计为一轮。",
    )
    total = sum(facts.turns.values())
    mean = sum(turns * n for turns, n in facts.turns.items()) / total / 2
    _draw_bars(sheet, bars)
    ours, theirs = _place(bars, mean), _place(bars, sum(_PAPER) / 2)
    _average(sheet, (ours, _TOP - 82), f"{sheet.both('average', '平均')} {mean:.2f}", "-", is_left=ours < theirs)
    paper = f"{sheet.both('paper', '论文')} {_PAPER[0]} / {_PAPER[1]}"
    _average(sheet, (theirs, _TOP - 46), paper, "--", is_left=theirs <= ours)
    _draw_counts(sheet, bars)
    sheet.text(((_LEFT + _RIGHT) / 2, _BOTTOM + 80), sheet.both("rounds", "轮数"), 24, align="center")
    return sheet, (
        f"Histogram of the lengths of {total:,} dialogues in rounds of two turns: {min(facts.turns) / 2:g} to "
        f"{max(facts.turns) / 2:g}, on average {mean:.2f}; in the paper {_PAPER[0]} "
        f"(version 1) and {_PAPER[1]} (version 2)."
    )


def _bars(turns: dict[int, int]) -> _Bars:
    rounds = Counter[int]()
    for length, n in turns.items():
        rounds[(length + 1) // 2] += n
    # Past the length that 99 of 100 dialogues keep to, one bar holds the rest.
    ranked = sorted(rounds.elements())
    last = max(ranked[int(0.99 * (len(ranked) - 1))], 20)
    step = -(-last // 25)
    size = -(-last // step)
    counts = [0] * size
    for length, n in rounds.items():
        counts[min((length - 1) // step, size - 1)] += n
    return _Bars(tuple(counts), step, ranked[-1] > size * step)


def _draw_bars(sheet: Sheet, bars: _Bars) -> None:
    slot, highest = (_RIGHT - _LEFT) / len(bars.counts), max(bars.counts)
    for place, count in enumerate(bars.counts):
        x, height = _LEFT + slot * place, count / highest * (_BOTTOM - _TOP)
        is_open = bars.open_end and place == len(bars.counts) - 1
        sheet.bar(x + 3, _BOTTOM - height, slot - 6, height, "#a6cfee", hatch="//" if is_open else "", edge=INK)
        first, last = place * bars.step + 1, (place + 1) * bars.step
        label = f"{first}+" if is_open else f"{first}" if bars.step == 1 else f"{first}–{last}"
        sheet.text((x + slot / 2, _BOTTOM + 28), label, 20 if len(label) < 5 else 17, align="center")
    sheet.line([(_LEFT - 10, _BOTTOM), (_RIGHT, _BOTTOM)], colour=INK)


def _draw_counts(sheet: Sheet, bars: _Bars) -> None:
    slot, highest = (_RIGHT - _LEFT) / len(bars.counts), max(bars.counts)
    for place, count in enumerate(bars.counts):
        if count:
            at = (_LEFT + slot * (place + 0.5), _BOTTOM - count / highest * (_BOTTOM - _TOP) - 17)
            sheet.text(at, f"{count:,}", 20, align="center", backing=PAPER)


def _place(bars: _Bars, rounds: float) -> float:
    """Where a number of rounds lies: a bar of one round holds n - 0.5 and n, and so has its centre at n - 0.25."""
    return min(_LEFT + (rounds - 0.25) / bars.step * (_RIGHT - _LEFT) / len(bars.counts), _RIGHT)


def _average(sheet: Sheet, top: Point, label: str, style: Literal["-", "--"], *, is_left: bool) -> None:
    """A line from `top` down, with its label on the side that the other line is not on, if there is room."""
    x, y = top
    room = width_of(label, 22) + 20
    is_left = x - room > _LEFT if is_left else x + room > _RIGHT
    sheet.line([(x, y - 14), (x, _BOTTOM)], colour=INK, width=3, style=style)
    sheet.text((x - 12 if is_left else x + 12, y), label, 22, align="right" if is_left else "left", backing=PAPER)
