"""Character cards as a source: a profile with all that the card holds, and its example dialogues."""

import re
from collections.abc import Iterator
from pathlib import Path

from roleinstruct.errors import SourceError
from roleinstruct.records import Event, Notice, Place
from roleinstruct.sources.character_card.card import Card
from roleinstruct.sources.character_card.charx import ZIP_MARK, card_in_charx
from roleinstruct.sources.character_card.examples import example_events
from roleinstruct.sources.character_card.fields import profile_of_card
from roleinstruct.sources.character_card.limits import LARGEST_CARD
from roleinstruct.sources.character_card.parsing import parse_card
from roleinstruct.sources.character_card.png import SIGNATURE, card_in_png
from roleinstruct.sources.reading import Head, ReadOptions

__all__ = ["expect_no_picture", "fits", "read", "read_card"]


def fits(head: Head) -> str | None:
    """It is a picture or zip that holds a card, or one JSON object with the fields of a card."""
    if not head.encoding:
        kind = {SIGNATURE: "a PNG picture", ZIP_MARK: "a charx"}.get(_mark(head.path))
        return kind and f"{kind} with a character card"
    if not head.text.lstrip().startswith("{") or head.path.stat().st_size > LARGEST_CARD:
        return None
    # Programs write a card's fields in any order, and the telling ones may stand behind a long description.
    whole = head.text if _TELLING.search(head.text) else head.path.read_text(head.encoding, errors="replace")
    return "the fields of a character card" if _TELLING.search(whole) and not _ROWS.search(whole) else None


def read(head: Head, options: ReadOptions) -> Iterator[Event]:
    """Yield the profile, and then the example dialogues with a boundary before each.

    Args:
        head: The file.
        options: Nothing in it concerns this format.

    Raises:
        SourceError: The file holds no card, is damaged, or holds more than any card needs; the message says which.
    """
    card = read_card(head.path, head.name, head.encoding)
    if _is_newer(card.spec_version):
        yield Notice(
            f"{head.name} is a character card of version {card.spec_version[:20]!r}, newer than is known here: what "
            "it has new is kept, and means nothing."
        )
    yield profile_of_card(card, Place(head.name, 1, 1))
    yield from example_events(card, head.name)


def expect_no_picture(path: Path) -> None:
    """Refuse a picture that no card can lie in, and a PNG that holds none.

    Raises:
        SourceError: It is one of them, or cannot be read.
    """
    try:
        mark = _mark(path)
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror or error}): check the path.") from error
    other = next((kind for begin, kind in _PICTURES.items() if mark.startswith(begin)), "")
    if other:
        raise SourceError(f"{path.name} is a {other}, and a card's picture is a PNG: save the card as PNG or JSON.")
    if mark == SIGNATURE:
        card_in_png(path, path.name)


def read_card(path: Path, where: str, encoding: str = "utf-8-sig") -> Card:
    """The card in a JSON, PNG or charx file, told by what the file holds.

    Args:
        path: The file.
        where: What to call it in a message.
        encoding: Of a JSON file.

    Raises:
        SourceError: As `read`.
    """
    try:
        mark = _mark(path)
        if mark == SIGNATURE:
            return parse_card(card_in_png(path, where), where)
        if mark == ZIP_MARK or path.suffix.lower() == ".charx":
            return parse_card(card_in_charx(path, where), where)
        if path.stat().st_size > LARGEST_CARD:
            raise SourceError(f"{where} has more than {LARGEST_CARD >> 20} MiB, which no card needs: leave it out.")
        return parse_card(path.read_text(encoding), where)
    except UnicodeDecodeError as error:
        raise SourceError(f"{where} is no character card: neither JSON in UTF-8, nor a PNG, nor a charx.") from error
    except OSError as error:
        raise SourceError(f"{where} cannot be read ({error.strerror or error}): check the path.") from error


_PICTURES = {b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"RIFF": "WebP", b"BM": "bitmap"}
_TELLING = re.compile(r'"(?:first_mes|mes_example|alternate_greetings)"\s*:|"chara_card_v\d+"')
_ROWS = re.compile(r"\A[^\n]*\}[ \t,]*\r?\n\s*\{")
"""A second object on the line below the first: JSON Lines, of which each row is something else."""


def _is_newer(version: str) -> bool:
    """Whether a version is above 3.0, as a number; what is none is nothing that is known here."""
    try:
        return float(version or 0) > 3
    except ValueError:
        return True


def _mark(path: Path) -> bytes:
    with path.open("rb") as file:
        begin = file.read(len(SIGNATURE))
    return ZIP_MARK if begin.startswith(ZIP_MARK) else begin
