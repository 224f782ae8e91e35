"""Which encoding bytes are in: chardet's answer among the encodings that dialogue comes in.

Left alone, a detector sees Korean or Cyrillic in three Chinese characters; told which encodings there can be, chardet
has been right of five characters and more in every cut that was tried. It leaves two things to us: UTF-16 without a
mark, which it knows only by its zero bytes, and UTF-8 with a few damaged places, which is UTF-8 all the same.
"""

import chardet

__all__ = ["guess", "refine"]

_CANDIDATES = ("utf-8", "gb18030", "big5", "cp950", "big5hkscs", "cp1252", "cp1251", "cp932", "euc-jp", "cp949")

_DAMAGED = 0.1
"""Largest share of undecodable places among the characters beyond ASCII of text that is UTF-8 all the same."""

_USUAL = 0.9
"""Least share of UTF-16 text that GB2312 or Big5 can write: two bytes of anything else make rare characters."""

_CONTROL = frozenset(map(chr, range(0x20))) - frozenset("\t\n\r\x0b\x0c\x1a\x1b") | {"\x7f"}
"""Control characters that no text file holds."""


def guess(sample: bytes, *, eight_bit: bytes = b"") -> str:
    """Name the encoding of bytes that bear no byte order mark.

    Args:
        sample: The first bytes of the file.
        eight_bit: Lines from anywhere in the file that are not pure ASCII, which tell more than `sample` does; empty
            for the sample itself.

    Returns:
        The encoding as Python names it, or "" when the bytes are no text in an encoding that is known here. Bytes
        beyond the sample may still not decode.
    """
    telling = eight_bit or sample
    if 0 not in sample and _is_utf8(telling) and not _could_be_chance(telling):
        return "utf-8"
    if wide := _wide(sample):
        return wide
    if any(ord(character) in telling for character in _CONTROL):
        return ""
    return chardet.detect(telling, include_encodings=_CANDIDATES, compat_names=False)["encoding"] or ""


def refine(encoding: str) -> tuple[str, ...]:
    """The encoding and its supersets, narrowest first: Windows and Hong Kong files go beyond plain Big5."""
    family = ("big5", "cp950", "big5hkscs")
    return family if encoding in family else (encoding,)


def _wide(sample: bytes) -> str:
    """UTF-16 in the byte order that makes usual text, or ""."""
    even = sample[: len(sample) // 2 * 2]
    shares = {order: _usual(even.decode(order, errors="replace")) for order in ("utf-16-le", "utf-16-be")}
    best = max(shares, key=lambda order: shares[order])
    return best if shares[best] >= _USUAL else ""


def _usual(text: str) -> float:
    if not text or not _CONTROL.isdisjoint(text):
        return 0.0
    return max(len(text.encode(e, errors="ignore").decode(e)) for e in ("gb2312", "big5")) / len(text)


def _is_utf8(data: bytes) -> bool:
    text = data.decode("utf-8", errors="replace")
    beyond = sum(character > "\x7f" for character in text)
    return text.count("�") <= _DAMAGED * beyond


def _could_be_chance(sample: bytes) -> bool:
    """Whether it is short and holds only two-byte characters, which GB18030 can look like by chance."""
    return len(sample) < 1024 and "\x7f" < max(sample.decode("utf-8", errors="replace"), default="") < "ࠀ"
