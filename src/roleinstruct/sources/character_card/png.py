"""The cards in a PNG: text chunks of base64, found without unpacking or holding anything else."""

import zlib
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from roleinstruct.errors import SourceError
from roleinstruct.sources.character_card.limits import LARGEST_CARD, LARGEST_FILE

__all__ = ["CARD_KEYWORDS", "SIGNATURE", "Chunk", "card_in_png", "chunks"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
"""How every PNG and APNG begins."""

CARD_KEYWORDS = ("ccv3", "chara")
"""The keywords of the chunks that hold a card, the one of version 3 first: where both are, it is the card."""


class Chunk(NamedTuple):
    """A chunk of a PNG.

    Attributes:
        kind: Its four letters, such as b"tEXt".
        start: Where its content begins in the file.
        length: Of its content, in bytes.
    """

    kind: bytes
    start: int
    length: int


def card_in_png(path: Path, where: str) -> bytes:
    """The JSON of the card in a picture.

    Args:
        path: A file.
        where: What to call it in a message.

    Raises:
        SourceError: It is no PNG, is damaged or cut, has something behind its end, or holds no card as a tEXt chunk.
    """
    with path.open("rb") as file:
        found: dict[str, bytes] = {}
        for chunk in chunks(file, path.stat().st_size, where):
            keyword = _keyword(file, chunk)
            if keyword not in CARD_KEYWORDS:
                continue
            if chunk.kind != b"tEXt":
                raise SourceError(
                    f"{where} holds its card as a {chunk.kind.decode()} chunk, which may be a bomb, and a tEXt "
                    "chunk was expected: save it again with the program that made it."
                )
            if keyword in found:
                raise SourceError(f"{where} holds two cards under {keyword!r}, and one was expected: it is no card.")
            found[keyword] = _content(file, chunk, keyword, where)
    if not found:
        raise SourceError(
            f"{where} is a PNG picture without a character card (no tEXt chunk chara or ccv3): leave it out."
        )
    return _decoded(next(found[keyword] for keyword in CARD_KEYWORDS if keyword in found), where)


def chunks(file: IO[bytes], size: int, where: str) -> Iterator[Chunk]:
    """The chunks of a PNG in order, each with its checksum verified; between two the file may be read elsewhere.

    Args:
        file: Opened for reading.
        size: Its bytes.
        where: What to call it in a message.

    Raises:
        SourceError: It is no PNG, too large, cut, damaged, or goes on behind its end.
    """
    if size > LARGEST_FILE:
        raise SourceError(f"{where} has more than {LARGEST_FILE >> 20} MiB, which no card needs: leave it out.")
    if file.read(len(SIGNATURE)) != SIGNATURE:
        raise SourceError(f"{where} does not begin as a PNG does, and a picture with a card was expected.")
    place, kind = len(SIGNATURE), b""
    while kind != b"IEND":
        file.seek(place)
        begin = file.read(8)
        length, kind = int.from_bytes(begin[:4]), begin[4:]
        if len(begin) < 8 or place + 12 + length > size:
            raise SourceError(f"{where} ends within a chunk, at byte {place:,}: it is cut or damaged, get it again.")
        if not kind.isalpha() or (place == len(SIGNATURE)) != (kind == b"IHDR"):
            raise SourceError(f"{where} has no chunk of a PNG at byte {place:,}: it is damaged, get it again.")
        if _checksum(file, kind, length) != int.from_bytes(file.read(4)):
            raise SourceError(
                f"{where} has a chunk {kind.decode()} at byte {place:,} whose checksum (CRC) is wrong: it is "
                "damaged, get it again."
            )
        yield Chunk(kind, place + 8, length)
        place += 12 + length
    if place != size:
        raise SourceError(
            f"{where} has {size - place:,} bytes behind the end of its picture (IEND), where no card may be."
        )


_BLOCK = 64 * 2**10
_TEXT_KINDS = (b"tEXt", b"zTXt", b"iTXt")


def _checksum(file: IO[bytes], kind: bytes, length: int) -> int:
    found = zlib.crc32(kind)
    while length:
        block = file.read(min(length, _BLOCK))
        found = zlib.crc32(block, found)
        length -= len(block)
    return found


def _keyword(file: IO[bytes], chunk: Chunk) -> str:
    """The keyword of a text chunk in lower case, as programs write it in either; "" for another chunk."""
    if chunk.kind not in _TEXT_KINDS:
        return ""
    file.seek(chunk.start)
    return file.read(min(chunk.length, 80)).split(b"\0", 1)[0].decode("latin-1").lower()


def _content(file: IO[bytes], chunk: Chunk, keyword: str, where: str) -> bytes:
    """What stands behind the keyword of a text chunk."""
    start = len(keyword) + 1
    if chunk.length - start > LARGEST_CARD * 4 // 3 + 4:
        raise SourceError(
            f"{where} holds a card of more than {LARGEST_CARD >> 20} MiB, which none needs: leave it out."
        )
    file.seek(chunk.start + start)
    return file.read(max(0, chunk.length - start))


def _decoded(content: bytes, where: str) -> bytes:
    try:
        return b64decode(content.translate(None, b" \r\n\t"), validate=True)
    except Base64Error as error:
        raise SourceError(f"the card in {where} is no base64 ({error}): it is damaged, get it again.") from error
