"""The gate of licences: one in the card, a ledger of what a data set was made of, and whether the two agree."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from roleinstruct.publish.card_problem import listed
from roleinstruct.publish.card_regions import metadata_of
from roleinstruct.publish.gates.finding import Finding
from roleinstruct.publish.overlays import is_overlay
from roleinstruct.publish.staging import CARD, Staged

__all__ = ["LEDGER", "check_licence"]

LEDGER = "reports/sources.json"
"""The file that says what a data set was made of, and by what right that is published."""


def check_licence(staged: Staged) -> Iterator[Finding]:
    """A licence in the card, and for data a ledger of what they were made of and by what right they are published.

    Raises:
        PublishError: The YAML at the head of the card cannot be read.
    """
    stated = [str(one).lower() for one in listed(metadata_of(staged.text(CARD)).get("license"))]
    if not any(stated) or "unknown" in stated:
        yield Finding(
            "licence",
            CARD,
            "the card states no licence, so that nobody may use it",
            "state card.license in the builder, or --license with roleinstruct card write, once you know who owns it",
        )
    if staged.kind == "dataset":
        for source in _sources(staged):
            yield from _check_right(source, ("yes", "overlay") if is_overlay(staged) else ("yes",))
            yield from _check_fit(source, stated)
        if not _sources(staged):
            yield Finding(
                "licence",
                LEDGER,
                "nobody has said what this data set was made of",
                "list card.sources in the builder: name, license, may_publish and because of each source",
            )


def _sources(staged: Staged) -> list[Mapping[str, Any]]:
    """The rows of the ledger; none where it cannot be read."""
    try:
        found = json.loads(staged.text(LEDGER)) if LEDGER in staged.files else {}
    except ValueError:
        found = {}
    rows = found.get("sources") if isinstance(found, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _check_right(source: Mapping[str, Any], enough: tuple[str, ...]) -> Iterator[Finding]:
    name, said = source.get("name", "?"), source.get("may_publish", "unknown")
    if said not in enough:
        yield Finding(
            "licence",
            f"{LEDGER} {name}",
            f"the right to publish what was made of {name} is stated as {said!r}",
            "ask its owner, and set may_publish: yes with the reason; or, where what was made without its words "
            "may go, set may_publish: overlay and publish what roleinstruct overlay makes",
        )
    elif source.get("license", "unknown") in ("", "unknown"):
        yield Finding("licence", f"{LEDGER} {name}", f"{name} has no licence", "state the licence of this source")


def _check_fit(source: Mapping[str, Any], stated: list[str]) -> Iterator[Finding]:
    """Whether the card's licence gives away what the source's does not give."""
    name, theirs = source.get("name", "?"), str(source.get("license", "")).lower()
    ours = [licence for licence in stated if licence not in ("", "unknown", "other")]
    for what, shape, mend in _BOUNDS:
        if shape.search(theirs) and any(not shape.search(licence) for licence in ours):
            told = f"{name} is under {theirs}, which {what}, and the card says {', '.join(ours)}"
            yield Finding("licence", f"{LEDGER} {name}", told, mend)
            return


_BOUNDS = (
    (
        "lets nobody publish what was made of it",
        re.compile(r"-nd\b"),
        "ask its owner for the right, or leave this source out",
    ),
    (
        "is not for commerce",
        re.compile(r"-nc\b|non-?commercial|research"),
        "state a licence in the card that is not for commerce either, such as cc-by-nc-4.0",
    ),
    (
        "has to be kept for what is made of it",
        re.compile(r"-sa\b|^a?gpl|^lgpl|^odbl|cdla-sharing"),
        "state the source's own licence in the card, or one that it names as its like",
    ),
)
"""What a licence asks of those who publish what they made of the work, by the Hub's names of licences."""
