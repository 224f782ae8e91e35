"""The macros of a card, which stand for its character and for whoever talks to it."""

import re

from roleinstruct.language import language_of
from roleinstruct.sources.character_card.card import Card, printable

__all__ = ["CHAR", "USER", "about", "said", "spoken_name"]

CHAR = "{{char}}"
"""What a card writes for its character's name."""

USER = "{{user}}"
"""What a card writes for the name of whoever talks to the character."""


def spoken_name(card: Card) -> str:
    """The name that the character goes by; a nickname, where version 3 has one, is only what the macros stand for."""
    return printable(card.name)


def about(text: str, card: Card) -> str:
    """A text about the character, with names in place of the macros."""
    return _replaced(text, card, {"zh": ("用户", "用户的"), "en": ("the user", "the user's")})


def said(text: str, card: Card) -> str:
    """A line of a dialogue, likewise; the partner, who has no name, is addressed as "you"."""
    return _replaced(text, card, {"zh": ("你", "你的"), "en": ("you", "your")})


_CHAR = re.compile(r"\{\{\s*char\s*\}\}|<char>|<bot>", re.IGNORECASE)
_USER = re.compile(r"(?:\{\{\s*user\s*\}\}|<user>)(?P<own>['’]s)?", re.IGNORECASE)


def _replaced(text: str, card: Card, partner: dict[str, tuple[str, str]]) -> str:
    plain, own = partner["zh" if language_of(_USER.sub("", text)) == "zh" else "en"]
    name = str(card.data.get("nickname", "")).strip() or spoken_name(card)
    return _USER.sub(lambda found: own if found["own"] else plain, _CHAR.sub(lambda _: name, text))
