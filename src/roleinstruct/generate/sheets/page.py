"""A sheet as one HTML page that needs no network: labels by keys, saved in the browser and to a file."""

import base64
import hashlib
import html
import json
import re
from pathlib import Path

from roleinstruct.generate.sheets.guide import KEYS, RULES, meanings
from roleinstruct.generate.sheets.reading import PAGE_FORMAT
from roleinstruct.generate.sheets.sheet import Sheet
from roleinstruct.language import language_of

__all__ = ["sheet_page"]

_TEMPLATE = Path(__file__).with_name("page.html")


def sheet_page(sheet: Sheet) -> str:
    """The HTML of the page, in Chinese if most of the lines are, else in English; a button changes that."""
    template = _TEMPLATE.read_text(encoding="utf-8")
    chinese = language_of(" ".join(line.text for line in sheet.lines)) == "zh"
    parts = {
        "LANG": "zh" if chinese else "en",
        "TITLE": html.escape(f"情绪标注 · {sheet.person}" if chinese else f"Emotion labels · {sheet.person}"),
        "POLICY": _policy(template),
        "DATA": _embedded(sheet),
    }
    return re.sub(r"@@([A-Z]+)@@", lambda found: parts[found[1]], template)


def _embedded(sheet: Sheet) -> str:
    """The sheet as JSON that no text in it can leave: "</script>" has no "<" any more."""
    document = {
        "format": PAGE_FORMAT,
        "sheet": sheet.person,
        "round": sheet.round,
        "labels": [
            {"name": emotion.value, "zhName": emotion.zh, "key": KEYS[emotion], "zh": meaning.zh, "en": meaning.en}
            for emotion, meaning in meanings().items()
        ],
        "rules": RULES,
        "dialogues": [
            [{"id": n.id, "speaker": n.speaker, "text": n.text, "asked": n.asked} for n in lines]
            for lines in sheet.dialogues
        ],
    }
    # The browser keeps labels under this: a page with other lines never finds them.
    known = hashlib.sha256(json.dumps(document["dialogues"], ensure_ascii=False).encode()).hexdigest()[:16]
    text = json.dumps({**document, "id": known}, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _policy(template: str) -> str:
    """What a browser may run: this very script and this style, and nothing from anywhere."""
    script = re.search(r"<script>(.*?)</script>", template, re.DOTALL)
    assert script, "the template has one script"
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
