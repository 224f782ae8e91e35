"""What the privacy room speaks in: kinds, the places of private data in a text, and what stands there afterwards."""

from dataclasses import dataclass

__all__ = ["KINDS", "Replacement", "Span"]

KINDS: tuple[str, ...] = (
    "id_card",
    "mobile",
    "landline",
    "bank_card",
    "email",
    "qq",
    "wechat",
    "plate",
    "passport",
    "credit_code",
    "address",
    "url",
    "ip",
    "phone",
    "iban",
    "ssn",
    "name",
)
"""The kinds of private data; `phone` is any telephone number outside mainland China."""


@dataclass(frozen=True, slots=True)
class Span:
    """Private data of a kind at `start` to `end` of a text, end excluded."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Replacement:
    """What was replaced, and by what.

    Attributes:
        kind: One of `KINDS`.
        start: Where it began in the original text.
        end: Where it ended in the original text, excluded.
        original: The private text.
        replacement: What stands there now.
    """

    kind: str
    start: int
    end: int
    original: str
    replacement: str
