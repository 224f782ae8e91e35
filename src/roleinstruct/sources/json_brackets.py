"""Where a JSON value that spans lines ends: brackets are counted, strings are skipped, nothing is parsed."""

import re
from dataclasses import dataclass, field

__all__ = ["Brackets", "begins_object", "ends_object", "indentation"]


@dataclass(slots=True)
class Brackets:
    """The brackets of one value that are open after the lines seen so far.

    Attributes:
        wrong: Why these brackets can never close, or "".
    """

    wrong: str = ""
    _stack: list[str] = field(default_factory=list)
    _in_string: bool = False
    _last: str = ""

    def scan(self, line: str, at: int = 0) -> int | None:
        """Read on to the position behind the bracket that closes the value, or None at the end of the line."""
        if self.wrong:
            return None
        if self._in_string:
            rest = _STRING_REST.match(line, at)
            at = rest.end() if rest else at
            self._in_string = not (rest and rest[0].endswith('"'))
        for token in _TOKEN.finditer(line, at) if not self._in_string else ():
            if self._take(token[0]) or self.wrong:
                return None if self.wrong else token.end()
        self._last = line.rstrip()[-1:] or self._last
        return None

    def allows_object(self) -> bool:
        """Whether an object may begin here by the grammar of JSON."""
        if self._in_string or self.wrong:
            return False
        return self._last == ":" or (self._stack[-1:] == ["["] and self._last in ("[", ","))

    def _take(self, token: str) -> bool:
        """Account for a token; whether it closes the value."""
        if token[0] == '"':
            self._in_string = len(token) == 1 or not token.endswith('"')
        elif token in "{[":
            self._stack.append(token)
            self.wrong = "brackets are nested too deeply" if len(self._stack) > _DEEPEST else ""
        elif not self._stack or self._stack.pop() + token not in ("{}", "[]"):
            self.wrong = "a bracket is closed that was not open"
        return not self._stack and not self._in_string


def begins_object(line: str) -> bool:
    """Whether a line begins an object, or an array of objects."""
    return _BEGINS.match(line) is not None


def ends_object(line: str) -> bool:
    """Whether a line ends an object, perhaps with the comma or bracket that follows it in an array."""
    return line.rstrip(" \t,]").endswith("}")


def indentation(line: str) -> int:
    """Number of spaces or tabs before the text."""
    return len(line) - len(line.lstrip())


_DEEPEST = 100
"""Open brackets within one value; more are taken for lines that each lack their end."""
_STRING_REST = re.compile(r'[^"\\]*+(?:\\.[^"\\]*+)*+"?')
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[{}\[\]]')
_BEGINS = re.compile(r'\s*\[?\s*\{\s*(?:"|$)')
