"""The colours and hatches of the figures: told apart by the colour-blind, in grey, and on a bad printer.

The colours are Okabe and Ito's (2008) with a brown and two greys. In a stack neighbours differ in lightness and in
hatch, and every figure names its parts in words, so that no colour has to be recognised.
"""

from roleinstruct.emotions import Emotion

__all__ = [
    "FILLS",
    "GRID",
    "HATCHES",
    "INK",
    "MUTED",
    "ORDER",
    "PAPER",
    "STEPS",
    "TINTS",
    "WORDS",
    "contrast",
    "ink_on",
]

INK = "#1a1a1a"
MUTED = "#595959"
GRID = "#d0d0d0"
PAPER = "#ffffff"

ORDER = (
    Emotion.NEUTRAL,
    Emotion.HAPPINESS,
    Emotion.EXCITEMENT,
    Emotion.SURPRISE,
    Emotion.OTHER,
    Emotion.FRUSTRATION,
    Emotion.SADNESS,
    Emotion.FEAR,
    Emotion.DISGUST,
    Emotion.ANGER,
)
"""The emotions in a stack: neutral at one end, then from the pleasant to the unpleasant, anger at the other end."""

FILLS = {
    Emotion.NEUTRAL: "#dedede",
    Emotion.HAPPINESS: "#f0e442",
    Emotion.EXCITEMENT: "#e69f00",
    Emotion.SURPRISE: "#8fd0f5",
    Emotion.OTHER: "#9a9a9a",
    Emotion.FRUSTRATION: "#e3a9cb",
    Emotion.SADNESS: "#0072b2",
    Emotion.FEAR: "#5cc4a3",
    Emotion.DISGUST: "#7a5c1e",
    Emotion.ANGER: "#f0793a",
}

HATCHES = {
    Emotion.NEUTRAL: "",
    Emotion.HAPPINESS: "//",
    Emotion.EXCITEMENT: "",
    Emotion.SURPRISE: "..",
    Emotion.OTHER: "",
    Emotion.FRUSTRATION: "\\\\",
    Emotion.SADNESS: "",
    Emotion.FEAR: "--",
    Emotion.DISGUST: "",
    Emotion.ANGER: "xx",
}
"""Matplotlib's hatch patterns; every second part of a stack is plain."""

STEPS = ("#f7fbff", "#deebf7", "#c6dbef", "#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08519c", "#08306b")
"""A scale of one hue from light to dark (ColorBrewer's Blues)."""

TINTS = (
    ("#8fc1e8", "#d6e9f8"),
    ("#f2b866", "#fbe6c6"),
    ("#8ccfb5", "#d5efe5"),
    ("#dca6c8", "#f5e2ee"),
    ("#c4c4c4", "#ebebeb"),
)
"""Backgrounds for dark type, each with a paler one of the same hue."""

WORDS = ("#0060a0", "#9a4300", "#00664a", "#7d2f66", "#3d3d3d")
"""Colours of words on white, each with a contrast of at least 5."""


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, 1 to 21, as WCAG 2 defines it; 4.5 is asked of text.

    Args:
        one: "#rrggbb".
        other: "#rrggbb".
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ink_on(fill: str) -> str:
    """Black or white, whichever is better read on a colour."""
    return max((INK, PAPER), key=lambda ink: contrast(ink, fill))


def _luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
