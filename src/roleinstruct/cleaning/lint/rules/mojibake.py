"""Text that was read in the wrong encoding, and other junk that is no text."""

import html
import re
from collections.abc import Iterator

from roleinstruct.cleaning.lint.encodings import LEADS, mend_chinese, mend_latin, shows_chinese, shows_latin
from roleinstruct.cleaning.lint.material import Person
from roleinstruct.cleaning.lint.rule import Finding, Rule
from roleinstruct.cleaning.lint.texts import EVERYWHERE, Text, by_cause, search

__all__ = ["RULE"]


def _find(person: Person) -> Iterator[Finding]:
    for (part, kind), text, n in by_cause(_hits(person)):
        yield text.finding(f"the {part} holds {kind}", n)


def _hits(person: Person) -> Iterator[tuple[Text, tuple[str, str]]]:
    for text, kinds in search(person, EVERYWHERE, _kinds):
        for kind in kinds:
            yield text, (text.part, kind)


def _kinds(text: str) -> list[str]:
    """What is wrong with a text, in words; [] if nothing is."""
    if not _ANYTHING.search(text):
        return []
    kinds = [kind for pattern, kind in _JUNK if pattern.search(text)]
    if "&" in text and _ENTITY.search(text) and not _ABOUT_CODE.search(text):
        kinds.append("an HTML entity")
    if shows_latin(text):
        kinds.append("UTF-8 that was read as Latin-1 or Windows-1252")
    if shows_chinese(text):
        kinds.append("UTF-8 that was read as GBK")
    return kinds


def _mend(text: str) -> str:
    """Repair what is certain; several times over, for text that was damaged more than once."""
    for _ in range(_ROUNDS):
        mended = _entities(mend_chinese(mend_latin(_surrogates(_DELETED.sub("", text)))))
        if mended == text:
            break
        text = mended
    return text


def _entities(text: str) -> str:
    if "&" not in text or _ABOUT_CODE.search(text):
        return text
    return _ENTITY.sub(lambda match: html.unescape(match.group()).replace("\xa0", " "), text)


def _surrogates(text: str) -> str:
    """Join the two halves of a character beyond the first plane; half of one is left as it is."""
    if not _SURROGATE.search(text):
        return text
    return _PAIR.sub(lambda pair: pair.group().encode("utf-16", "surrogatepass").decode("utf-16"), text)


_ROUNDS = 8

_SURROGATE = re.compile("[\ud800-\udfff]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
# Joiners make families of emoji and words of Persian and Hindi; between Chinese or Latin letters they do nothing.
_ZERO_WIDTH = re.compile(
    "[\u200b\u2060\ufeff\u00ad]|(?<=[\u3400-\u9fffA-Za-z0-9])[\u200c\u200d](?=[\u3400-\u9fffA-Za-z0-9]|$)"
)
# Other control characters may be what is left of a "\b" in code, which cannot be told.
_DELETED = re.compile(f"\x00|{_ZERO_WIDTH.pattern}")
_JUNK = (
    (re.compile("\ufffd|锟斤拷"), "a character that could not be read (U+FFFD)"),
    (re.compile("[\x80-\x84\x86-\x9f]"), "a control character of the C1 range"),
    (_CONTROL, "a control character"),
    (_SURROGATE, "half a character (a lone surrogate)"),
    (re.compile("[\ue000-\uf8ff\U000f0000-\U0010fffd]"), "a character of private use"),
    (_ZERO_WIDTH, "an invisible character of no width"),
)
# Without any of these characters nothing is wrong.
_ANYTHING = re.compile(
    "[&锟\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200d\u2060\ufeff\ufffd\ud800-\udfff\ue000-\uf8ff"
    f"\U000f0000-\U0010fffd{LEADS}]"
)

_ENTITY = re.compile(
    r"&(?:amp;)*(?:nbsp|amp|lt|gt|quot|apos|hellip|mdash|ndash|middot|ldquo|rdquo|lsquo|rsquo|ensp|emsp"
    r"|#(?:39|34|38|60|62|160|8217|8220|8221|8230)|#x(?:27|22|26|3[cC]|3[eE]|[aA]0));"
)
_ABOUT_CODE = re.compile(r"HTML|XML|转义|实体|escap|entit|代码|网页|```", re.IGNORECASE)


RULE = Rule(
    id="mojibake",
    severity="error",
    summary="A text was read in the wrong encoding, or holds characters that are no text.",
    why="It is noise to a model and to a reader, and no comparison finds the words in it.",
    example='{"role": "小林", "content": "浣犲ソ"}',
    mend="Read the source again in its own encoding; what can be put right without doubt is repaired on request.",
    person=_find,
    mend_text=_mend,
)
