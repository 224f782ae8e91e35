"""Private data out of a text: identifiers become placeholders, names become other names."""

import re
from collections.abc import Collection, Iterable
from operator import attrgetter

from roleinstruct.cleaning.privacy.identifiers import find_identifiers
from roleinstruct.cleaning.privacy.names import People
from roleinstruct.cleaning.privacy.spans import KINDS, Replacement
from roleinstruct.cleaning.privacy.wordlists import any_of
from roleinstruct.errors import ConfigError
from roleinstruct.language import language_of

__all__ = ["Anonymiser"]


class Anonymiser:
    """Masks texts, one like the other: the same name becomes the same pseudonym everywhere."""

    def __init__(self, kinds: Collection[str] = KINDS, people: People | None = None) -> None:
        """Say what to mask.

        Args:
            kinds: Some of `KINDS`.
            people: Who is named; without them no name is replaced.

        Raises:
            ConfigError: There is no such kind.
        """
        if unknown := sorted(set(kinds) - set(KINDS)):
            raise ConfigError(f"{', '.join(unknown)} is no kind of private data; expected some of {', '.join(KINDS)}.")
        self._kinds = frozenset(kinds)
        self._people = people if "name" in self._kinds else None

    def apply(self, text: str) -> tuple[str, tuple[Replacement, ...]]:
        """Mask a text.

        What is masked may lay bare what it hid, such as the second of two numbers that shared digits, and so the
        result is searched again until nothing is left. Applied to its own result it changes nothing.

        Returns:
            The text, and what was replaced, in order, with places in the original text.
        """
        done: list[Replacement] = []
        masked, language = text, ""
        for _ in range(_ROUNDS):
            found = self._identifiers(masked, language) or self._names(masked)
            if not found:
                break
            if not done:
                language = _language(text, found)
                found = self._identifiers(masked, language) or found
            done = _merge(text, done, found, masked)
            masked = _render(text, done)
        return masked, tuple(done)

    def _identifiers(self, text: str, language: str) -> list[Replacement]:
        return [
            Replacement(s.kind, s.start, s.end, text[s.start : s.end], _placeholder(s.kind, language))
            for s in find_identifiers(text)
            if s.kind in self._kinds
        ]

    def _names(self, text: str) -> list[Replacement]:
        if self._people is None:
            return []
        found = self._people.find(text)
        holes = [match.span() for match in _PLACEHOLDERS.finditer(text)] if found else []
        return [r for r in found if not any(r.start < end and start < r.end for start, end in holes)]


def _placeholder(kind: str, language: str) -> str:
    chinese, english = _NAMES[kind]
    return f"[{english}]" if language == "en" else f"[{chinese}]"


def _language(text: str, found: Iterable[Replacement]) -> str:
    """The language of what is not private: an e-mail address has many Latin words."""
    pieces, end = [], 0
    for replacement in found:
        pieces.append(text[end : replacement.start])
        end = replacement.end
    if language := language_of("".join(pieces) + text[end:]):
        return language
    return "en" if all(r.kind in _WESTERN for r in found) else "zh"


def _render(text: str, done: Iterable[Replacement]) -> str:
    pieces, end = [], 0
    for replacement in done:
        pieces += [text[end : replacement.start], replacement.replacement]
        end = replacement.end
    return "".join(pieces) + text[end:]


def _merge(text: str, done: list[Replacement], found: list[Replacement], masked: str) -> list[Replacement]:
    """Earlier replacements and those found in the masked text, all with places in the original.

    A find that touches an earlier replacement swallows it.
    """
    places = _places(done)
    reached = 0
    for hit in found:
        touched = [(start, end) for start, end, _ in places if start < hit.end and hit.start < end]
        start = min([hit.start, *(s for s, _ in touched)])
        end = max([hit.end, *(e for _, e in touched)])
        if start < reached:
            continue  # the next round finds it again
        reached = end
        first, last = _original(start, places), _original(end, places)
        new = masked[start : hit.start] + hit.replacement + masked[hit.end : end]
        done = [r for r in done if r.end <= first or r.start >= last]
        done.append(Replacement(hit.kind, first, last, text[first:last], new))
    return sorted(done, key=attrgetter("start"))


_Place = tuple[int, int, Replacement]


def _places(done: Iterable[Replacement]) -> list[_Place]:
    """Where in the masked text each replacement stands."""
    places: list[_Place] = []
    shift = 0
    for r in done:
        start = r.start + shift
        places.append((start, start + len(r.replacement), r))
        shift += len(r.replacement) - (r.end - r.start)
    return places


def _original(place: int, places: Iterable[_Place]) -> int:
    """The place in the original text of one in the masked text that lies inside no replacement."""
    before = [(end, r.end) for _, end, r in places if end <= place]
    return place - before[-1][0] + before[-1][1] if before else place


_ROUNDS = 20
"""More than any text needs: each round leaves fewer characters outside of placeholders and pseudonyms."""

_NAMES = {
    "id_card": ("身份证号", "ID card number"),
    "mobile": ("手机号", "mobile number"),
    "landline": ("座机号", "landline number"),
    "bank_card": ("银行卡号", "bank card number"),
    "email": ("邮箱地址", "e-mail address"),
    "qq": ("QQ号", "QQ number"),
    "wechat": ("微信号", "WeChat ID"),
    "plate": ("车牌号", "licence plate"),
    "passport": ("护照号", "passport number"),
    "credit_code": ("信用代码", "company code"),
    "address": ("地址", "address"),
    "url": ("网址", "web address"),
    "ip": ("IP地址", "IP address"),
    "phone": ("电话号码", "phone number"),
    "iban": ("银行账号", "bank account number"),
    "ssn": ("社会保障号", "social security number"),
}
_WESTERN = frozenset({"phone", "iban", "ssn", "url", "ip", "email"})
_PLACEHOLDERS = re.compile(any_of(tuple(f"[{name}]" for both in _NAMES.values() for name in both)))
