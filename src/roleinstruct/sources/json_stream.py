"""JSON values out of whatever a file named .json or .jsonl really holds.

JSON Lines, an array (pretty-printed, one object a line, or all in one line), objects one after the other; commas and
outer brackets may be missing or doubled: between values they mean nothing here. The outer array is never built, so
memory holds one value. A value that does not parse costs itself alone: the stream goes on at the next line that begins
an object at the same indentation or less, and in a one-line array at the next object.
"""

import json
import re
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field

from roleinstruct.sources.json_brackets import Brackets, begins_object, ends_object, indentation

__all__ = ["Broken", "Gap", "Item", "values"]


@dataclass(frozen=True, slots=True)
class Broken:
    """What stood where a value was expected.

    Attributes:
        text: The characters, with line feeds.
        why: What is wrong with them.
    """

    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Gap:
    """One or more blank lines between two values, or the end of one array and the beginning of another."""


Item = tuple[int, int, object | Broken | Gap]
"""First line, last line, and the value."""


def values(lines: Iterable[tuple[int, str]]) -> Iterator[Item]:
    """Parse a stream of JSON values.

    Control characters in strings and commas before a closing bracket are let pass. Half a surrogate pair in an escape
    becomes U+FFFD, since no file could hold it.

    Args:
        lines: Line numbers and texts, as `text.lines` gives them.

    Yields:
        First line, last line, and the value, in order. There is no gap before the first value nor after the last, and
        never two in a row; its lines are those of the value behind it.
    """
    parser = _Parser()
    for line in lines:
        yield from parser.read(line)
    while parser.pending:
        yield from parser.give_up("the value has no end")
        yield from parser.read()


_LARGEST = 64 * 2**20
"""Characters of one value; what is larger is taken for an object that is never closed."""

_BETWEEN = re.compile(r"[\s,\[\]]*")
_SCALAR_END = re.compile(r"\s*(?:[,\]]|$)")
_NEXT_ON_LINE = re.compile(r"\}\s*,\s*(?=\{)")
_EXTRA_COMMA = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|,(?=\s*[}\]])')
_HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")
_DECODER = json.JSONDecoder(strict=False)


@dataclass(slots=True)
class _Parser:
    """The lines of a value that is not complete yet, and those that are still to be looked at."""

    pending: list[tuple[int, str]] = field(default_factory=list)
    waiting: deque[tuple[int, str]] = field(default_factory=deque)
    brackets: Brackets = field(default_factory=Brackets)
    depth: int = 0
    size: int = 0
    gap: bool = False
    seen: bool = False

    def read(self, *lines: tuple[int, str]) -> Iterator[Item]:
        """Read lines, and before them those that were given back."""
        self.waiting.extend(lines)
        while self.waiting:
            number, line = self.waiting.popleft()
            yield from self._go_on(number, line) if self.pending else self._begin(number, line, 0)

    def give_up(self, why: str) -> Iterator[Item]:
        """Report the pending value as broken, but give back the lines from the first that begins an object."""
        again = (i for i, (_, line) in enumerate(self.pending) if i and indentation(line) <= self.depth)
        cut = next((i for i in again if begins_object(self.pending[i][1])), len(self.pending))
        self.waiting.extendleft(reversed(self.pending[cut:]))
        while not self.pending[cut - 1][1].strip():
            cut -= 1
        broken, self.pending = self.pending[:cut], []
        text = "\n".join(line for _, line in broken).strip()
        yield from self._emit(broken[0][0], broken[-1][0], Broken(text, why))

    def _begin(self, number: int, line: str, at: int) -> Iterator[Item]:
        """Read values from a position in a line, outside of any value."""
        self.gap = self.gap or not line.strip()
        while (start := _skip(line, at)) < len(line):
            self.gap = self.gap or "[" in line[at:start]
            try:
                value, end = _DECODER.raw_decode(line, start)
            except (ValueError, RecursionError) as error:
                at = yield from self._look_closer(number, line, start, _why(error))
                continue
            if line[start] != "{" and not _SCALAR_END.match(line, end):
                at = yield from self._look_closer(number, line, start, "no object begins here")
                continue
            at = end
            yield from self._emit(number, number, _mend(value) if _HALF_PAIR.search(line, start, at) else value)

    def _look_closer(self, number: int, line: str, start: int, why: str) -> Generator[Item, None, int]:
        """See what it is that does not parse; returns where in the line to go on."""
        self.brackets = Brackets("" if line[start] == "{" else why)
        end = self.brackets.scan(line, start)
        if end is not None:
            yield from self._emit(number, number, _decode(line[start:end]))
            return end
        following = _NEXT_ON_LINE.search(line, start) if line[:start].strip() else None
        if following:
            yield from self._emit(number, number, Broken(line[start : following.start() + 1], why))
            return following.end()
        self.pending, self.depth, self.size = [(number, line[start:])], indentation(line), len(line)
        if self.brackets.wrong and ends_object(line):
            yield from self.give_up(why)
        return len(line)

    def _go_on(self, number: int, line: str) -> Iterator[Item]:
        """Add a line to the pending value, unless it begins another."""
        outside = indentation(line) <= self.depth
        if outside and begins_object(line) and not self.brackets.allows_object():
            self.waiting.appendleft((number, line))
            self.gap = self.gap or not self.pending[-1][1].strip()
            yield from self.give_up(self.brackets.wrong or "the value has no end")
            return
        end = self.brackets.scan(line)
        self.pending.append((number, line[:end]))
        self.size += len(line) + 1
        if end is not None:
            text, first = "\n".join(part for _, part in self.pending), self.pending[0][0]
            self.pending = []
            yield from self._emit(first, number, _decode(text))
            yield from self._begin(number, line, end)
        elif self.size > _LARGEST or (self.brackets.wrong and outside and ends_object(line)):
            yield from self.give_up(self.brackets.wrong or "the value is too large")

    def _emit(self, first: int, last: int, value: object) -> Iterator[Item]:
        if self.gap and self.seen:
            yield first, first, Gap()
        self.gap, self.seen = False, True
        yield first, last, value


def _skip(line: str, at: int) -> int:
    """The position behind the white space, commas and brackets between values."""
    between = _BETWEEN.match(line, at)
    return between.end() if between else at


def _decode(text: str) -> object:
    """Parse a text whose brackets are balanced; a `Broken` where it does not parse all the same."""
    try:
        value = _DECODER.decode(_EXTRA_COMMA.sub(lambda match: match[0].removeprefix(","), text))
    except (ValueError, RecursionError) as error:
        return Broken(text, _why(error))
    return _mend(value) if _HALF_PAIR.search(text) else value


def _why(error: ValueError | RecursionError) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else str(error)


def _mend(value: object) -> object:
    """Replace lone surrogates in all strings of a value."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mend(item) for item in value]
    if isinstance(value, dict):
        return {_mend(key): _mend(item) for key, item in value.items()}
    return value
