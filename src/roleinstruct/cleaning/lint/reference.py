"""A reference corpus, to find text that was taken from it without saying so."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from roleinstruct.cleaning.ngrams import normalise

__all__ = ["Reference"]


@dataclass(frozen=True, slots=True)
class Reference:
    """Lines of a corpus, by what is left of them without case, width, blanks and punctuation.

    Attributes:
        name: What to call it in a finding.
        lines: Normalised line to its first place.
    """

    name: str
    lines: dict[str, str] = field(repr=False)

    @classmethod
    def of(cls, name: str, lines: Iterable[tuple[str, str]]) -> "Reference":
        """Take in (text, place) pairs; lines too short to prove anything are left out by whoever asks."""
        known: dict[str, str] = {}
        for text, place in lines:
            known.setdefault(normalise(text), place)
        return cls(name, known)

    def find(self, text: str) -> str | None:
        """The place of the same line in the corpus, or None."""
        return self.lines.get(normalise(text))
