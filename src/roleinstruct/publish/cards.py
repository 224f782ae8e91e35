"""The cards as they are published: with the name of their repository, and what the gates let through."""

from roleinstruct.publish.card_regions import merged_card, metadata_of, region, with_metadata
from roleinstruct.publish.gates.finding import GateReport
from roleinstruct.publish.staging import CARD, Staged

__all__ = ["card_for"]


def card_for(staged: Staged, repo_id: str, report: GateReport) -> str:
    """The card of staged files as it goes to a repository.

    Args:
        staged: With the card of the local folder.
        repo_id: "owner/name".
        report: Of the gates; its exceptions are listed in the card.
    """
    card = staged.text(CARD).replace(f'"{staged.root}"', f'"{repo_id}"')
    if not report.exceptions:
        return card
    rows = "\n".join(f"- `{row['name']}` ({row['findings']:,}): {row['because']}" for row in report.exceptions)
    told = region("exceptions", f"## Let through all the same\n\n{rows}")
    return merged_card(with_metadata(metadata_of(card), told), card)
