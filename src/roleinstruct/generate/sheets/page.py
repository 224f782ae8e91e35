"""A sheet as one HTML page that needs no network: labels by keys, saved in the browser and to a file."""

import hashlib
import json
from pathlib import Path

from roleinstruct.generate.sheets.guide import KEYS, RULES, meanings
from roleinstruct.generate.sheets.reading import PAGE_FORMAT
from roleinstruct.generate.sheets.sheet import Sheet
from roleinstruct.language import language_of
from roleinstruct.pages import form_page

__all__ = ["sheet_page"]

_TEMPLATE = Path(__file__).with_name("page.html")


def sheet_page(sheet: Sheet) -> str:
    """The HTML of the page, in Chinese if most of the lines are, else in English; a button changes that."""
    chinese = language_of(" ".join(line.text for line in sheet.lines)) == "zh"
    title = f"情绪标注 · {sheet.person}" if chinese else f"Emotion labels · {sheet.person}"
    return form_page(_TEMPLATE, language="zh" if chinese else "en", title=title, document=_document(sheet))


def _document(sheet: Sheet) -> dict[str, object]:
    """What the script of the page reads."""
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
    return {**document, "id": known}
