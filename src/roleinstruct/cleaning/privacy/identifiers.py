"""Numbers and addresses that lead to a person: every kind of private data but names."""

import re
from bisect import bisect
from collections.abc import Iterator
from functools import lru_cache

from roleinstruct.cleaning.privacy.accounts import find_accounts
from roleinstruct.cleaning.privacy.contacts import find_contacts
from roleinstruct.cleaning.privacy.documents import find_documents
from roleinstruct.cleaning.privacy.network import find_network
from roleinstruct.cleaning.privacy.phones import find_phones
from roleinstruct.cleaning.privacy.places import find_places
from roleinstruct.cleaning.privacy.spans import Span
from roleinstruct.cleaning.privacy.view import plain

__all__ = ["find_identifiers"]


def find_identifiers(text: str) -> list[Span]:
    """Find private data that form, check digits or a word in front prove.

    Full-width characters, and spaces and dashes inside numbers, make no difference. A number inside a longer run of
    digits is none.

    Returns:
        Spans in order, none overlapping another: of two that do, the one whose form proves more stays, then the longer.

    Examples:
        >>> find_identifiers("打１３８１２３４５６７８找我")
        [Span(kind='mobile', start=1, end=12)]
    """
    view = plain(text)
    return list(_found(view)) if _ANYTHING.search(view) else []


@lru_cache(maxsize=1 << 15)  # a text stands in several tables, and the gates and the linter look at each
def _found(view: str) -> tuple[Span, ...]:
    kept: list[Span] = []
    for span in sorted(_candidates(view), key=lambda s: (_STRENGTH[s.kind], s.start - s.end, s.start)):
        place = bisect(kept, span.start, key=lambda s: s.start)
        if all(span.end <= other.start or span.start >= other.end for other in kept[max(0, place - 1) : place + 1]):
            kept.insert(place, span)  # in order, so that none but its neighbours can overlap it
    return tuple(kept)


def _candidates(view: str) -> Iterator[Span]:
    yield from find_contacts(view)
    yield from find_network(view)
    yield from find_places(view)
    if _NUMBER.search(view):
        yield from find_documents(view)
        yield from find_accounts(view)
        yield from find_phones(view)


# Without any of these no recogniser finds anything.
_ANYTHING = re.compile(
    r"\d|@|://|www\.|[A-Za-z]/|微信|薇信|威信|V信|we ?chat|weixin|wx|vx|[加的]v|v[:：]|卫星|::"
    r"|[零〇一二三四五六七八九十百两甲乙丙丁A-Z东西南北]\s?(?:号"
    r"|弄|栋|幢|座|组|社|单元|室|房|#)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d[^\n]{0,6}\d")
_STRENGTH = {
    kind: place
    for place, kinds in enumerate(
        (
            ("url", "email", "iban"),
            ("id_card", "credit_code"),
            ("wechat", "qq", "ssn", "passport"),
            ("bank_card",),
            ("mobile",),
            ("landline", "phone", "plate", "ip"),
            ("address",),
        )
    )
    for kind in kinds
}
