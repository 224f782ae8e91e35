"""All gates at once, as the push runs them."""

from collections.abc import Iterator, Mapping
from itertools import chain

from roleinstruct.cleaning.lint.catalogue import choose
from roleinstruct.cleaning.lint.report import lint
from roleinstruct.dataset.overlay_tables import OVERLAY
from roleinstruct.errors import GateError
from roleinstruct.pipeline.linting import open_corpus
from roleinstruct.publish.gates.card import check_card
from roleinstruct.publish.gates.checks import check_adapter, check_files, check_names, check_size, check_space
from roleinstruct.publish.gates.finding import Finding, GateReport, report_of
from roleinstruct.publish.gates.licences import check_licence
from roleinstruct.publish.gates.texts import check_texts
from roleinstruct.publish.overlays import is_overlay, lint_score_of
from roleinstruct.publish.staging import Staged

__all__ = ["LINT_SCORE", "check", "expect_open"]

LINT_SCORE = 90.0
"""The least score of the linter, 0 to 100, with which a data set is published."""


def check(
    staged: Staged, repo_id: str, *, allow: Mapping[str, str] | None = None, lint_score: float = LINT_SCORE
) -> GateReport:
    """Look at everything that would be published.

    Args:
        staged: The files.
        repo_id: Where they would go.
        allow: Exceptions and their reasons, see `report_of`.
        lint_score: The least score of a data set, 0 to 100.

    Raises:
        ConfigError: An exception names no gate or has no reason.
        FolderError: A file cannot be read.
        PublishError: The YAML at the head of the card cannot be read.
    """
    found = chain(
        check_texts(staged, allow),
        check_files(staged),
        check_names(staged, repo_id),
        check_size(staged),
        check_licence(staged),
        _check_lint(staged, lint_score) if staged.kind == "dataset" else (),
        check_adapter(staged) if staged.kind == "adapter" else (),
        check_space(staged) if staged.kind == "space" else (),
        check_card(staged),
    )
    return report_of(list(found), allow or {})


def expect_open(report: GateReport) -> None:
    """Let nothing pass that stands in the way.

    Raises:
        GateError: Something does; the message tells the first of each gate.
    """
    if not report.findings:
        return
    firsts: dict[str, Finding] = {}
    for finding in report.findings:
        firsts.setdefault(finding.gate, finding)
    told = "; ".join(f"{f.where}: {f.what} – {f.mend}" for f in firsts.values())
    raise GateError(
        f"nothing was sent, {len(report.findings):,} findings stand in the way: {told}; --dry-run lists them all, and "
        "--allow NAME --because TEXT lets one through."
    )


def _check_lint(staged: Staged, least: float) -> Iterator[Finding]:
    if is_overlay(staged):
        if (score := lint_score_of(staged)) < least:
            what = f"the linter gave {score:.1f} of 100 for the data set it was made of, expected {least:.0f} or more"
            yield Finding("lint", OVERLAY, what, "see roleinstruct lint on that data set, mend its source, build again")
        return
    with open_corpus(staged.root) as corpus:
        report = lint(corpus, choose(), most=0)
    if report.score < least:
        worst = ", ".join(rule.id for rule in report.rules if report.counts[rule.id])
        yield Finding(
            "lint",
            "README.md",
            f"the linter gives {report.score:.1f} of 100, expected {least:.0f} or more ({worst})",
            "see roleinstruct lint DIR, and mend with --fix",
        )
