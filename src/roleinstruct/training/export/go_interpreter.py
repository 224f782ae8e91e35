"""A reader of the part of Go's text/template that `go_template` writes, so that a template can be tried without Go.

It knows actions with strings, .Role, .Content and variables; `range .Messages`; `if`, `else if` and `else` with `eq`
and `not .System`; `end`; and white space taken away by `{{-` and `-}}`. Whatever else there is, is refused. What it
writes was held against the real engine (tests/test_go_template.py). Ollama joins messages of one role that follow one
another with an empty line before the template sees them; here they have to take turns.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from roleinstruct.errors import ExportError
from roleinstruct.records import Message

__all__ = ["execute"]


def execute(template: str, messages: Sequence[Message]) -> str:
    """Write a conversation.

    Args:
        template: Of `go_template`.
        messages: As Ollama hands them on.

    Raises:
        ExportError: The template is more than this reader knows.
    """
    pieces = list(_pieces(template))
    block, rest = _block(pieces, 0)
    if rest != len(pieces):
        raise ExportError(f"the Go template has an {pieces[rest]} too many.")
    out: list[str] = []
    _run(block, _Scope(messages), out)
    return "".join(out)


@dataclass(frozen=True, slots=True)
class _Text:
    text: str


@dataclass(frozen=True, slots=True)
class _Action:
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Branches:
    """`range` or `if`: conditions with what they guard; () is true."""

    cases: tuple[tuple[tuple[str, ...], "_Block"], ...]


_Block = tuple[_Text | _Action | _Branches, ...]
_Piece = _Text | _Action


@dataclass(slots=True)
class _Scope:
    messages: Sequence[Message]
    dot: Message | None = None
    variables: dict[str, str] = field(default_factory=dict)


_QUOTED = r'"(?:[^"\\]|\\.)*"'
_ACTION = re.compile(rf"(\s+(?={{{{- ))?{{{{(?:- )?((?:{_QUOTED}|[^\"}}])*?)(?: -}}}}(\s*)|}}}})", re.DOTALL)
_WORD = re.compile(rf"{_QUOTED}|:=|=|[.$]?\w+")


def _pieces(template: str) -> Iterator[_Piece]:
    place = 0
    for found in _ACTION.finditer(template):
        if found.start() > place:
            yield _Text(template[place : found.start()])
        words = tuple(_WORD.findall(found[2]))
        if not words or _WORD.sub("", found[2]).strip():
            raise ExportError(f"the Go template has {found[0]!r}, which is more than is known here.")
        yield _Action(words)
        place = found.end()
    if place < len(template):
        yield _Text(template[place:])


def _block(pieces: Sequence[_Piece], place: int) -> tuple[_Block, int]:
    """What stands from a place to the `else` or `end` that belongs to it, and the place of that."""
    found: list[_Text | _Action | _Branches] = []
    while place < len(pieces):
        piece = pieces[place]
        if isinstance(piece, _Text) or piece.words[0] not in ("range", "if", "else", "end"):
            found.append(piece)
            place += 1
        elif piece.words[0] in ("else", "end"):
            break
        else:
            branches, place = _branches(pieces, place)
            found.append(branches)
    return tuple(found), place


def _branches(pieces: Sequence[_Piece], place: int) -> tuple[_Branches, int]:
    cases = []
    words: tuple[str, ...] = _words(pieces, place)
    while words != ("end",):
        condition = words[1:] if words[0] == "else" else words
        block, place = _block(pieces, place + 1)
        cases.append((condition, block))
        words = _words(pieces, place)
    return _Branches(tuple(cases)), place + 1


def _words(pieces: Sequence[_Piece], place: int) -> tuple[str, ...]:
    piece = pieces[place] if place < len(pieces) else None
    if not isinstance(piece, _Action):
        raise ExportError("the Go template lacks an end.")
    return piece.words


def _run(block: _Block, scope: _Scope, out: list[str]) -> None:
    for piece in block:
        if isinstance(piece, _Text):
            out.append(piece.text)
        elif isinstance(piece, _Action):
            _act(piece.words, scope, out)
        elif piece.cases[0][0] == ("range", ".Messages"):
            for message in scope.messages:
                _run(piece.cases[0][1], _Scope((), message, scope.variables), out)
        else:
            chosen = (block for condition, block in piece.cases if _holds(condition, scope))
            _run(next(chosen, ()), scope, out)


def _act(words: tuple[str, ...], scope: _Scope, out: list[str]) -> None:
    if len(words) == 1:
        out.append(_value(words[0], scope))
    elif len(words) == 3 and words[0].startswith("$") and words[1] in (":=", "="):
        scope.variables[words[0]] = _value(words[2], scope)
    else:
        raise ExportError(f"the Go template has {' '.join(words)!r}, which is more than is known here.")


def _holds(condition: tuple[str, ...], scope: _Scope) -> bool:
    if condition == ():
        return True
    if condition == ("if", "not", ".System"):
        return not any(message.role == "system" for message in scope.messages)
    if condition[:2] != ("if", "eq") or len(condition) != 4:
        raise ExportError(f"the Go template has {' '.join(condition)!r}, which is more than is known here.")
    return _value(condition[2], scope) == _value(condition[3], scope)


def _value(word: str, scope: _Scope) -> str:
    if word.startswith('"'):
        # Go's strings are JSON's, but for letters beyond U+FFFF
        return str(json.loads(re.sub(r"((?:[^\\]|\\[^U])*?)\\U([0-9a-f]{8})", _beyond, word)))
    if word in scope.variables:
        return scope.variables[word]
    if scope.dot is not None and word in (".Role", ".Content"):
        return scope.dot.role if word == ".Role" else scope.dot.content
    raise ExportError(f"the Go template has {word!r}, which is more than is known here.")


def _beyond(found: re.Match[str]) -> str:
    return found[1] + chr(int(found[2], 16))
