"""The example dialogues of a card: blocks behind `<START>`, a line "{{char}}: …" or "{{user}}: …" for each turn."""

import re
from collections.abc import Iterator

from roleinstruct.records import Boundary, Place, Rejected, Utterance
from roleinstruct.sources.character_card.card import Card
from roleinstruct.sources.character_card.macros import called, said, spoken_name
from roleinstruct.sources.speakers import known_names, split_speaker

__all__ = ["PARTNER", "example_events"]

PARTNER = "user"
"""The speaker of the lines that a card gives to whoever talks to the character."""


def example_events(card: Card, file: str) -> Iterator[Boundary | Utterance | Rejected]:
    """The turns of the example dialogues, with a boundary before each dialogue.

    What stands between asterisks is narration and left out, as in SillyTavern's chats; a line without a speaker goes on
    with the turn before it.

    Args:
        card: As it was read.
        file: Its name in places; the lines are those of the field, counted from 1.

    Yields:
        Boundaries, utterances, and a rejection for each turn of nobody and each that is narration alone.
    """
    rows = str(card.data.get("mes_example", "")).splitlines()
    names = known_names(_plain(row, card) for row in rows)
    turn: list[str] = []
    speaker, first, number = "", 1, 0
    for line, row in enumerate([*rows, "<START>"], 1):
        opened = None if _START.fullmatch(row) else _opened(row, card, names)
        if _START.fullmatch(row) or opened:
            yield from _turn(speaker, turn, Place(file, first, max(first, line - 1)), card)
            speaker, turn, first = "", [], line
        if _START.fullmatch(row) and line <= len(rows):
            number += 1
            yield Boundary("id", f"example {number}", Place(file, line, line))
        elif opened:
            speaker, text = opened
            turn = [text]
        elif row.strip():
            turn.append(row)


_START = re.compile(r"\s*<START>\s*", re.IGNORECASE)
_MACRO = re.compile(r"\s*(?P<who>\{\{\s*(?:char|user)\s*\}\}|<(?:char|bot|user)>)\s*[:：](?P<text>.*)", re.IGNORECASE)
_ACTION = re.compile(r"(?<!\*)\*(?![*\s])[^*]+\*(?!\*)")
_BOLD = re.compile(r"\*\*+([^*]+)\*\*+")


def _opened(row: str, card: Card, names: frozenset[str]) -> tuple[str, str] | None:
    """Who begins to speak on a line, and the rest of it; None for a line that goes on."""
    name = spoken_name(card)
    if macro := _MACRO.fullmatch(row):
        return (PARTNER if "user" in macro["who"].lower() else name), macro["text"]
    for own in (name, called(card)):
        if row.lstrip().startswith((f"{own}:", f"{own}：")):
            return name, row.lstrip()[len(own) + 1 :]
    cue = split_speaker(_plain(row, card))
    return (cue.name, cue.text) if cue and cue.name in names else None


def _plain(row: str, card: Card) -> str:
    return "" if _MACRO.fullmatch(row) else said(row, card)


def _turn(speaker: str, rows: list[str], place: Place, card: Card) -> Iterator[Utterance | Rejected]:
    text = said("\n".join(rows), card).strip()
    spoken = re.sub(r"[ \t]{2,}", " ", _BOLD.sub(r"\1", _ACTION.sub(" ", text))).strip()
    if speaker and spoken:
        yield Utterance(speaker, spoken, place=place)
    elif text:
        reason = "narration" if speaker else "missing_speaker"
        yield Rejected("utterance", reason, "import", place, {"speaker": speaker, "text": text}, character=speaker)
