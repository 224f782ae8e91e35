"""Numbers of papers that the state hands out: identity cards, passports, company codes, number plates."""

import re
from collections.abc import Iterator
from datetime import date

from roleinstruct.cleaning.privacy.spans import Span
from roleinstruct.cleaning.privacy.view import ALSO, cued, digits_of, is_catalogue_number

__all__ = ["find_documents"]


def find_documents(view: str) -> Iterator[Span]:
    """Find `id_card`, `credit_code`, `passport`, `ssn` and `plate`."""
    yield from _find_id_cards(view)
    yield from _find_credit_codes(view)
    yield from _find_passports(view)
    yield from _find_ssns(view)
    for match in _PLATE.finditer(view):
        if any("0" <= c <= "9" for c in match.group()):
            yield Span("plate", *match.span())


def _find_id_cards(view: str) -> Iterator[Span]:
    """Eighteen digits prove themselves by province, birth date and check digit.

    The table of counties in `stdnum.cn.ric.validate` asks too much: a county may be younger than who got a card there.
    """
    for match in _ID_CARD.finditer(view):
        number = re.sub(r"[ \-]", "", match.group()).upper()
        if _is_birth_date(number[6:14]) and (_has_check_digit(number) or cued(view, match.start(), _ID_CUE)):
            yield Span("id_card", *match.span())
    for match in _OLD_ID_CARD.finditer(view):
        if _is_birth_date("19" + match.group()[6:12]) and cued(view, match.start(), _OLD_ID_CUE, 36):
            yield Span("id_card", *match.span())


def _find_credit_codes(view: str) -> Iterator[Span]:
    for match in _CREDIT_CODE.finditer(view):
        from stdnum.cn import uscc

        if uscc.is_valid(match.group()) or cued(view, match.start(), _CREDIT_CUE):
            yield Span("credit_code", *match.span())


def _find_passports(view: str) -> Iterator[Span]:
    reached = -1
    for match in _PASSPORT.finditer(view):
        cue = _PASSPORT_CUE if match["letters"] else _PASSPORT_NUMBER_CUE
        joined = ALSO.match(view, reached) if reached >= 0 else None
        if cued(view, match.start(), cue, 36) or (joined and joined.end() == match.start()):
            reached = match.end()
            yield Span("passport", *match.span())


def _find_ssns(view: str) -> Iterator[Span]:
    for match in _SSN.finditer(view):
        if match["dash"] != "-" and not cued(view, match.start(), _SSN_CUE, 48):
            continue
        from stdnum.us import ssn

        if ssn.is_valid(digits_of(match.group())) and not is_catalogue_number(view, match.start()):
            yield Span("ssn", *match.span())


def _is_birth_date(digits: str) -> bool:
    try:
        return 1880 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year <= 2060
    except ValueError:
        return False


def _has_check_digit(number: str) -> bool:
    from stdnum.cn import ric

    return ric.calc_check_digit(number) == number[-1]


_ALONE, _END = r"(?<![\dA-Za-z])", r"(?![\dA-Za-z])"
_PROVINCE = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])"
_ID_CARD = re.compile(
    rf"(?:(?<![\dA-Za-z])|(?<=(?<![A-Za-z])ID)"
    rf"|(?<=(?<![A-Za-z])id))(?<!\d[\-.]){_PROVINCE}\d{{4}}[ \-]?[12]\d{{3}}[ \-]?\d{{4}}[ \-]?\d{{3}}[\dXx]"
    rf"{_END}(?!-\d)"
    rf"|(?<![\dA-Za-z\-]){_PROVINCE}\d[ \-]\d{{3}}[ \-][12]\d{{3}}[ \-]\d{{4}}[ \-]\d{{3}}[\dXx]{_END}"
    rf"|(?<![\dA-Za-z\-]){_PROVINCE}\d\d[ \-]\d\d[12]\d[ \-]\d{{4}}[ \-]\d{{4}}[ \-]\d[\dXx]{_END}"
)
_OLD_ID_CARD = re.compile(rf"{_ALONE}{_PROVINCE}\d{{13}}{_END}")
_ID_CUE = re.compile(
    r"(?:身份证|身份號|证件|身份号|身分证|公民身份|居民身份|(?<![a-z])(?:id card|identity card|id number|id no\.?"
    r"|id))"
    r"(?:号码|号|number|no\.?)?(?:[:：\s,，]|是|为|(?<![a-z])is|尾号|我的|发[你我您]|给[你我您]|[—-])*$",
    re.IGNORECASE,
)
_OLD_ID_CUE = re.compile(
    r"(?:身份证|身分证|身份号|公民身份|[的老旧]证|老号|(?<![a-z])id)(?:(?!银行|卡号|电话|手机|订单|单号|税号|账号|流水|编号)[^。！？!?\n\d]){0,24}$",
    re.IGNORECASE,
)
_CREDIT_CODE = re.compile(
    rf"{_ALONE}(?:[159][1-9]|[AN][1-9]"
    rf"|Y1){_PROVINCE}\d{{4}}(?:[ \-]?[0-9A-HJ-NPQRTUWXY]{{9}})[ \-]?[0-9A-HJ-NPQRTUWXY]{_END}",
    re.IGNORECASE,
)
_CREDIT_CUE = re.compile(
    r"(?:信用代码|税号|纳税人识别号|credit code)(?:证?号|码)?(?:[:：\s]|是|为|(?<![a-z])is)*$", re.IGNORECASE
)
_PASSPORT = re.compile(
    rf"{_ALONE}(?<![0-9A-Za-z][\-+])(?P<letters>[A-Za-z]{{1,2}}(?=\d))?(?(letters)\d{{6,8}}|\d{{9}}){_END}(?!-\d)"
)
_PASSPORT_CUE = re.compile(
    r"(?:护照|通行证|台胞证|回乡证|passport)(?:(?!身份证|电话|手机|订单|航班|车牌|flight|order|room|phone)[^。！？!?\n\d]){0,18}$",
    re.IGNORECASE,
)
_PASSPORT_NUMBER_CUE = re.compile(
    r"(?:护照|passport)(?:号码|号| ?numbers?| ?no\.?| ?#)?(?:['’]s(?![a-z]))?"
    r"(?:[:：\s#,，]|是|为|(?<![a-z])(?:is|was|it(?:'|’)s|it|the|one))*$",
    re.IGNORECASE,
)
_SSN = re.compile(rf"(?<![\dA-Za-z\-./])\d{{3}}(?P<dash>[ \-]?)\d{{2}}(?P=dash)\d{{4}}{_END}(?![\-./]\d)")
_SSN_CUE = re.compile(
    r"(?:(?<![a-z])(?:ssn|social security|social sec|social)(?![a-z])|社会安全号|社安号)[^.!?。！？\n\d]{0,28}$",
    re.IGNORECASE,
)
_PLATE = re.compile(
    r"(?:(?:[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][ ·•・.\-]?"
    r"(?:[A-HJ-K][A-HJ-NP-Z0-9]\d{4}|\d{5}[A-HJ-K]|[A-HJ-NP-Z0-9]{5}|[A-HJ-NP-Z0-9]{4}[学警港澳领挂]))"
    r"|WJ[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]?\d{4}[0-9A-Z])(?![0-9A-Za-z])",
    re.IGNORECASE,
)
