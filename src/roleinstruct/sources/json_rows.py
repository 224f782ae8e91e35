"""The rows of a JSON file: its values, with wrappers opened, and what its head tells of them."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from roleinstruct.sources.json_brackets import begins_object
from roleinstruct.sources.json_stream import Gap, Item, values
from roleinstruct.sources.reading import Head
from roleinstruct.sources.text import lines

__all__ = ["are_parted", "first_objects", "rows"]


def rows(numbered: Iterable[tuple[int, str]]) -> Iterator[Item]:
    """As `values`, with the rows of a wrapper such as {"data": [...]} in its place; each has the wrapper's lines."""
    for first, last, value in values(numbered):
        inner = _wrapped(value)
        if inner is None:
            yield first, last, value
        else:
            yield from ((first, last, row) for row in inner)


def first_objects(head: Head, limit: int = 200) -> list[Mapping[str, object]]:
    """The objects among the first rows of a file, to tell its shape; empty for a file that is not JSON.

    Its head is enough, but where the first value is longer than that.
    """
    if head.text.lstrip()[:1] not in ("{", "[") and '{"' not in head.text:
        return []
    found = _objects(_rows_of_head(head), limit)
    return found if found or not begins_object(head.text) else _objects(rows(lines(head)), limit)


def are_parted(head: Head) -> bool:
    """Whether blank lines part groups of rows: there are some, but not behind every row."""
    found = [isinstance(value, Gap) for _, _, value in _rows_of_head(head)]
    return 0 < 3 * sum(found) <= len(found)


_WRAPPERS = ("data", "rows", "items", "train")
_WRAPPERS_OF_LISTS = ("conversations", "dialogues", "dialogs", "chats")


def _objects(items: Iterator[Item], limit: int) -> list[Mapping[str, object]]:
    return [value for _, _, value in islice(items, limit) if isinstance(value, dict)]


def _rows_of_head(head: Head) -> Iterator[Item]:
    return rows(enumerate(head.text.split("\n"), start=1))


def _wrapped(value: object) -> list[object] | None:
    """The rows in a wrapper; a conversation is none, though its messages may lie under the same key."""
    if not isinstance(value, dict):
        return None
    for key in (*_WRAPPERS, *_WRAPPERS_OF_LISTS):
        inner = value.get(key)
        if not isinstance(inner, list) or not inner or not all(isinstance(row, dict) for row in inner):
            continue
        if key in _WRAPPERS or any(isinstance(part, list) for part in inner[0].values()):
            return inner
    return None
