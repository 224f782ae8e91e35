"""One page that shows all figures in a browser: a single file with its data inside, which needs no network."""

import html
from pathlib import Path

from roleinstruct.dataset.figures.facts import FigureFacts, as_json
from roleinstruct.dataset.figures.palette import FILLS, HATCHES, ORDER, PAPER, STEPS, TINTS, ink_on
from roleinstruct.dataset.figures.shares import LABELS
from roleinstruct.dataset.figures.webfont import web_font
from roleinstruct.pages import embedded, filled, policy_of

__all__ = ["page"]

_TEMPLATE = Path(__file__).with_name("page.html")


def page(facts: FigureFacts) -> str:
    """The HTML of the page, in Chinese if most of the data set is, else in English; a button changes that."""
    template = _TEMPLATE.read_text(encoding="utf-8")
    data = embedded(_document(facts))
    chinese = facts.languages.get("zh", 0) > facts.languages.get("en", 0)
    parts = {
        "LANG": "zh" if chinese else "en",
        "TITLE": html.escape("数据集图表" if chinese else "The data set in figures"),
        "POLICY": policy_of(template, fonts=True),
        "DATA": data,
        "FONT": web_font(template + data) if facts.chinese else "",
    }
    return filled(template, parts)


def _document(facts: FigureFacts) -> dict[str, object]:
    """What the script of the page reads."""
    fills = [FILLS[emotion] for emotion in LABELS]
    return {
        **as_json(facts),
        "order": [LABELS.index(emotion) for emotion in ORDER],
        "fills": fills,
        "hatches": {n: HATCHES[emotion] for n, emotion in enumerate(LABELS)},
        "steps": STEPS,
        "tints": TINTS,
        "dark": [fill for fill in (*fills, *STEPS) if ink_on(fill) == PAPER],
    }
