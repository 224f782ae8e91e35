"""Chinese names in running text, which has no blanks: where the characters of a name are a name, and where a word."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from roleinstruct.cleaning.privacy.chinese_evidence import TITLE, is_addressed, is_no_person, is_spoken_of
from roleinstruct.cleaning.privacy.segmentation import is_entry, is_word, word_across
from roleinstruct.cleaning.privacy.wordlists import any_of, words

__all__ = ["ChineseNames"]

Hit = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class ChineseNames:
    """Finds the names of a cast.

    Attributes:
        wholes: Full name to pseudonym.
        givens: Given name or nickname, two characters or more, to pseudonym.
        surnames: Surname to pseudonym.
        finals: A character that a given name ends in, to that of its pseudonym, for "阿伟".
        pattern: Finds all of them.
    """

    wholes: Mapping[str, str]
    givens: Mapping[str, str]
    surnames: Mapping[str, str]
    finals: Mapping[str, str]
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, wholes: Mapping[str, str], givens: Mapping[str, str], surnames: Mapping[str, str]) -> "ChineseNames":
        """Make it ready, given the pseudonyms of full names, given names and surnames."""
        finals: dict[str, str] = {}
        for given, pseudonym in givens.items():
            finals.setdefault(given[-1], pseudonym[-1])
        long = {given: pseudonym for given, pseudonym in givens.items() if len(given) > 1}
        double = {surname: pseudonym for surname, pseudonym in surnames.items() if len(surname) > 1}
        called = any_of(tuple({**surnames, **finals}))
        surname, title = any_of(tuple(surnames)), any_of(words("titles"))
        pattern = re.compile(
            rf"(?P<whole>{any_of(tuple(wholes))})|(?P<given>{any_of(tuple(long))})"
            rf"|(?:(?P<prefix>[老小大阿])(?P<called>{called}))|姓(?P<family>{surname})"
            rf"|(?P<titled>{surname})(?={title})|(?P<brother>{called})(?=[哥姐](?!们|俩))"
            rf"|(?P<house>{surname})(?=家(?:的|里人|人|儿子|闺女|女儿|媳妇|老[大二三爷]|孩子|两口|那|今|出|最近))"
            rf"|(?P<double>{any_of(tuple(double))})"
        )
        return cls(wholes, long, surnames, finals, pattern)

    def find(self, text: str) -> Iterator[Hit]:
        """Start, end and what stands there instead, in order, none overlapping another."""
        place = 0
        while match := self.pattern.search(text, place):
            hit = self._judge(text, match)
            if hit:
                yield hit
            place = hit[1] if hit else match.start() + 1

    def _judge(self, text: str, match: re.Match[str]) -> Hit | None:
        kind = match.lastgroup if match.lastgroup != "called" else "prefix"
        if kind in ("whole", "given"):
            table = self.wholes if kind == "whole" else self.givens
            named = _is_name(text, *match.span()) or self._is_listed(text, *match.span())
            return self._hit(text, match.span(), table) if named else None
        if kind == "prefix":
            return self._nickname(text, match)
        start, end = match.span(kind or 0)
        if kind == "family":
            accepted = not word_across(text, end)
        elif kind == "double":
            accepted = is_spoken_of(text, start, end)
        elif kind == "titled":
            accepted = is_addressed(text, start, end)
        else:
            accepted = not word_across(text, start) and not word_across(text, end) and text[start:end] not in _RANKS
        return self._hit(text, (start, end), {**self.finals, **self.surnames}) if accepted else None

    def _nickname(self, text: str, match: re.Match[str]) -> Hit | None:
        start, end = match.span("called")
        prefix, called = match["prefix"], match["called"]
        across, title = word_across(text, end), TITLE.match(text, end)
        if across and not (title and across[1] <= title.end()):
            return None
        if word_across(text, match.start()):
            return None
        if prefix + called in words("prefixed") | words("times") and not _is_called(text, match.start(), end):
            return None
        own = self.finals if prefix == "阿" else self.surnames
        return self._hit(text, (start, end), {**self.surnames, **self.finals, **own})

    def _is_listed(self, text: str, start: int, end: int) -> bool:
        """Whether the word stands in a row with another name of the cast: 田野和江山."""
        if word_across(text, start) or word_across(text, end):
            return False
        before = _AND.search(text[:start])
        if before and any(text.endswith(name, 0, before.start()) for name in (*self.wholes, *self.givens)):
            return True
        after = _AND.match(text, end)
        return after is not None and text.startswith((*self.wholes, *self.givens), after.end())

    @staticmethod
    def _hit(text: str, span: tuple[int, int], table: Mapping[str, str]) -> Hit:
        return (*span, table[text[span[0] : span[1]]])


def _is_called(text: str, start: int, end: int) -> bool:
    return is_spoken_of(text, start, end) or (start == 0 and _PAUSE.match(text, end) is not None)


def _is_name(text: str, start: int, end: int) -> bool:
    """Whether the characters of a full or given name are a name here."""
    if text.strip() == text[start:end]:
        return True
    left, right = word_across(text, start), word_across(text, end)
    if left and right and (left == right or end - start == 2):
        return False  # 前程远大, or both ends belong to other words
    if is_word(text[start:end]):
        return is_spoken_of(text, start, end)
    if is_entry(text[start:end]) and is_no_person(text, start, end):
        return False
    if end - start > 2 or not (left or right):
        return not (right and right[1] - right[0] > 3)  # 钱多多益善
    return not left and TITLE.match(text, end) is not None


_PAUSE = re.compile(r"[，！,!]")
_RANKS = frozenset("大小老二三表堂")
_AND = re.compile(r"[、和跟与](?:$|(?=[\u3400-\u9fff]))")
