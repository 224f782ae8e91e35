"""The macros of a card: its character's name, whoever talks to it, notes that nobody is told, and things to draw."""

import random
import re

from roleinstruct.language import language_of
from roleinstruct.sources.character_card.card import Card, printable

__all__ = ["CHAR", "USER", "about", "called", "said", "spoken_name"]

CHAR = "{{char}}"
"""What a card writes for its character's name."""

USER = "{{user}}"
"""What a card writes for the name of whoever talks to the character."""


def spoken_name(card: Card) -> str:
    """The name that the character goes by."""
    return printable(card.name)


def called(card: Card) -> str:
    """What `CHAR` stands for: the nickname, where version 3 has one, or else the name."""
    return printable(str(card.data.get("nickname", ""))) or spoken_name(card)


def about(text: str, card: Card) -> str:
    """A text about the character, with names in place of the macros.

    Notes vanish: `{{// …}}`, `{{comment: …}}`, `{{hidden_key: …}}`. What `{{random: …}}`, `{{pick: …}}` and
    `{{roll: …}}` give is the same for the same text in every run. A macro that is none of version 3 stays as it is.
    """
    return _replaced(text, card, {"zh": ("用户", "用户的"), "en": ("the user", "the user's")})


def said(text: str, card: Card) -> str:
    """A line of a dialogue, likewise; the partner, who has no name, is addressed as "you"."""
    return _replaced(text, card, {"zh": ("你", "你的"), "en": ("you", "your")})


_CHAR = re.compile(r"\{\{\s*char\s*\}\}|<char>|<bot>", re.IGNORECASE)
_USER = re.compile(r"(?:\{\{\s*user\s*\}\}|<user>)(?P<own>['’]s)?", re.IGNORECASE)
_NOTE = re.compile(r"\{\{\s*(?://|(?:hidden_key|comment):)(?:(?!\{\{|\}\}).)*\}\}", re.IGNORECASE | re.DOTALL)
"""What is meant for people who read the card, or only calls up other entries of its lorebook."""

_CHANCE = re.compile(
    r"\{\{\s*(?P<kind>random|pick|roll|reverse):(?P<what>(?:(?!\{\{|\}\}).)*)\}\}", re.IGNORECASE | re.DOTALL
)
_SIDES = re.compile(r"\s*d?([1-9][0-9]{0,8})\s*", re.IGNORECASE)
_INNERMOST = 8
"""Macros within macros are replaced from the inside outwards, so many times."""


def _replaced(text: str, card: Card, partner: dict[str, tuple[str, str]]) -> str:
    plain, own = partner["zh" if language_of(_USER.sub("", text)) == "zh" else "en"]
    text = _USER.sub(lambda found: own if found["own"] else plain, _CHAR.sub(lambda _: called(card), text))
    chance = random.Random(text)  # the same text is the same in every run
    for _ in range(_INNERMOST):
        before, text = text, _CHANCE.sub(lambda found: _drawn(found, chance), _NOTE.sub("", text))
        if text == before:
            break
    return text


def _drawn(macro: re.Match[str], chance: random.Random) -> str:
    """What a macro is replaced with; itself where it says nothing to draw from."""
    kind, what = macro["kind"].lower(), str(macro["what"])
    if kind == "reverse":
        return what[::-1]
    if kind == "roll":
        sides = _SIDES.fullmatch(what)
        return str(chance.randint(1, int(sides[1]))) if sides else str(macro[0])
    what = what.removeprefix(":")  # SillyTavern writes {{random::one::another}} too, where a comma parts nothing
    parts = what.split("::") if "::" in what else [part.replace("\\,", ",") for part in _COMMA.split(what)]
    return chance.choice(parts).strip()


_COMMA = re.compile(r"(?<!\\),")
