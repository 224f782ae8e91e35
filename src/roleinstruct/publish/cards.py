"""The cards as they are published: with the name of their repository, and what the gates let through."""

import re

from roleinstruct.publish.adapter_card import adapter_card
from roleinstruct.publish.card_regions import merged_card, region
from roleinstruct.publish.gates.finding import GateReport
from roleinstruct.publish.staging import CARD, Staged

__all__ = ["card_for"]


def card_for(staged: Staged, repo_id: str, report: GateReport) -> str:
    """The card of staged files as it goes to a repository.

    Args:
        staged: With the card of the local folder. A card that a person wrote alone stays as it is; the regions of ours
            are written anew for the files as they go.
        repo_id: "owner/name".
        report: Of the gates; its exceptions are listed in the card.

    Raises:
        FolderError: A file of an adapter cannot be read.
    """
    card = staged.text(CARD)
    if staged.kind == "dataset":
        card = _LOAD.sub(lambda found: _NAME.sub(rf'\g<1>"{repo_id}"', found[0]), card)
    elif staged.kind == "metric":
        card = _METRIC.sub(rf'\g<1>"{repo_id}"', card)
    elif staged.kind == "adapter" and _OURS in card:
        ours = adapter_card(lambda name: staged.text(name) if name in staged.files else None, repo_id)
        card = merged_card(ours, card)
    return _with_exceptions(card, report)


def _with_exceptions(card: str, report: GateReport) -> str:
    """With the region of the exceptions at the end, or without one where there are none."""
    if not report.exceptions:
        return _EXCEPTIONS.sub("", card)
    rows = "\n".join(f"- `{row['name']}` ({row['findings']:,}): {row['because']}" for row in report.exceptions)
    lead = "The checks before publishing stopped at these, and the publisher let them through:"
    told = region("exceptions", f"## Let through all the same\n\n{lead}\n\n{rows}")
    if _EXCEPTIONS.search(card):
        return _EXCEPTIONS.sub(lambda _: f"\n\n{told}", card)
    return f"{card.rstrip()}\n\n{told}\n"


_OURS = "<!-- roleinstruct:"
_LOAD = re.compile(r"<!-- roleinstruct:load -->.*?<!-- /roleinstruct:load -->", re.DOTALL)
_METRIC = re.compile(r'(evaluate\.load\()"[^"\n]*"')
_NAME = re.compile(r'(load_dataset\()"[^"\n]*"')
_EXCEPTIONS = re.compile(r"\s*<!-- roleinstruct:exceptions -->.*?<!-- /roleinstruct:exceptions -->", re.DOTALL)
