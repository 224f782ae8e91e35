"""A card written as JSON, into a PNG or into a charx."""

import json
import struct
import zlib
from base64 import b64encode
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from roleinstruct.errors import ConfigError
from roleinstruct.sources.character_card.card import Card, Version, as_json
from roleinstruct.sources.character_card.charx import CARD_FILE, assets_in_charx
from roleinstruct.sources.character_card.decorators import is_switched_off, undecorated
from roleinstruct.sources.character_card.limits import LARGEST_PICTURE
from roleinstruct.sources.character_card.painting import plain_picture
from roleinstruct.sources.character_card.png import CARD_KEYWORDS, SIGNATURE, chunks

__all__ = ["KINDS", "card_bytes"]

KINDS = (".json", ".png", ".charx")
"""The endings of the files that a card may be written as."""


def card_bytes(card: Card, kind: str, version: Version, avatar: Path | None = None) -> bytes:
    """The file of a card; the same card gives the same bytes.

    A PNG of version 3 holds the card twice: programs that know only version 2 read the other one, whose creator's notes
    say so, and whose lorebook has no decorators, which such a program would put into its prompts.

    Args:
        card: The card.
        kind: One of `KINDS`.
        version: Of the specification. Version 1 is written as JSON or PNG.
        avatar: A PNG: the picture. None for a plain one in a PNG, and for none in a charx, which may also take another
            charx, whose pictures and other files it gets.

    Raises:
        ConfigError: The picture is too large, or the kind is none for the version.
        SourceError: The picture is no PNG, or a damaged one.
    """
    if kind == ".png":
        return _png(card, version, _picture(avatar) if avatar else plain_picture(card.name))
    if kind == ".charx":
        if version != 3:
            raise ConfigError(
                f"a charx holds a card of version 3, and version {version} was asked for: take --spec v3."
            )
        if avatar and avatar.suffix.lower() == ".charx" and avatar.is_file():
            return _charx(card, assets_in_charx(avatar, avatar.name))
        return _charx(*_with_icon(card, avatar)) if avatar else _charx(card, {})
    if avatar:
        raise ConfigError(f"a card as JSON holds no picture, and {avatar} was given: leave it out, or write a PNG.")
    return _json(as_json(card, version))


def _json(document: object) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _picture(avatar: Path) -> bytes:
    """A picture without the cards that are in it."""
    if not avatar.is_file():
        raise ConfigError(f"{avatar} is no file, and a PNG picture was expected: check the path.")
    size = avatar.stat().st_size
    if size > LARGEST_PICTURE:
        raise ConfigError(f"{avatar} has more than {LARGEST_PICTURE >> 20} MiB, too much for a card: make it smaller.")
    whole = avatar.read_bytes()
    kept = [SIGNATURE]
    with BytesIO(whole) as file:
        for chunk in chunks(file, size, str(avatar)):
            begin = whole[chunk.start : chunk.start + 80].split(b"\0")[0].lower()
            is_card = chunk.kind in (b"tEXt", b"zTXt", b"iTXt") and begin.decode("latin-1") in CARD_KEYWORDS
            kept += [] if is_card else [whole[chunk.start - 8 : chunk.start + chunk.length + 4]]
    return b"".join(kept)


def _png(card: Card, version: Version, picture: bytes) -> bytes:
    texts = {"chara": as_json(card, version)}
    if version == 3:
        notes = "\n".join(part for part in (str(card.data.get("creator_notes", "")), _OLDER) if part)
        older = Card(2, {**_without_decorators(card.data), "creator_notes": notes}, card.outer)
        texts = {"chara": as_json(older, 2), "ccv3": as_json(card, 3)}
    return picture[:-_END] + b"".join(_text_chunks(texts.items())) + picture[-_END:]


_END = 12
"""Bytes of the chunk IEND, the last of every PNG."""

_OLDER = "This is a Character Card V3, read as version 2 here: a program that knows version 3 shows all of it."


def _without_decorators(data: Mapping[str, object]) -> dict[str, object]:
    """The fields of a card with a lorebook that says nothing to programs which do not know decorators."""
    book = data.get("character_book")
    if not isinstance(book, dict):
        return dict(data)
    entries = [
        {**entry, "content": undecorated(said), "enabled": entry.get("enabled", True) and not is_switched_off(said)}
        for entry in book.get("entries", [])
        for said in [entry.get("content", "")]
    ]
    return {**data, "character_book": {**book, "entries": entries}}


def _text_chunks(texts: Iterable[tuple[str, object]]) -> Iterable[bytes]:
    for keyword, document in texts:
        content = b64encode(json.dumps(document, ensure_ascii=False).encode())
        body = b"tEXt" + keyword.encode() + b"\0" + content
        yield struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


_ICON = "assets/icon/images/main.png"


def _with_icon(card: Card, avatar: Path) -> tuple[Card, dict[str, bytes]]:
    """The card with a picture as its icon, unless it says itself what its icon is."""
    icon = {"type": "icon", "uri": f"embeded://{_ICON}", "name": "main", "ext": "png"}
    data = {"assets": [icon], **card.data}
    return Card(card.version, data, card.outer, card.spec_version), {_ICON: _picture(avatar)}


def _charx(card: Card, assets: dict[str, bytes]) -> bytes:
    parts = {CARD_FILE: _json(as_json(card, 3)), **assets}
    with BytesIO() as file:
        with ZipFile(file, "w", ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                info = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                info.compress_type = ZIP_DEFLATED
                archive.writestr(info, content)
        return file.getvalue()
