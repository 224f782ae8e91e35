"""The lines of a messenger export that open a message or a day: who wrote, and when.

Dates with the year first are plain. Of the others only the file knows the order of day, month and year: it is the one
in which the head's dates exist, run backwards least often and span the least time (day, month, year if that leaves a
choice). A wrong order would show as pauses of months, so what is left to chance does not matter to where pauses are.
"""

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from roleinstruct.sources.notices import is_notice

__all__ = [
    "Calendar",
    "Header",
    "learn_calendar",
    "match_day",
    "match_header",
    "name_above",
    "stands_above",
    "usual_styles",
]


@dataclass(frozen=True, slots=True)
class Header:
    """A line that opens a message.

    Attributes:
        style: Which of the known shapes it has.
        name: Who wrote, without account numbers; "" for a notice of the messenger itself.
        day: The date as written, or "" where only date lines have it.
        clock: The time as written.
        text: What stands behind the name on the same line, or "".
    """

    style: str
    name: str
    day: str
    clock: str
    text: str


@dataclass(slots=True)
class Calendar:
    """Turns dates and times as written into moments, one after the other.

    Attributes:
        order: Order of the numbers of a date without a year of four digits in front: "dmy", "mdy" or "ymd".
        today: The date of the last date line or header, or None before there is one.
        dated: Whether the file gives dates at all; if not, a time that runs backwards is the next day.
    """

    order: str
    today: date | None = None
    dated: bool = False
    last: datetime | None = None

    def turn_to(self, day: str) -> None:
        """Take note of a date line."""
        if found := _date(day, self.order):
            self.today, self.dated = found, True

    def moment(self, header: Header) -> datetime | None:
        """When a message was written, or None where its date or time does not exist."""
        clock = _clock(header.clock)
        day = _date(header.day, self.order) if header.day else self.today or date(2000, 1, 1)
        if clock is None or day is None:
            return None
        moment = datetime.combine(day, clock)
        if header.day:
            self.dated = True
        elif not self.dated and self.last and moment < self.last and day.year < 2999:
            moment += timedelta(days=1)
        self.today, self.last = moment.date(), moment
        return moment


def match_header(line: str) -> Header | None:
    """Read a line as the header of a message, in the first shape that it has."""
    for style, pattern in _STYLES.items():
        if match := pattern.fullmatch(line):
            found = match.groupdict(default="")
            name = found["name"] or found.get("who", "")
            if found["name"] and found.get("text") and is_notice(line[match.start("name") :], between=True):
                name, found["text"] = "", line[match.start("name") :]
            return Header(style, _tidy(name), found.get("day", ""), found["clock"], found.get("text", ""))
    return None


def match_day(line: str, *, ruled: bool) -> str | None:
    """The date of a line that opens a day.

    Args:
        line: The line.
        ruled: Ask for a sign that it is more than a message which is a date: rules around it, or 日期 in front.
    """
    match = _DAY.fullmatch(line)
    return match["day"] if match and (not ruled or match["front"].strip()) else None


def usual_styles(headers: list[Header]) -> frozenset[str]:
    """The shapes that a file's headers have; one that is rare beside another is chance, a message that looks like it.

    Args:
        headers: What `match_header` found in the head.
    """
    counts = Counter(header.style for header in headers)
    most = max(counts.values(), default=0)
    return frozenset(style for style, count in counts.items() if count * 10 >= most and (count > 1 or most < 2))


def stands_above(headers: list[Header]) -> bool:
    """Whether names without a colon are those of writers, whose text is below, and not notices of the messenger.

    Args:
        headers: What `match_header` found in the head.
    """
    bracketed = [header for header in headers if header.style == "bracketed"]
    return 2 * sum(not header.name for header in bracketed) > len(bracketed)


def name_above(header: Header) -> Header:
    """The header with what stands behind its time as the name, where `stands_above` says so."""
    return header if header.name else replace(header, name=_tidy(header.text), text="")


def learn_calendar(days: list[str]) -> Calendar:
    """Find out the order of day, month and year from dates in the order of the file."""
    return Calendar(min(_ORDERS, key=lambda order: _disorder(days, order)))


