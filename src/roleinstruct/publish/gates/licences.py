"""The gate of licences: one in the card, a ledger of what a data set was made of, and whether the two agree."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from roleinstruct.publish.card_problem import listed
from roleinstruct.publish.card_words import LICENCES
from roleinstruct.publish.card_yaml import metadata_of
from roleinstruct.publish.gates.finding import Finding
from roleinstruct.publish.gates.licence_terms import normal, terms_of, why_not
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
        sources = _sources(staged)
        for source in sources:
            yield from _check_right(source, ("yes", "overlay") if is_overlay(staged) else ("yes",))
        yield from _check_fit([source for source in sources if source.get("may_publish") != "overlay"], _ours(staged))
        if not sources:
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


def _ours(staged: Staged) -> list[tuple[str, ...]]:
    """The card's licences, each by its names: what is no licence of the Hub's list has one of its own."""
    metadata = metadata_of(staged.text(CARD))
    own = str(metadata.get("license_name") or "")
    stated = [str(one).lower() for one in listed(metadata.get("license")) if one]
    return [(one, own) if one == "other" else (one,) for one in stated if one != "unknown"]


def _check_fit(sources: Sequence[Mapping[str, Any]], ours: Sequence[tuple[str, ...]]) -> Iterator[Finding]:
    """Whether the card's licence gives away what a source's does not give; a source without one is told already."""
    asked = [(str(source.get("name", "?")), str(source.get("license") or "unknown")) for source in sources]
    asked = [(name, licence) for name, licence in asked if licence != "unknown"]
    for name, licence in asked:
        for names in ours:
            reasons = [why_not(one, licence) for one in names]
            if all(reasons):
                told = f"{name} is under {licence}, which {reasons[0]}, and the card says {names[0]}"
                yield Finding("licence", f"{LEDGER} {name}", told, _mend(licence, [theirs for _, theirs in asked]))
                break


def _mend(licence: str, all_of_them: Sequence[str]) -> str:
    """What to do about a source under a licence that the card's does not fit."""
    terms = terms_of(normal(licence))
    if terms is None:
        return (
            "write its id in the Hub's list, such as cc-by-nc-sa-4.0; where it has none, and you have read that it "
            f"lets you, --allow licence:{LEDGER}"
        )
    if not terms.may_be_changed:
        return f"ask its owner for the right and --allow licence:{LEDGER} with what was said, or leave this source out"
    adaptable = [one for one in all_of_them if (known := terms_of(normal(one))) and known.may_be_changed]
    fitting = [one for one in (*_COMMON, *sorted(LICENCES)) if not any(why_not(one, theirs) for theirs in adaptable)]
    if fitting:
        return f"state {fitting[0]} in the card, or another licence that fits every source"
    return "no licence fits every source: leave this one out, or ask its owner for another"


_COMMON = ("cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "cc-by-nc-sa-4.0")
"""What is named first, where it fits."""
