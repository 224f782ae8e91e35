"""How a script sets its speakers off from what they say, where it is not by a colon, and what stands before them.

Whatever a script uses throughout is put as "Name：text", so that everything behind this knows one notation only:

    ANNA. Hi.    【王芳】你好    王芳「你好」    ANNA<tab>Hi    王芳　你好    ANNA — Hi    Anna> hi
    Anna Smith  0:12 (text below)

Numbers, bullets and times in front of most lines are taken off. A notation counts only where most lines have it, two
speakers at least, one of them again and again: so no prose is taken for a script.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from roleinstruct.sources.headings import heading_title
from roleinstruct.sources.speakers import split_alone, split_speaker

__all__ = ["Notation", "learn_notation"]


@dataclass(frozen=True, slots=True)
class Notation:
    """What to do with each line of a script.

    Attributes:
        prefix: What to take off the front of a line, or None.
        shape: How a name is set off, with the groups `name` and `text`; None where it is by a colon.
    """

    prefix: re.Pattern[str] | None
    shape: re.Pattern[str] | None

    def plain(self, line: str) -> str:
        """The line with its name, if it has one, in front of a colon; without what stands before it."""
        line = _EMPHASIS.sub(r"\1", line.translate(_SAME))
        if self.prefix:
            line = self.prefix.sub("", line, count=1)
        return (_rewrite(self.shape, line) or line) if self.shape else line


def learn_notation(text: str) -> Notation:
    """Find out the notation of a script from its head.

    Args:
        text: The beginning of the script, lines ended by line feeds.
    """
    rows = [row for row in text.translate(_SAME).split("\n") if row.strip()]
    prefix = next((prefix for prefix in _PREFIXES if _is_common(prefix, rows)), None)
    if prefix:
        rows = [prefix.sub("", row, count=1) for row in rows]
    best, most = None, _count(rows)
    for shape, least in _SHAPES.items():
        named = [_rewrite(shape, row) for row in rows]
        count = _count(new or row for new, row in zip(named, rows, strict=True))
        if _count(named) >= least * len(rows) and count > most:
            best, most = shape, count
    return Notation(prefix, best)


_SAME = {**dict.fromkeys(map(ord, "﹕︰∶"), "："), **dict.fromkeys(map(ord, "\u200b\u200c\u200e\u200f\u2060"))}
"""What looks like a colon is one, and what cannot be seen is nothing."""

_EMPHASIS = re.compile(r"[*_]+(\([^()]*\))[*_]+")
"""A stage direction in Markdown: *(laughing)*."""

_TIME = r"\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?"
_PREFIXES = (
    re.compile(rf"\s*[(（\[]?{_TIME}[)）\]]?\s+(?=\S)"),
    re.compile(r"\s*(?:[-*•·]\s+(?!\*)|[(（\[]?\d{1,5}(?:[)）\]]\s*|[.、．]\s*(?=\D)|\s+(?=\D)))(?=\S)"),
)
"""Times, and bullets or numbers."""

_UNTITLED = r"(?<!\bMR)(?<!\bM[RS]S)(?<!\bMS)(?<!\b[DJ]R)(?<!\bST)"
_SHAPES = {
    # BERNARDO. Who's there?
    re.compile(
        rf"\s*(?P<name>(?:(?:MRS?|MS|DR|ST)\. )?[A-Z][A-Z'’ \-]*[A-Z]{_UNTITLED}|Q|A)\.(?:\s+(?P<text>.*)|\s*)"
    ): 0.3,
    # 【王芳】你好
    re.compile(r"\s*[【\[](?P<name>[^【】\[\]\d][^【】\[\]]{0,19})[】\]]\s*(?P<text>[^\s:：].*)"): 0.5,
    # 王芳「你好」
    re.compile(r"\s*(?P<name>[^\s「」『』:：]{1,12})[「『](?P<text>.+)[」』]\s*"): 0.5,
    # ANNA<tab>Hi
    re.compile(r"(?P<name>[^\t]{1,40}?)\s*\t\s*(?P<text>\S.*)"): 0.5,
    # 王芳　你好
    re.compile(r"\s*(?P<name>[\u3400-\u9fff·]{1,6})[ 　]+(?P<text>\S.*)"): 0.6,
    # ANNA — Hi
    re.compile(r"\s*(?P<name>[^\s\-–—][^\-–—]{0,39}?)\s+[-–—]{1,2}\s+(?P<text>\S.*)"): 0.6,
    # Anna> hi
    re.compile(r"\s*(?P<name>[^<>\s][^<>]{0,30})>\s+(?P<text>\S.*)"): 0.6,
    # Anna Smith  0:12
    re.compile(rf"\s*(?P<name>\S[^\t:：]{{0,40}}?)\s+[(（\[]?{_TIME}[)）\]]?\s*(?P<text>)"): 0.25,
}
"""The shapes, each with the least share of the lines that must have it."""


def _is_common(prefix: re.Pattern[str], rows: list[str]) -> bool:
    """Whether most lines have the prefix, or a quarter of them have it in front of a name."""
    rests = [row[match.end() :] for row in rows if (match := prefix.match(row))]
    named = sum(cue is not None and cue.sure for rest in rests for cue in [split_speaker(rest) or split_alone(rest)])
    return 2 * len(rests) > len(rows) or 4 * named > len(rows)


def _rewrite(shape: re.Pattern[str], line: str) -> str | None:
    match = shape.fullmatch(line)
    if not match or heading_title(line) is not None:
        return None
    plain = f"{match['name'].strip()}：{match['text'] or ''}"
    return plain if (cue := split_speaker(plain)) and cue.sure else None


def _count(rows: Iterable[str | None]) -> int:
    """The lines that name a speaker, if there are two speakers, and not a new one in every other line."""
    names = Counter(cue.name for row in rows if row and (cue := split_speaker(row)))
    total = sum(names.values())
    return total if len(names) > 1 and 1.5 * len(names) <= total else 0
