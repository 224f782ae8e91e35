"""What instructions ask for: verbs in the inner ring, their objects in the outer (the paper's Figure 3)."""

from collections.abc import Sequence
from math import cos, degrees, pi, sin

from roleinstruct.dataset.figures.facts import FigureFacts
from roleinstruct.dataset.figures.fonts import width_of
from roleinstruct.dataset.figures.palette import INK, MUTED, TINTS
from roleinstruct.dataset.figures.sheet import Point, Sheet
from roleinstruct.dataset.figures.verbs import Verb

__all__ = ["draw_sunburst"]

_FEWEST = 3
"""Verbs that make a circle worth drawing."""

_SIZE, _CENTRE = 1300, (650.0, 790.0)
_HOLE, _RING, _RIM = 130.0, 340.0, 590.0
_LANGUAGES = {"zh": ("Chinese", "中文"), "en": ("English", "英文")}


def draw_sunburst(facts: FigureFacts, language: str) -> tuple[Sheet, str] | None:
    """The sheet and its caption; None where the instructions of the language have hardly a verb with an object.

    Args:
        facts: The counts.
        language: "zh" or "en".
    """
    verbs = facts.verbs.get(language, ())
    if len(verbs) < _FEWEST:
        return None
    english, chinese = _LANGUAGES[language]
    title = (f"Verbs and objects of the {english} instructions", f"{chinese}指令的动词与宾语")
    sheet = Sheet(title, _SIZE, _SIZE + 110, chinese=facts.chinese)
    sheet.note(
        "Inner ring: the 20 most frequent verbs, by instructions. Outer: each verb's four most frequent objects.",
        "内圈：最常见的 20 个动词（按指令数）；外圈：各动词最常见的四个宾语。",
    )
    total = sum(verb.count for verb in verbs)
    angle = 0.0
    for place, verb in enumerate(verbs):
        end = angle + 2 * pi * verb.count / total
        _one_verb(sheet, verb, (angle, end), TINTS[_tint(place, len(verbs))])
        angle = end
    sheet.text((_CENTRE[0], _CENTRE[1] - 16), f"{total:,}", 44, align="center")
    sheet.text((_CENTRE[0], _CENTRE[1] + 28), sheet.both("instructions", "条指令"), 20, colour=MUTED, align="center")
    return sheet, _caption(verbs, english, facts)


def _tint(place: int, verbs: int) -> int:
    """Neighbours differ, the last and the first of the circle too."""
    return 1 if place == verbs - 1 and place % len(TINTS) == 0 and place else place % len(TINTS)


def _one_verb(sheet: Sheet, verb: Verb, span: tuple[float, float], tints: tuple[str, str]) -> None:
    start, end = span
    sheet.area(_sector(_HOLE, _RING, start, end), tints[0])
    _label(sheet, [f"{verb.word} {verb.count}", verb.word], (_HOLE, _RING), span, 30)
    whole = sum(count for _, count in verb.objects)
    for noun, count in verb.objects:
        end = start + (span[1] - span[0]) * count / whole
        sheet.area(_sector(_RING, _RIM, start, end), tints[1])
        _label(sheet, [f"{noun} {count}", noun], (_RING, _RIM), (start, end), 26)
        start = end


def _label(
    sheet: Sheet, texts: Sequence[str], ring: tuple[float, float], span: tuple[float, float], largest: float
) -> None:
    """Write the first of the texts that fits along the radius, as large as the sector is wide, else the last, cut."""
    middle, radius = sum(span) / 2, sum(ring) / 2
    # The inner end of a sector is narrow: the height of the type is what fits a third of the way out.
    room, height = ring[1] - ring[0] - 20, (span[1] - span[0]) * (ring[0] + (ring[1] - ring[0]) * 0.35)
    size = min(largest, height * 0.82)
    if size < 13:
        return
    text = next((text for text in texts if width_of(text, size) <= room), "")
    while not text and size > 15:
        size -= 1
        text = next((text for text in texts if width_of(text, size) <= room), "")
    turn = 90 - degrees(middle)
    is_left = middle % (2 * pi) > pi
    sheet.text(
        _at(radius, middle),
        text or sheet.fitted(texts[-1], size, room),
        size,
        colour=INK,
        align="center",
        rotation=turn + 180 if is_left else turn,
    )


def _at(radius: float, angle: float) -> Point:
    """A point by its angle from the top, clockwise."""
    return _CENTRE[0] + radius * sin(angle), _CENTRE[1] - radius * cos(angle)


def _sector(inner: float, outer: float, start: float, end: float) -> list[Point]:
    steps = max(2, int((end - start) / 0.02))
    angles = [start + (end - start) * n / steps for n in range(steps + 1)]
    return [_at(outer, angle) for angle in angles] + [_at(inner, angle) for angle in reversed(angles)]


def _caption(verbs: Sequence[Verb], english: str, facts: FigureFacts) -> str:
    told = ", ".join(
        f"{verb.word} {verb.count} ({', '.join(noun for noun, _ in verb.objects[:2])})" for verb in verbs[:5]
    )
    tagged, distinct = facts.instructions["tagged"], facts.instructions["distinct"]
    sample = f", a sample of {tagged:,} of the {distinct:,} distinct texts" if tagged < distinct else ""
    return (
        f"Sunburst of the {len(verbs)} most frequent verbs of the {english} instructions with their direct objects, "
        f"each distinct text counted once{sample}: {told}."
    )