_ORDERS = ("dmy", "mdy", "ymd")
_DATE = r"(?P<day>\d{4}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}日?|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2}|\d))"
_WEEKDAY = r"(?:\s*[(（]?(?:星期|周|礼拜|週)[一二三四五六日天][)）]?|\s*[(（][月火水木金土日][)）])?"
_TIME = (
    r"(?P<clock>(?:上午|下午|凌晨|早上|中午|晚上)?\s?\d{1,2}[:：]\d{2}(?:[:：]\d{2})?(?:\.\d{1,3})?"
    r"(?:\s?[AaPp]\.?[Mm]\.?)?)(?:Z|[+-]\d{2}:?\d{2})?"
)
_MOMENT = rf"{_DATE}{_WEEKDAY}(?:,?\s+|(?<=\d)T(?=\d)){_TIME}"
_NAME = r"(?P<name>\S[^\n]{0,60}?)"
_SPEECH = r"(?:(?P<name>[^:：]{1,60})[:：]\s?)?(?P<text>.*)"
_STYLES = {
    # [05/03/2024, 21:14:08] Maggie: text
    "bracketed": re.compile(rf"\s*\[{_MOMENT}\]\s*{_SPEECH}", re.DOTALL),
    # 05/03/2024, 21:14 - Maggie: text
    "dashed": re.compile(rf"\s*{_MOMENT}\s+[-–]\s+{_SPEECH}", re.DOTALL),
    # Maggie, [05.03.24 21:14]
    "telegram": re.compile(rf"\s*{_NAME},\s*\[{_MOMENT}\]\s*"),
    # 2024-03-05 21:14:08 苏小棠: text
    "line": re.compile(rf"\s*{_MOMENT}\s+(?P<name>[^:：]{{1,60}})[:：]\s?(?P<text>.*)", re.DOTALL),
    # 2024-03-05 21:14:08 苏小棠
    "date first": re.compile(rf"\s*{_MOMENT}\s+(?P<name>[^\s:：][^:：]{{0,60}}?)\s*"),
    # 苏小棠 2024/3/5 21:14
    "name first": re.compile(rf"\s*{_NAME}\s+{_MOMENT}\s*"),
    # 苏小棠(12345678) 21:14:08
    "time alone": re.compile(
        r"\s*(?P<name>\S[^\n]{0,60}?\s?(?:[(（]\d{4,}[)）]|<[^<>\s]+@[^<>\s]+>)|[^\s。！？!?，,]{1,24}(?=\s+\d+:\d+:\d+))"
        rf"\s*{_TIME}\s*"
    ),
    # [21:14] <anna> text
    "irc": re.compile(rf"\s*\[?{_TIME}\]?\s+<[@+%~& ]?(?P<name>[^<>]{{1,40}})>\s(?P<text>.*)", re.DOTALL),
    # 21:14<tab>花子<tab>text, 21:14 花子 text
    "time first": re.compile(
        rf"{_TIME}(?:\t(?P<name>[^\t]{{1,60}})\t|\s(?P<who>[^\s:：<>]{{1,30}})\s)(?P<text>\S.*)", re.DOTALL
    ),
}
_DAY = re.compile(
    rf"(?P<front>[—\-=─*_~\s]*(?:(?:日期|时间|Date)\s*[:：]?)?[—\-=─*_~\s]*){_DATE}{_WEEKDAY}[—\-=─*_~\s]*",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(r"\s*(?:[(（](?:\d{4,}|pinned)[)）]|<[^<>\s]+@[^<>\s]+>)\s*$")
_RANK = re.compile(r"^(?:【[^【】]{1,12}】|~\s?)")
_CLOCK = re.compile(r"(?P<half>\D*?)\s?(?P<hour>\d{1,2})[:：](?P<minute>\d{2})(?:[:：](?P<second>\d{2}))?(?P<rest>.*)")


def _tidy(name: str) -> str:
    name = name.strip()
    return _RANK.sub("", _ACCOUNT.sub("", name)).strip() or name


def _date(written: str, order: str) -> date | None:
    numbers = re.findall(r"\d+", written)
    if len(numbers[0]) == 4:
        order = "ymd"
    parts = dict(zip(order, map(int, numbers), strict=True))
    try:
        return date(parts["y"] + (2000 if parts["y"] < 100 else 0), parts["m"], parts["d"])
    except ValueError:
        return None


def _clock(written: str) -> time | None:
    match = _CLOCK.match(written.strip())
    if not match:
        return None
    hour = int(match["hour"])
    half = (match["half"] + match["rest"]).casefold()
    if hour < 12 and ("p" in half or "下午" in half or "晚上" in half or ("中午" in half and hour < 3)):
        hour += 12
    elif hour == 12 and ("a" in half or "上午" in half or "凌晨" in half):
        hour = 0
    try:
        return time(hour % 24 if hour == 24 else hour, int(match["minute"]), int(match["second"] or 0))
    except ValueError:
        return None


def _disorder(days: list[str], order: str) -> tuple[int, int, int]:
    """How badly an order fits: dates that do not exist, steps backwards, days from the first date to the last."""
    dates = [_date(day, order) for day in days]
    known = [day for day in dates if day]
    backwards = sum(later < earlier for earlier, later in pairwise(known))
    span = (max(known) - min(known)).days if known else 0
    return len(dates) - len(known), backwards, span
