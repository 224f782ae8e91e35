"""What would be published, with its card and what the gates say, before anything is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from roleinstruct.publish.bundles import write_bundle
from roleinstruct.publish.cards import card_for
from roleinstruct.publish.gates.finding import GateReport
from roleinstruct.publish.gates.gate import LINT_SCORE, check, expect_open
from roleinstruct.publish.remote import expect_repo_id
from roleinstruct.publish.staging import Staged

__all__ = ["Prepared"]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What would be published, before anything is sent.

    Attributes:
        staged: The files, with the card.
        repo_id: Where they go.
        report: What the gates found.
        allow: What they were told to let through, and why.
    """

    staged: Staged
    repo_id: str
    report: GateReport
    allow: Mapping[str, str]

    def write_bundle(self, target: Path) -> None:
        """Write them into an archive instead of sending them; see `bundles.write_bundle`.

        Raises:
            GateError: Something stands in the way.
            PublishError: The file exists already.
        """
        expect_open(self.report)
        write_bundle(self.staged, target, self.repo_id, self.allow)

    @classmethod
    def of(
        cls,
        staged: Staged,
        repo_id: str,
        allow: Mapping[str, str] | None = None,
        lint_score: float = LINT_SCORE,
        *,
        remember: bool = False,
    ) -> "Prepared":
        """Look at staged files, and make their card.

        Args:
            staged: The files.
            repo_id: "owner/name".
            allow: Exceptions of the gates and their reasons.
            lint_score: The least score of a data set, 0 to 100.
            remember: See `gate.check`.

        Raises:
            ConfigError: The name is none, or an exception names no gate.
            FolderError: A file cannot be read.
        """
        expect_repo_id(repo_id)
        report = check(staged, repo_id, allow=allow, lint_score=lint_score, remember=remember)
        return cls(staged.with_card(card_for(staged, repo_id, report)), repo_id, report, allow or {})
