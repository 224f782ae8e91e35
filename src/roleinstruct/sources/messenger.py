"""Text exports of messengers: who and when on one line, the message behind it or on the lines below.

WeChat and QQ (`2024-03-05 21:14:08 苏小棠`, `苏小棠 2024/3/5 21:14`, `苏小棠(12345678) 21:14:08` under date lines),
WhatsApp (`[05/03/2024, 21:14:08] Maggie: text`, `05/03/2024, 21:14 - Maggie: text`), Telegram
(`Maggie, [05.03.24 21:14]`), Discord (`[05/03/2024 21:14] maggie` above the text), Line (`21:14 花子 text` under date
lines) and IRC (`[21:14] <maggie> text`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from roleinstruct.errors import SourceError
from roleinstruct.records import Boundary, Event, Place, Rejected, Utterance
from roleinstruct.sources.labels import Labels
from roleinstruct.sources.message_headers import (
    Calendar,
    Header,
    learn_calendar,
    match_day,
    match_header,
    name_above,
    stands_above,
    usual_styles,
)
from roleinstruct.sources.notices import is_notice, is_placeholder
from roleinstruct.sources.reading import Head, ReadOptions
from roleinstruct.sources.tags import split_tag
from roleinstruct.sources.text import lines

__all__ = ["PAUSE", "fits", "read"]

PAUSE = 10800.0
"""Seconds without a message after which a new dialogue begins, unless the options say otherwise."""


def fits(head: Head) -> str | None:
    """Say how many lines are headers of messages, where they are two or more and one line in twenty."""
    rows = [row for row in head.text.split("\n") if row.strip()]
    headers, _ = _survey(rows)
    styles = usual_styles(headers)
    count = sum(header.style in styles for header in headers)
    if count < 2 or count * 20 < len(rows):
        return None
    return f"messenger export: {count} messages with name and time ({', '.join(sorted(styles))})"


def read(head: Head, options: ReadOptions) -> Iterator[Event]:
    """Yield the messages of an export, a boundary for each long pause, and the messenger's own notices.

    A pause also counts when time runs backwards by as much, as it does where exports were put together. [愤怒] in front
    of a message is a picture that its writer chose and stays, unless the user's labels say that it is a tag.

    Args:
        head: The export.
        options: `gap` is the pause in seconds, `PAUSE` where it is None; `labels` are the words that are tags in
            brackets.

    Raises:
        SourceError: No line of the file is the header of a message.
    """
    headers, days = _survey(head.text.split("\n"))
    gap = PAUSE if options.gap is None else options.gap
    labels = Labels(options.labels, only_table=True)
    export = _Export(head.name, usual_styles(headers), learn_calendar(days), gap, labels, stands_above(headers))
    number = 0
    for number, line in lines(head):
        yield from export.take(number, line)
    yield from export.end_message()
    if not export.opened:
        raise SourceError(
            f"{head.name} holds no message in its {number} lines, and a messenger export was expected, with headers "
            f'such as "2024-03-05 21:14:08 苏小棠": export it as text with names and times, or name its format.'
        )


_OWN = re.compile(r"[:：]\s\u200e")
"""WhatsApp on a telephone puts a mark that cannot be seen in front of what it writes itself, in whatever language."""

_EDITED = re.compile(r"\s*\u200e<[^<>]*>\s*$")

_MARKS = {ord(mark): None for mark in "\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069"} | {
    0x202F: " ",
    0xA0: " ",
}


@dataclass(slots=True)
class _Message:
    header: Header
    first: int
    last: int
    own: bool
    rows: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Export:
    """The state between two lines of an export."""

    file: str
    styles: frozenset[str]
    calendar: Calendar
    gap: float
    labels: Labels
    above: bool
    message: _Message | None = None
    before: datetime | None = None
    opened: int = 0

    def take(self, number: int, line: str) -> Iterator[Event]:
        """Yield what the line completes."""
        own = _OWN.search(line) is not None
        line = _EDITED.sub("", line).translate(_MARKS)
        header = match_header(line)
        if header and header.style in self.styles:
            yield from self.end_message()
            yield from self._open(name_above(header) if self.above else header, number, own)
        elif (day := match_day(line, ruled=not self._may_turn())) is not None:
            yield from self.end_message()
            self.calendar.turn_to(day)
        elif self._is_notice(line):
            yield from self.end_message()
            yield self._reject("system_message", number, number, {"text": line.strip()})
        elif self.message:
            self.message.rows.append(line.rstrip())
            if line.strip():
                self.message.last = number

    def end_message(self) -> Iterator[Event]:
        """Yield the message that was read, if there is one."""
        message, self.message = self.message, None
        if message is None:
            return
        rows = [row for row in message.rows if not is_placeholder(row)]
        raw, text = "\n".join(message.rows).strip(), "\n".join(rows).strip()
        name, first, last = message.header.name, message.first, message.last
        emotion, said = split_tag(text, self.labels, bare=False)
        if name and (not raw or (emotion and not said)):
            yield self._reject("empty_text", first, last, {"speaker": name, "text": raw})
        elif message.own or not name or not text or is_notice(text, between=False):
            yield self._reject("system_message", first, last, {"speaker": name, "text": raw})
        else:
            yield Utterance(name, said, emotion, Place(self.file, first, last), tag=text.removesuffix(said).strip())

    def _open(self, header: Header, number: int, own: bool) -> Iterator[Event]:
        moment = self.calendar.moment(header)
        if moment:
            if self.before and abs((moment - self.before).total_seconds()) > self.gap:
                yield Boundary("gap", "", Place(self.file, number, number))
            self.before = moment
        self.opened += 1
        self.message = _Message(header, number, number, own, [header.text] if header.text else [])

    def _may_turn(self) -> bool:
        """Whether a line that is a date alone can open a day: where headers have none, apart from the message."""
        return self.styles <= {"time alone", "time first", "irc"} and (
            self.message is None or self.message.rows[-1:] == [""]
        )

    def _is_notice(self, line: str) -> bool:
        """Whether the line is the messenger's: before the first message, or with a notice's words behind one."""
        if not line.strip() or self.message is None:
            return bool(line.strip())
        rows = self.message.rows
        return any(rows) and is_notice(line, between=not rows[-1])

    def _reject(self, reason: str, first: int, last: int, payload: dict[str, object]) -> Rejected:
        return Rejected("utterance", reason, "import", Place(self.file, first, last), payload)


def _survey(rows: list[str]) -> tuple[list[Header], list[str]]:
    """The headers in the head, and all dates in it as written."""
    headers, days = [], []
    for row in rows:
        row = row.translate(_MARKS)
        if header := match_header(row):
            headers.append(header)
        if day := header.day if header else match_day(row, ruled=True):
            days.append(day)
    return headers, days
