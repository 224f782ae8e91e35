"""What a PNG says besides its picture: a program may have left a path, a name or a whole workflow there."""

import zlib
from collections.abc import Iterator

__all__ = ["texts_in_png"]


def texts_in_png(raw: bytes) -> Iterator[tuple[str, str]]:
    """The texts in the chunks of a PNG, and what stands behind its end.

    Compressed ones are unpacked as far as their first megabyte; a chunk that is broken is read as it stands.

    Yields:
        The kind of the chunk, such as "zTXt", and its text.
    """
    at = 8
    while at + 12 <= len(raw):
        length, kind = int.from_bytes(raw[at : at + 4], "big"), raw[at + 4 : at + 8]
        data = raw[at + 8 : at + 8 + length]
        at += length + 12
        if kind in _TEXTS:
            yield kind.decode(), _plain(kind, data).decode("utf-8", "replace")
        if kind == b"IEND":
            break
    if tail := raw[at:]:
        yield "tail", tail.decode("utf-8", "replace")


def _plain(kind: bytes, data: bytes) -> bytes:
    """The keyword and the text of a chunk, by the PNG specification, sections 11.3.3 and 11.3.4."""
    keyword, _, rest = data.partition(b"\0")
    if kind == b"zTXt":
        return keyword + b" " + _unpacked(rest[1:])
    if kind == b"iTXt" and rest[:1] == b"\x01":
        _language, _, rest = rest[2:].partition(b"\0")
        translated, _, packed = rest.partition(b"\0")
        return keyword + b" " + translated + b" " + _unpacked(packed)
    return data.replace(b"\0", b" ")


def _unpacked(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, _MOST)
    except zlib.error:
        return packed


_TEXTS = (b"tEXt", b"zTXt", b"iTXt", b"eXIf")
_MOST = 1 << 20
"""Bytes of an unpacked text: a few thousand bytes can unpack to gigabytes."""
