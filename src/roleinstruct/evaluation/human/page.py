"""A rating sheet as one HTML page that needs no network: scores by keys, saved in the browser and to a file."""

import hashlib
import json
from pathlib import Path

from roleinstruct.evaluation.human.dimensions import DIMENSIONS, RULES, Wording
from roleinstruct.evaluation.human.guide import Language, fields_for_people, languages_of
from roleinstruct.evaluation.human.study import Sheet
from roleinstruct.language import language_of
from roleinstruct.pages import form_page

__all__ = ["PAGE_FORMAT", "rating_page"]

PAGE_FORMAT = "roleinstruct ratings 1"
"""How the JSON file says that it was saved by our page."""

_TEMPLATE = Path(__file__).with_name("page.html")


def rating_page(sheet: Sheet, language: Language = "both") -> str:
    """The HTML of the page.

    Args:
        sheet: What it asks.
        language: "zh" or "en"; with "both" a button changes from one to the other, and the page begins with the one
            that most of the questions are in.
    """
    wanted = languages_of(language)
    asked = language_of(" ".join(question.instruction for question in sheet.questions)) or "zh"
    first = asked if asked in wanted else wanted[0]
    title = f"回答打分 · {sheet.rater}" if first == "zh" else f"Rate the answers · {sheet.rater}"
    return form_page(_TEMPLATE, language=first, title=title, document=_document(sheet, wanted))


def _document(sheet: Sheet, languages: tuple[str, ...]) -> dict[str, object]:
    questions = [
        {
            "character": asked.character,
            "text": asked.instruction,
            "answers": [{"id": answer.id, "text": answer.text} for answer in asked.answers],
        }
        for asked in sheet.questions
    ]
    # The browser keeps scores under this: a page with other answers, or in another order, never finds them.
    known = hashlib.sha256(json.dumps(questions).encode()).hexdigest()[:16]
    return {
        "format": PAGE_FORMAT,
        "sheet": sheet.rater,
        "id": known,
        "languages": languages,
        "rules": {language: RULES[language] for language in languages},
        "dimensions": [
            {"name": one.name, **{language: _words(getattr(one, language)) for language in languages}}
            for one in DIMENSIONS
        ],
        "profiles": {
            name: {"text": profile.text, "fields": fields_for_people(profile)}
            for name, profile in sheet.profiles.items()
        },
        "questions": questions,
    }


def _words(words: Wording) -> dict[str, str]:
    return {"name": words.name, "asks": words.asks, "low": words.low, "high": words.high}
