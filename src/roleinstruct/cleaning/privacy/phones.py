"""Telephone numbers: Chinese mobiles and landlines, and those of the rest of the world."""

import re
from collections.abc import Iterator

from roleinstruct.cleaning.privacy.spans import Span
from roleinstruct.cleaning.privacy.view import (
    NO_LETTER_OR_DIGIT_AFTER,
    cued,
    digits_of,
    is_catalogue_number,
    is_quantity,
)

__all__ = ["find_phones"]


def find_phones(view: str) -> Iterator[Span]:
    """Find `mobile`, `landline` and `phone`; a number with the country code 86 is one of the first two."""
    yield from _find_mobiles(view)
    yield from _find_landlines(view)
    yield from _find_foreign(view)
    yield from _find_british(view)


def _find_mobiles(view: str) -> Iterator[Span]:
    for match in _MOBILE.finditer(view):
        if (
            _is_mobile(match["number"])
            and not _OTHER_COUNTRY.search(view[max(0, match.start() - 6) : match.start()])
            and _is_free(view, match.start(), match.end())
            and not is_quantity(view, match.end())
            and not _FOUR_PARTS.fullmatch(match["number"])
        ):
            yield Span("mobile", *match.span())


def _is_mobile(number: str) -> bool:
    """Eleven digits in at most four groups, or each by itself."""
    gaps = len(_GAPS.findall(number))
    return digits_of(number)[1] >= "3" and (gaps <= 3 or gaps == 10)


def _find_landlines(view: str) -> Iterator[Span]:
    for match in _SERVICE.finditer(view):
        chinese = match.group().startswith("4") or not view.isascii()
        if chinese and _is_free(view, match.start(), match.end()):
            yield Span("landline", *match.span())
    for match in _LANDLINE.finditer(view):
        if _is_free(view, match.start(), match.end()) and _is_chinese_number(match["number"]):
            yield Span("landline", *match.span())
    for match in _LOCAL.finditer(view):
        if cued(view, match.start(), _LOCAL_CUE) and not _DATE.fullmatch(match["number"]):
            yield Span("landline", *match.span())


def _find_foreign(view: str) -> Iterator[Span]:
    if not _MAYBE_FOREIGN.search(view):
        return
    from phonenumbers import Leniency, PhoneNumberMatcher  # here, because most texts hold no such number

    for found in PhoneNumberMatcher(view, "US", Leniency.VALID):
        number, start, end = found.number, found.start, found.end
        bare = bool(_BARE.fullmatch(found.raw_string))
        if number.country_code == 86 or (bare and not cued(view, start, _PHONE_CUE)):
            continue
        if number.country_code != 1 and not found.raw_string.lstrip("(").startswith(("+", "00")):
            continue
        if _is_free(view, start, end) and not (bare and is_quantity(view, end)):
            yield Span("phone", start, end)


def _find_british(view: str) -> Iterator[Span]:
    """National numbers such as "07911 123456", behind a cue word; in Chinese text these are landlines."""
    if _HAN.search(view) or not _MAYBE_BRITISH.search(view):
        return
    from phonenumbers import Leniency, PhoneNumberMatcher

    for found in PhoneNumberMatcher(view, "GB", Leniency.VALID):
        is_national = found.number.country_code == 44 and found.raw_string.lstrip("(").startswith("0")
        if is_national and cued(view, found.start, _PHONE_CUE) and _is_free(view, found.start, found.end):
            yield Span("phone", found.start, found.end)


def _is_free(view: str, start: int, end: int) -> bool:
    """No letter, digit or joined digit stands on either side, and no order number is spoken of."""
    before, after = _LEFT.search(view[max(0, start - 12) : start]), _RIGHT.match(view, end)
    return not before and not after and not is_catalogue_number(view, start)


def _is_chinese_number(number: str) -> bool:
    from phonenumbers import NumberParseException, is_valid_number, parse

    try:
        return is_valid_number(parse(digits_of(number), "CN"))
    except NumberParseException:
        return False


