"""Traditional characters in simplified text, and the other way round."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import islice

from roleinstruct.cleaning.lint.material import Person
from roleinstruct.cleaning.lint.rule import Finding, Rule
from roleinstruct.cleaning.lint.texts import EVERYWHERE, Text, search

__all__ = ["RULE"]


def _find(person: Person) -> Iterator[Finding]:
    traditional, simplified = _only()
    texts = [text.text for text, _ in islice(search(person, ("answer", "utterance"), len), _SAMPLE)]
    written = {script: sum(len(script.findall(text)) for text in texts) for script in (traditional, simplified)}
    if max(written.values()) < _ENOUGH:
        return
    if written[simplified] > written[traditional]:
        yield from _report(person, traditional, "traditional characters, but the character's texts are simplified")
    else:
        yield from _report(person, simplified, "simplified characters, but the character's texts are traditional")


def _report(person: Person, other: re.Pattern[str], what: str) -> Iterator[Finding]:
    first: Text | None = None
    seen: Counter[str] = Counter()
    texts = 0
    for text, characters in search(person, EVERYWHERE, other.findall):
        if _KANA.search(text.text) or _ASKS.search(text.instruction or text.text):
            continue
        first = first or text
        seen.update(characters)
        texts += 1
    if first is not None:
        shown = ", ".join(f"{character} ({n})" for character, n in seen.most_common(8))
        yield first.finding(f"{texts:,} texts hold {what}: {shown}", texts)


@cache
def _only() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Characters of traditional text alone, and of simplified text alone.

    The two old national sets tell them apart: what is frequent in Taiwan (the first plane of Big5) and missing in GB
    2312 is traditional, what is frequent in China (the first plane of GB 2312) and missing in Big5 is simplified.
    """
    taiwan = "".join(_decode(first, "big5", (*range(0x40, 0x7F), *range(0xA1, 0xFF))) for first in range(0xA4, 0xC7))
    china = "".join(_decode(first, "gb2312", range(0xA1, 0xFF)) for first in range(0xB0, 0xD8))
    traditional = (c for c in taiwan if not _is_in(c, "gb2312") and c not in _NOT_TRADITIONAL)
    simplified = (c for c in china if not _is_in(c, "big5") and c not in _NOT_SIMPLIFIED)
    return re.compile(f"[{''.join(traditional)}]"), re.compile(f"[{''.join(simplified)}]")


def _decode(first: int, encoding: str, seconds: tuple[int, ...] | range) -> str:
    return "".join(bytes((first, second)).decode(encoding, "ignore") for second in seconds)


def _is_in(character: str, encoding: str) -> bool:
    return bool(character.encode(encoding, "ignore"))


_SAMPLE = 2_000
"""Texts that show which script is the usual one."""

_ENOUGH = 20
"""Characters of the usual script that must be in them, before others stand out."""

# Names, units and late additions, which simplified text writes so too; "着" and "却", which Hong Kong writes.
_NOT_TRADITIONAL = frozenset("吋啗堉妳姅嬝昇晅晞暍杗枓楛洸浥焜玥珪珮琍琯璘璟睪瞭祐脩釆朮痲珺祂喫孃")
_NOT_SIMPLIFIED = frozenset("着却叁册删")

_KANA = re.compile(r"[\u3041-\u30ff]")
_ASKS = re.compile(r"繁体|繁體|简体|簡體|traditional Chinese|simplified Chinese|異體|异体", re.IGNORECASE)


RULE = Rule(
    id="mixed-script",
    severity="note",
    summary="Traditional characters stand in simplified text, or simplified ones in traditional text.",
    why="A model learns to mix the two, and the same word counts as two in every comparison.",
    example='{"role": "小林", "content": "我們明天见"}',
    mend="Convert the texts to one script before the build, with a converter that knows phrases (OpenCC).",
    person=_find,
)
