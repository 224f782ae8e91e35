"""UTF-8 that was read as something else: how to see it, and how to undo it."""

import re

from ftfy import TextFixerConfig, fix_encoding
from ftfy.badness import is_bad

__all__ = ["LEADS", "mend_chinese", "mend_latin", "shows_chinese", "shows_latin"]


# What the first byte of two, three and four bytes of UTF-8 looks like in Latin-1.
_LATIN = "\xc2-\xf4"
# The first two of the three bytes of a Chinese character in UTF-8, as one character of GBK.
_GBK = "".join(
    bytes((first, second)).decode("gbk", "ignore") for first in range(0xE4, 0xEA) for second in range(0x80, 0xC0)
)

LEADS = _LATIN + _GBK
"""A set of characters as in an expression: a text without any of them is sound, as far as this module can tell."""


def shows_latin(text: str) -> bool:
    """Whether UTF-8 was read as Latin-1 or Windows-1252 here ("Ã©", "â€™")."""
    return bool(_LATIN_LEAD.search(text)) and is_bad(text)


def mend_latin(text: str) -> str:
    """Undo that where all of it can be undone, else leave the text as it is."""
    if not shows_latin(text):
        return text
    fixed = fix_encoding(text, _CAREFUL)
    return text if "\ufffd" in fixed or is_bad(fixed) else fixed


def shows_chinese(text: str) -> bool:
    """Whether UTF-8 was read as GBK here ("浣犲ソ"), a byte or two perhaps lost."""
    return any(_reads_better(run.group()) for run in _RUN.finditer(text)) if _GBK_LEAD.search(text) else False


def mend_chinese(text: str) -> str:
    """Undo that where every byte of the text proves it, else leave the text as it is."""
    if not shows_chinese(text):
        return text
    try:
        mended = _bytes(text).decode()
    except UnicodeDecodeError:
        return text
    return mended if _is_chinese(mended) else text


_LATIN_LEAD, _GBK_LEAD = re.compile(f"[{_LATIN}]"), re.compile(f"[{_GBK}]")
_CAREFUL = TextFixerConfig(replace_lossy_sequences=False, explain=False)


def _reads_better(run: str) -> bool:
    """Whether a run of characters is two or more Chinese characters in UTF-8, but for a byte at its end."""
    raw = _bytes(run)
    for end in (len(raw), len(raw) - 1, len(raw) - 2):
        try:
            return _is_chinese(raw[:end].decode())
        except UnicodeDecodeError:
            continue
    return False


def _is_chinese(text: str) -> bool:
    """Chinese characters, two at least, with nothing but punctuation and plain ASCII between them."""
    return len(_HAN.findall(text)) >= 2 and not _STRANGE.search(text)


def _bytes(text: str) -> bytes:
    """Bytes of GBK as Windows has it, where the euro sign is the single byte 80."""
    return b"\x80".join(part.encode("gb18030", "surrogatepass") for part in text.split("€"))


_HAN = re.compile(r"[\u4e00-\u9fa5]")
_STRANGE = re.compile(r"[^\u4e00-\u9fa5\u3000-\u303f\uff00-\uff5e\u2010-\u2027\x09\x0a\x0d\x20-\x7e]")
_RUN = re.compile(r"[^\x00-\x7f]{3,}")
