"""The JSON of a card, read with suspicion: it comes from strangers."""

import json
import re
from collections.abc import Mapping
from itertools import chain

from roleinstruct.errors import SourceError
from roleinstruct.sources.character_card.card import FIELDS_OF_1, TEXT_LISTS, TEXTS, Card, printable
from roleinstruct.sources.character_card.limits import DEEPEST, LARGEST_CARD, MOST_PARTS

__all__ = ["parse_card"]


def parse_card(text: bytes | str, where: str) -> Card:
    """Read a card's document.

    A field that is null counts as not there, a number where a text belongs is taken for its digits, and a text where
    a list of texts belongs for a list of one; so it is in the lorebook and its entries. Half a surrogate pair becomes
    U+FFFD, since no file could hold it.

    Args:
        text: JSON; bytes are UTF-8.
        where: What to call it in a message, such as "mei.png".

    Raises:
        SourceError: It is too large, no JSON, no card, or a field holds what the specification does not let it hold.
    """
    document = _load(text, where)
    if not isinstance(document, dict):
        raise SourceError(f"{where} holds a JSON {_kind(document)}, and the object of a character card was expected.")
    data = document.get("data")
    if not isinstance(data, dict) and "spec" in document:
        spec = str(document["spec"])[:40]
        raise SourceError(f'{where} says that it is {spec!r} and has no object "data": it is cut or damaged.')
    if isinstance(data, dict):
        number = _number(document.get("spec"), where)
        copies = {key for key, value in document.items() if key in data and data[key] == value}
        outer = {k: v for k, v in document.items() if k not in {"spec", "spec_version", "data", *copies}}
        said = str(document.get("spec_version") or (f"{number}.0" if number > 3 else ""))
        return Card(2 if number == 2 else 3, _checked(data, where), outer, said)
    if not any(key in document for key in FIELDS_OF_1[1:]):
        raise SourceError(f"{where} holds JSON, but no field of a character card such as {', '.join(FIELDS_OF_1[:5])}.")
    data = {key: document[key] for key in FIELDS_OF_1 if key in document}
    return Card(1, _checked(data, where), {k: v for k, v in document.items() if k not in FIELDS_OF_1})


def _number(spec: object, where: str) -> int:
    """The version that a document says it is of; where it says nothing it is 2, as the first that has "data"."""
    found = _SPEC.fullmatch(str(spec or "chara_card_v2").strip())
    if not found:
        raise SourceError(
            f"{where} says that its spec is {str(spec)[:40]!r}, and chara_card_v2 or chara_card_v3 was expected: it is "
            "something else than a character card."
        )
    return int(found[1])


_SPEC = re.compile(r"chara_card_v([2-9])", re.IGNORECASE)


def _load(text: bytes | str, where: str) -> object:
    if len(text) > LARGEST_CARD:
        raise SourceError(
            f"{where} holds a card of more than {LARGEST_CARD >> 20} MiB, which none needs: leave it out."
        )
    try:
        text = text.decode() if isinstance(text, bytes) else text
        if sum(map(text.count, ",[{")) > MOST_PARTS:
            raise SourceError(
                f"{where} holds a card of more than {MOST_PARTS:,} values, which none needs: leave it out."
            )
        value = json.loads(text.removeprefix("\ufeff"), parse_constant=_refuse, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise SourceError(f"the card in {where} is not UTF-8 (byte {error.start}): it is damaged.") from error
    except RecursionError as error:
        raise SourceError(f"{where} holds a card of endless brackets within brackets: leave it out.") from error
    except ValueError as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError(f"the card in {where} is no JSON ({error}): it is cut or damaged.") from error
    if _is_deeper(value, DEEPEST):
        raise SourceError(f"{where} holds a card with more than {DEEPEST} levels of brackets: leave it out.")
    if _HALF_PAIR.search(text):
        whole = json.dumps(value, ensure_ascii=False).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return json.loads(whole)
    return value


_HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")


def _refuse(word: str) -> object:
    raise ValueError(f"{word} is no number of JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if abs(number) != float("inf") else float(str(_refuse(digits)))


def _is_deeper(value: object, levels: int) -> bool:
    level = [value]
    for _ in range(levels + 1):
        level = list(chain.from_iterable(map(_inner, level)))
        if not level:
            return False
    return True


def _inner(value: object) -> list[object]:
    """The lists and objects right within a value."""
    parts = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    return [part for part in parts if isinstance(part, list | dict)]


def _checked(data: Mapping[str, object], where: str) -> dict[str, object]:
    checked = {key: _field(key, value, where) for key, value in data.items() if value is not None}
    if not printable(str(checked.get("name", ""))):
        raise SourceError(f'the card in {where} names nobody; its field "name" must say who the character is.')
    return checked


def _field(key: str, value: object, where: str) -> object:
    if key in TEXTS:
        return _text(key, value, where)
    if key in TEXT_LISTS:
        return _texts(key, value, where)
    wanted: dict[str, type] = {
        **dict.fromkeys(("extensions", "creator_notes_multilingual", "character_book"), dict), "assets": list
    }  # fmt: skip
    if key in wanted and not isinstance(value, wanted[key]):
        raise _wrong(key, value, "an object" if wanted[key] is dict else "a list", where)
    return _book(value, where) if isinstance(value, dict) and key == "character_book" else value


def _book(book: Mapping[str, object], where: str) -> dict[str, object]:
    said = {key: value for key, value in book.items() if value is not None}
    entries = said.get("entries", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise _wrong("character_book.entries", entries, "a list of objects", where)
    for entry in entries:
        _tidy(entry, where)
    return said


def _tidy(entry: dict[str, object], where: str) -> None:
    """Mend an entry of a lorebook in its place: copies of all would need too much memory."""
    for key in [key for key, value in entry.items() if value is None]:
        del entry[key]
    if "content" in entry:
        entry["content"] = _text("character_book.entries.content", entry["content"], where)
    if "keys" in entry:
        entry["keys"] = _texts("character_book.entries.keys", entry["keys"], where)


def _texts(key: str, value: object, where: str) -> list[str]:
    parts = value if isinstance(value, list) else [value]
    return [_text(key, part, where, "a list of texts") for part in parts if part is not None]


def _text(key: str, value: object, where: str, wanted: str = "a text") -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise _wrong(key, value, wanted, where)


def _wrong(key: str, value: object, wanted: str, where: str) -> SourceError:
    return SourceError(f"the field {key} of the card in {where} is a {_kind(value)}, and {wanted} was expected.")


def _kind(value: object) -> str:
    names = {dict: "object", list: "list", str: "text", bool: "truth value", type(None): "null"}
    return names.get(type(value), "number")
