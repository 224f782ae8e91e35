"""A plain picture for a card that has none: head and shoulders before a colour that the name gives."""

import hashlib
import struct
import zlib
from math import sqrt

from roleinstruct.sources.character_card.png import SIGNATURE

__all__ = ["plain_picture"]

_WIDTH, _HEIGHT = 400, 600
_HEAD = (220, 90, 110)
_SHOULDERS = (600, 170, 240)
"""Ellipses in the middle: line of the centre, half the width, half the height, in pixels."""


def plain_picture(name: str) -> bytes:
    """A PNG of 400 by 600 pixels; the same name gives the same bytes."""
    red, green, blue = (96 + part % 96 for part in hashlib.sha256(name.encode()).digest()[:3])
    palette = bytes((red, green, blue, 255 - (255 - red) // 3, 255 - (255 - green) // 3, 255 - (255 - blue) // 3))
    pixels = b"".join(b"\0" + _row(y) for y in range(_HEIGHT))
    return SIGNATURE + b"".join(
        _chunk(kind, content)
        for kind, content in (
            (b"IHDR", struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 3, 0, 0, 0)),
            (b"PLTE", palette),
            (b"IDAT", zlib.compress(pixels, 9)),
            (b"IEND", b""),
        )
    )


def _row(y: int) -> bytes:
    """A line of pixels, each the number of its colour."""
    reach = max(_reach(y, *_HEAD), _reach(y, *_SHOULDERS))
    centre = _WIDTH // 2
    return bytes(centre - reach) + b"\1" * (2 * reach) + bytes(_WIDTH - centre - reach)


def _reach(y: int, centre: int, wide: int, high: int) -> int:
    """Half the width of an ellipse at a line, in pixels."""
    part = 1 - ((y + 0.5 - centre) / high) ** 2
    return round(wide * sqrt(part)) if part > 0 else 0


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
