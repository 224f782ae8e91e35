"""What is told of pairs that are alike: in the report on them, and with what was left out."""

from collections.abc import Collection, Iterator
from typing import Any

from roleinstruct.cleaning.duplicates import DuplicatePair

__all__ = ["explanations", "likeness"]


def likeness(pair: DuplicatePair) -> dict[str, Any]:
    """What a row that was left out for another says of it in its payload: the other's id, and how alike they are."""
    return {"kept": pair.kept_id, "similarity": round(pair.similarity, 4)}


def explanations(
    level: str, character: str, pairs: Collection[DuplicatePair], dropped: Collection[DuplicatePair]
) -> Iterator[dict[str, Any]]:
    """The pairs as rows of the report; `dropped` are those whose later item was left out for the earlier."""
    reasons = frozenset(dropped)
    for pair in pairs:
        yield {
            "level": level,
            "character": character,
            "earlier": pair.kept_id,
            "later": pair.dropped_id,
            "similarity": round(pair.similarity, 4),
            "exact": pair.exact,
            "shared": list(pair.shared),
            "dropped": pair in reasons,
        }
