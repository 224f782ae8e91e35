"""Where money lies: bank cards and IBANs."""

import re
from collections.abc import Iterator

from roleinstruct.cleaning.privacy.spans import Span
from roleinstruct.cleaning.privacy.view import cued, digits_of, is_catalogue_number, is_quantity

__all__ = ["find_accounts"]


def find_accounts(view: str) -> Iterator[Span]:
    """Find `bank_card` and `iban`."""
    yield from _find_cards(view)
    for match in _IBAN.finditer(view):
        end = _end_of_iban(match)
        if end:
            yield Span("iban", match.start(), end)


def _find_cards(view: str) -> Iterator[Span]:
    """A card has the first digits of a network, a length of that network, and the check digit of Luhn.

    A number that the text calls a bank card is one although it was mistyped.
    """
    for match in _CARD.finditer(view):
        number, start = digits_of(match.group()), match.start()
        if not _NETWORK.fullmatch(number):
            continue
        from stdnum import luhn

        called = cued(view, start, _CARD_CUE)
        excused = is_quantity(view, match.end()) or is_catalogue_number(view, start)
        if called or (luhn.is_valid(number) and not excused):
            yield Span("bank_card", *match.span())


def _end_of_iban(match: re.Match[str]) -> int:
    """Where the IBAN ends: words behind it may look like more of it; 0 for none."""
    from stdnum import iban

    text = match.group()
    for length in range(len(text), 14, -1):
        whole = length == len(text) or not text[length].isalnum()
        if whole and text[length - 1].isalnum() and iban.is_valid(text[:length]):
            return match.start() + length
    return 0


_CARD = re.compile(r"(?<![\dA-Za-z])(?<!\d[\-.])\d{3,6}(?:[ \-]?\d{1,7}){2,5}(?![\dA-Za-z])(?![.\-]\d)")
_NETWORK = re.compile(
    r"62\d{14,17}|(?:955|60[013569]|68|69|65|64|81|9[0-8])\d{13,16}|4\d{15}|4\d{18}|5[0-9]\d{14}|5\d{18}"
    r"|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|35\d{14}|3(?:0[0-5]|[68]\d)\d{11}"
)
_CARD_CUE = re.compile(
    r"(?:(?:银行|储蓄|借记|信用|工资|工行|建行|农行|中行|招行|交行|银联)(?:的?卡|账户|帐户)(?:号|的?号码)?|(?:银行"
    r"|收款|工资)(?:账号|帐号)"
    r"|(?<![a-z])(?:credit|debit|bank|visa|mastercard) ?(?:card)?(?: ?numbers?| ?no\.?)?)"
    r"(?:[:：\s,，]|是|为|(?<![a-z])is)*$",
    re.IGNORECASE,
)
_IBAN = re.compile(r"(?<![0-9A-Za-z])[A-Z]{2}\d{2}(?:[ \-]?[A-Z0-9]){11,30}(?![0-9A-Za-z])", re.IGNORECASE)
