"""The cards as they are published: with the name of their repository, and what the gates let through."""

import re

from roleinstruct.publish.adapter_card import adapter_card
from roleinstruct.publish.card_regions import merged_card, region, with_region
from roleinstruct.publish.gates.finding import GateReport
from roleinstruct.publish.staging import CARD, Staged

__all__ = ["card_for"]


def card_for(staged: Staged, repo_id: str, report: GateReport) -> str:
    """The card of staged files as it goes to a repository.

    Args:
        staged: With the card of the local folder. A card that a person wrote alone stays as it is; the regions of ours
            are written anew for the files as they go.
        repo_id: "owner/name".
        report: Of the gates; its exceptions are listed in the card, and the linter's score where no report of it is.

    Raises:
        FolderError: A file of an adapter cannot be read.
    """
    card = staged.text(CARD)
    if staged.kind == "dataset":
        card = with_region(card, "load", lambda text: _NAME.sub(rf'\g<1>"{repo_id}"', text))
        if report.lint_score is not None:
            told = f"Before it was published, `roleinstruct lint` gave it {report.lint_score:.1f} of 100."
            card = with_region(card, "lint", lambda text: _NO_LINT.sub(told, text))
    elif staged.kind == "metric":
        card = _METRIC.sub(rf'\g<1>"{repo_id}"', card)
    elif staged.kind == "adapter" and _OURS in card:
        ours = adapter_card(lambda name: staged.text(name) if name in staged.files else None, repo_id)
        card = merged_card(ours, card)
    return _with_exceptions(card, report)


def _with_exceptions(card: str, report: GateReport) -> str:
    """With the region of the exceptions at the end, or without one where there are none."""
    without = with_region(card, "exceptions", lambda _: "")
    if not report.exceptions:
        return card if without == card else f"{without.rstrip()}\n"
    rows = "\n".join(f"- `{row['name']}` ({row['findings']:,}): {row['because']}" for row in report.exceptions)
    lead = "The checks before publishing stopped at these, and the publisher let them through:"
    told = region("exceptions", f"## Let through all the same\n\n{lead}\n\n{rows}")
    return f"{without.rstrip()}\n\n{told}\n"


_OURS = "<!-- roleinstruct:"
_METRIC = re.compile(r'(evaluate\.load\()"[^"\n]*"')
_NO_LINT = re.compile(r"No report of `roleinstruct lint` was recorded\.|Before it was published, `roleinstruct lint`.*")
"""What a card says whose folder holds no report of the linter: a build makes none. The gate has asked it anew."""
_NAME = re.compile(r'(load_dataset\()"[^"\n]*"')
