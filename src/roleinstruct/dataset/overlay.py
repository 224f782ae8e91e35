"""Texts without their words: what a source says is named by a line and a stretch of it, everything else stands.

A text becomes *parts*, rows of `text`, `line`, `start` and `end`. A part with a text is that text. One with a line is
that line of the source: the whole of it without the blanks around it, or, where `start` and `end` are given, the
stretch between these signs of the folded line (see `quoting.fold`), so that another punctuation does not shift it.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from roleinstruct.dataset.quoting import Quotes, fold, positions
from roleinstruct.dataset.rows import Row
from roleinstruct.grams import normalise, weight
from roleinstruct.records import Place

__all__ = ["Line", "Parts", "literals", "named", "parts_of", "text_of", "unquoted"]

Parts = list[Row]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a source.

    Attributes:
        number: Its place among all lines of the source, from 0.
        text: As the source has it, without identifiers such as the numbers of telephones.
        place: Where it stands.
    """

    number: int
    text: str
    place: Place


def named(text: str, salt: str) -> str:
    """The hash of a line: a keyed BLAKE2b of its normal form (`grams.normalise`), 24 hexadecimal digits."""
    return hashlib.blake2b(
        normalise(text).encode("utf-8", "surrogatepass"), digest_size=12, key=bytes.fromhex(salt)
    ).hexdigest()


def parts_of(text: str, near: Sequence[Line], masks: re.Pattern[str] | None = None, *, whole: bool = False) -> Parts:
    """Take a text apart into the lines that it was made of.

    Args:
        text: A turn, a question, a field.
        near: The lines that it may have been made of, in the order of the source.
        masks: What was put in the place of private data, such as pseudonyms; None for nothing.
        whole: Nothing of it is of another origin: every sign that a line has is taken from there. Else a text of which
            the lines hold less than half is left as it is.
    """
    parts = list(_tiled(text, near, masks))
    if not whole and 2 * weight(fold("".join(literals(parts)))) > weight(fold(text)):
        return _told(text)
    return _joined(parts)


def unquoted(parts: Iterable[Row], quotes: Quotes, lines: Sequence[Line]) -> Parts:
    """Replace in what stands as text every run that the source can be recognised by.

    Args:
        parts: Of a text.
        quotes: Of the folded lines, in order.
        lines: These lines.
    """
    found: Parts = []
    for part in parts:
        found += [part] if part["text"] is None else _without_quotes(part["text"], quotes, lines)
    return _joined(found)


def text_of(parts: Iterable[Row], found: Mapping[int, str]) -> str | None:
    """Put a text together.

    Args:
        parts: Of the text.
        found: The lines by number.

    Returns:
        The text; None where a line is missing, or is too short for the stretch that is wanted.
    """
    words = [_said(part, found) for part in parts]
    return None if None in words else "".join(word for word in words if word is not None)


def literals(parts: Iterable[Row]) -> list[str]:
    """What stands in parts as text."""
    return [part["text"] for part in parts if part["text"] is not None]


def _said(part: Row, found: Mapping[int, str]) -> str | None:
    if part["text"] is not None:
        return str(part["text"])
    line = found.get(part["line"])
    if line is None or part["start"] is None:
        return None if line is None else line.strip()
    at = positions(line)
    return line[at[part["start"]] : at[part["end"] - 1] + 1] if part["end"] <= len(at) else None


def _told(text: str) -> Parts:
    return [{"text": text, "line": None, "start": None, "end": None}] if text else []


def _tiled(text: str, near: Sequence[Line], masks: re.Pattern[str] | None) -> Iterator[Row]:
    """The longest line that stands in the text as a whole, and what is left and right of it likewise."""
    for line in sorted(near, key=lambda line: -len(line.text)):
        bare = line.text.strip()
        at = text.find(bare) if bare else -1
        if at >= 0:
            yield from _tiled(text[:at], near, masks)
            yield {"text": None, "line": line.number, "start": None, "end": None}
            yield from _tiled(text[at + len(bare) :], near, masks)
            return
    done = 0
    for mask in masks.finditer(text) if masks else ():
        yield from _compared(text[done : mask.start()], near)
        yield from _told(mask[0])
        done = mask.end()
    yield from _compared(text[done:], near)


def _compared(text: str, near: Sequence[Line]) -> Iterator[Row]:
    """The stretches that a text shares with lines that do not stand in it as a whole: something was masked in them."""
    if not fold(text):
        yield from _told(text)
        return
    best = max(near, key=lambda line: _shared(text, line), default=None)
    if best is None or _shared(text, best) < min(2, len(fold(text))):  # one sign alone is in every line
        yield from _told(text)
        return
    later = [line for line in near if line.number > best.number]
    earlier = [line for line in near if line.number < best.number]
    blocks = _blocks(text, best.text)
    (first, _, _), (last, _, size) = blocks[0], blocks[-1]
    yield from _compared(text[:first], earlier)
    yield from _stretches(text[first : last + size], [(a - first, b, n) for a, b, n in blocks], best)
    yield from _compared(text[last + size :], later)


def _shared(text: str, line: Line) -> int:
    return sum(size for _, _, size in _blocks(text, line.text))


def _blocks(text: str, other: str) -> list[tuple[int, int, int]]:
    """Where both have the same signs, letters among them."""
    found = SequenceMatcher(None, text, other, autojunk=False).get_matching_blocks()
    return [(b.a, b.b, b.size) for b in found if fold(text[b.a : b.a + b.size])]


def _stretches(text: str, blocks: Iterable[tuple[int, int, int]], line: Line) -> Iterator[Row]:
    done, at = 0, positions(line.text)
    for a, b, size in blocks:
        inside = [n for n, sign in enumerate(at) if b <= sign < b + size]
        first, last = at[inside[0]] - b + a, at[inside[-1]] - b + a
        yield from _told(text[done:first])
        yield {"text": None, "line": line.number, "start": inside[0], "end": inside[-1] + 1}
        done = last + 1
    yield from _told(text[done:])


def _without_quotes(text: str, quotes: Quotes, lines: Sequence[Line]) -> Iterator[Row]:
    at, done = positions(text), 0
    for run in quotes.runs(fold(text)):
        start, end = at[run.start], at[run.end - 1] + 1
        yield from _told(text[done:start])
        line, said = lines[run.owner], text[start:end]
        own = positions(line.text)
        first = own[run.at]
        stretch = line.text[first : own[run.at + run.end - run.start - 1] + 1]
        parts = list(_stretches(said, [(a, b + first, n) for a, b, n in _blocks(said, stretch)], line))
        if quotes.runs(fold("".join(literals(parts)))) or not parts:  # written otherwise: the source's own form stands
            parts = [{"text": None, "line": line.number, "start": run.at, "end": run.at + run.end - run.start}]
        yield from parts
        done = end
    yield from _told(text[done:])


def _joined(parts: Iterable[Row]) -> Parts:
    """Texts side by side are one."""
    found: Parts = []
    for part in parts:
        if found and part["text"] is not None and found[-1]["text"] is not None:
            found[-1] = {**part, "text": found[-1]["text"] + part["text"]}
        else:
            found.append(part)
    return found