_MOBILE = re.compile(
    r"(?:(?:[(（]?\+ ?86[)）]?|(?<![\d+])(?:0086|86|[(（]86[)）]))[ \-]*|(?<![\d+]))"
    r"(?P<number>1(?:[3-9](?:[ \-.]{0,2}\d){9}|(?:[ \-.]\d){10}))(?!\d)"
)
_OTHER_COUNTRY = re.compile(r"\+\d{1,3}[ \-]?$")
_FOUR_PARTS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}")  # a machine
_GAPS = re.compile(r"[ \-.]+")
_EXTENSION = r"(?:\s?(?:转|分机号?|ext\.?|x)\s?\d{1,6}|\-\d{1,5}(?![\d\-]))?"
_LANDLINE = re.compile(
    r"(?:[(（]?\+ ?86[)）]?[ \-]*|(?<!\d)0086[ \-]*)?(?<!\d)"
    r"(?P<number>(?:(?:[(（]0(?:10|2\d|[3-9]\d\d)[)）]|0(?:10|2\d|[3-9]\d\d))[ \-]{0,3}"
    r"|(?:(?<=\+86)|(?<=\+86[ \-])|(?<=\+86[)）])|(?<=0086[ \-]))(?:10|2\d|[3-9]\d\d)[ \-])"
    r"[1-9](?:\d{6,7}|\d{2,3}[ \-]\d{4}))(?!\d)" + _EXTENSION,
    re.IGNORECASE,
)
_SERVICE = re.compile(
    r"(?<!\d)[48]00(?:-\d{3}-\d{4}| \d{3} \d{4}|\d-\d{3}-\d{3}|-\d{4}-\d{3}|-?\d{7})(?!\d)" + _EXTENSION, re.IGNORECASE
)
_LOCAL = re.compile(
    r"(?<![\d\-.+A-Za-z])(?P<number>[2-8](?:\d{6,7}|\d{2,3}[ \-]\d{4}))"
    + NO_LETTER_OR_DIGIT_AFTER
    + r"(?!-\d)"
    + _EXTENSION,
    re.IGNORECASE,
)
_BARE = re.compile(r"\d+(?:\.\d+)?")  # a number of one piece, and one with a decimal point
_LOCAL_CUE = re.compile(
    r"(?:电话|座机|固话|固定电话|家里电话|办公电话|总机|(?<![a-z])tel|传真|fax)(?:号码|号)?\.?(?:[:：\s]|是|为|打|拨)*$",
    re.IGNORECASE,
)
_DATE = re.compile(r"20[0-4]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_MAYBE_FOREIGN = re.compile(
    r"[+＋]\s?[(（]?\d|(?<!\d)00[1-9]|(?<!\d)(?:1[ \-.]?)?[(（]?[2-9]\d\d[)）]?[ \-.]{0,2}[2-9]\d\d[ \-.]?\d{4}(?!\d)"
)
_MAYBE_BRITISH = re.compile(r"(?<!\d)0[1-37]\d")
_HAN = re.compile(r"[\u3400-\u9fff]")
_PHONE_CUE = re.compile(
    r"(?:电话|号码|手机|致电|打给|拨打|(?<![a-z])(?:call|phone|cell|mobile|text|tel|number|dial|reach|contact|ring"
    r"|fax))"
    r"(?:[:：#.\s]|['’]s|(?<![a-z])(?:me|us|him|her|them|at|on|is|to|my|the|number|no|back)(?![a-z])|是|为|我|给)*$",
    re.IGNORECASE,
)
_LEFT = re.compile(
    r"(?:\d[\-.]?|[\-_#]|(?<![a-z])(?!(?:tel|phone|mobile|mob|cell|call|wx|vx|v|t|m|p|at|no|to|me|is|fax|text)$)"
    r"(?<!^[a-z])[a-z]{1,12})$",
    re.IGNORECASE,
)
_RIGHT = re.compile(r"[\-.,]?\d|[A-Za-z_@](?!x)|[-]\w")
