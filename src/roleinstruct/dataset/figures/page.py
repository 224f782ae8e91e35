"""One page that shows all figures in a browser: a single file with its data inside, which needs no network."""

import base64
import hashlib
import html
import json
import re
from pathlib import Path

from roleinstruct.dataset.figures.facts import FigureFacts, as_json
from roleinstruct.dataset.figures.palette import FILLS, HATCHES, ORDER, PAPER, STEPS, TINTS, ink_on
from roleinstruct.dataset.figures.shares import LABELS
from roleinstruct.dataset.figures.webfont import web_font

__all__ = ["page"]

_TEMPLATE = Path(__file__).with_name("page.html")


def page(facts: FigureFacts) -> str:
    """The HTML of the page, in Chinese if most of the data set is, else in English; a button changes that."""
    template = _TEMPLATE.read_text(encoding="utf-8")
    data = _embedded(facts)
    chinese = facts.languages.get("zh", 0) > facts.languages.get("en", 0)
    parts = {
        "LANG": "zh" if chinese else "en",
        "TITLE": html.escape("数据集图表" if chinese else "The data set in figures"),
        "POLICY": _policy(template),
        "DATA": data,
        "FONT": web_font(template + data) if facts.chinese else "",
    }
    return re.sub(r"@@([A-Z]+)@@", lambda found: parts[found[1]], template)


def _embedded(facts: FigureFacts) -> str:
    """The facts as JSON that no text in them can leave: "</script>" has no "<" any more."""
    fills = [FILLS[emotion] for emotion in LABELS]
    document = {
        **as_json(facts),
        "order": [LABELS.index(emotion) for emotion in ORDER],
        "fills": fills,
        "hatches": {n: HATCHES[emotion] for n, emotion in enumerate(LABELS)},
        "steps": STEPS,
        "tints": TINTS,
        "dark": [fill for fill in (*fills, *STEPS) if ink_on(fill) == PAPER],
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _policy(template: str) -> str:
    """What a browser may run: this very script and this style, and nothing from anywhere else."""
    script = re.search(r"<script>(.*?)</script>", template, re.DOTALL)
    assert script, "the template has one script"
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
