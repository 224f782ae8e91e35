"""The gate of the card: what a hub would refuse, or a reader could not use."""

from collections.abc import Iterator
from typing import cast

from roleinstruct.publish.card_rules import CardKind, problems_of
from roleinstruct.publish.gates.finding import Finding
from roleinstruct.publish.staging import CARD, REPO_TYPES, Staged

__all__ = ["check_card"]


def check_card(staged: Staged) -> Iterator[Finding]:
    """See `problems_of`."""
    kind = cast("CardKind", REPO_TYPES[staged.kind])
    for problem in problems_of(staged.text(CARD), kind, staged.files):
        yield Finding("card", f"{CARD} {problem.where}", problem.what, problem.mend)
