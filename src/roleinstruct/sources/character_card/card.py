"""A character card: what its specification knows of it, and what it does not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["FIELDS_OF_1", "TEXTS", "TEXT_LISTS", "Card", "Version", "as_json", "printable"]

Version = Literal[1, 2, 3]

FIELDS_OF_1 = ("name", "description", "personality", "scenario", "first_mes", "mes_example")
"""All that version 1 has, at the top of the document."""

TEXTS = (
    *FIELDS_OF_1,
    *("creator_notes", "system_prompt", "post_history_instructions", "creator", "character_version", "nickname"),
)
"""The fields that hold a text; all but the nickname must be there from version 2 on."""

TEXT_LISTS = ("alternate_greetings", "tags", "group_only_greetings", "source")
"""The fields that hold a list of texts. The last two are of version 3; only `source` may be left out."""


@dataclass(frozen=True, slots=True)
class Card:
    """A card as it was read.

    Attributes:
        version: Of the specification.
        data: Its fields under the specification's names, and others that stood among them; JSON values.
        outer: What stood beside them at the top of the document and was no copy of one.
        spec_version: As the document has it, such as "3.0"; "" for version 1.
    """

    version: Version
    data: Mapping[str, object]
    outer: Mapping[str, object]
    spec_version: str = ""

    @property
    def name(self) -> str:
        """The character's name."""
        return str(self.data["name"])


def as_json(card: Card, version: Version) -> dict[str, object]:
    """The document of a card in a version of the specification, with every field that must be there.

    Nothing is left out: what an older version does not know stands in it all the same, as its rule about unknown fields
    wants it. Only version 1, which has six fields and no others, keeps the rest at its top.
    """
    if version == 1:
        rest = {key: value for key, value in card.data.items() if key not in FIELDS_OF_1}
        return {**card.outer, **rest, **{key: card.data.get(key, "") for key in FIELDS_OF_1}}
    number = card.spec_version if card.version == version and card.spec_version else f"{version}.0"
    data = {**_missing(card.data, version), **card.data}
    if isinstance(book := data.get("character_book"), dict):
        entries = [_entry(number, entry, version) for number, entry in enumerate(book.get("entries", []), 1)]
        data["character_book"] = {**book, "extensions": book.get("extensions", {}), "entries": entries}
    return {**card.outer, "spec": f"chara_card_v{version}", "spec_version": number, "data": data}


def printable(name: str) -> str:
    """A name as it is shown and spoken: no characters that steer a terminal, and single blanks."""
    return " ".join("".join(c for c in name if c.isprintable() or c.isspace()).split())


def _missing(data: Mapping[str, object], version: Version) -> dict[str, object]:
    lists = TEXT_LISTS[:3] if version == 3 else TEXT_LISTS[:2]
    empty: dict[str, object] = {**dict.fromkeys(TEXTS[:-1], ""), **{key: [] for key in lists}, "extensions": {}}
    return {key: value for key, value in empty.items() if key not in data}


def _entry(number: int, entry: Mapping[str, object], version: Version) -> dict[str, object]:
    """An entry of a lorebook; from version 3 on it must say whether its keys are regular expressions."""
    must: dict[str, object] = {"keys": [], "content": "", "extensions": {}, "enabled": True, "insertion_order": number}
    if version == 3:
        must["use_regex"] = False
    return {**entry, **{key: value for key, value in must.items() if key not in entry}}
