"""The emotion words of a source, and those among them that mean none of the ten."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from roleinstruct.emotions import Emotion
from roleinstruct.errors import LabelError
from roleinstruct.records import Notice, Place

__all__ = ["Labels"]


@dataclass(slots=True)
class Labels:
    """Reads emotion words, and says of each unknown one once that it is unknown.

    Attributes:
        table: Words of the source, in any case, to names of the ten.
        only_table: Whether words that are not in the table are unknown, even where `Emotion.parse` knows them.
    """

    table: Mapping[str, str] = field(default_factory=dict)
    only_table: bool = False
    _known: dict[str, Emotion | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._known = {_key(word): Emotion.parse(name) for word, name in self.table.items()}

    def find(self, word: str) -> Emotion | None:
        """The emotion of a word, None for any other word."""
        key = _key(word)
        if key in self._known:
            return self._known[key]
        return None if self.only_table else _parse(word)

    def read(self, word: str, place: Place) -> tuple[Emotion | None, Notice | None]:
        """The emotion of a word, None for an empty or unknown one; a notice where an unknown word is seen first."""
        key = _key(word)
        if not key:
            return None, None
        if key in self._known:
            return self._known[key], None
        self._known[key] = None if self.only_table else _parse(key)
        if self._known[key] is not None:
            return self._known[key], None
        notice = f"the emotion {word!r} is none of the ten and has no place in the label table: its lines have none."
        return None, Notice(notice, place)


def _key(word: str) -> str:
    return unicodedata.normalize("NFKC", word).strip().casefold()


def _parse(word: str) -> Emotion | None:
    try:
        return Emotion.parse(word)
    except LabelError:
        return None
