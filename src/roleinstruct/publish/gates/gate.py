"""All gates at once, as the push runs them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from hashlib import sha256
from itertools import chain

from roleinstruct.cleaning.lint.catalogue import choose
from roleinstruct.cleaning.lint.material import Corpus
from roleinstruct.cleaning.lint.report import lint
from roleinstruct.dataset.overlay_tables import OVERLAY
from roleinstruct.errors import GateError
from roleinstruct.pipeline.linting import TABLES, open_corpus
from roleinstruct.publish.gates.card import check_card
from roleinstruct.publish.gates.checks import check_adapter, check_files, check_names, check_size, check_space
from roleinstruct.publish.gates.finding import Finding, GateReport, report_of
from roleinstruct.publish.gates.licences import check_licence
from roleinstruct.publish.gates.remembered import Linted, Memory
from roleinstruct.publish.gates.texts import check_texts
from roleinstruct.publish.overlays import is_overlay, lint_score_of
from roleinstruct.publish.staging import Staged

__all__ = ["LINT_SCORE", "check", "expect_open"]

LINT_SCORE = 90.0
"""The least score of the linter, 0 to 100, with which a data set is published."""


def check(
    staged: Staged,
    repo_id: str,
    *,
    allow: Mapping[str, str] | None = None,
    lint_score: float = LINT_SCORE,
    remember: bool = False,
) -> GateReport:
    """Look at everything that would be published.

    Args:
        staged: The files.
        repo_id: Where they would go.
        allow: Exceptions and their reasons, see `report_of`.
        lint_score: The least score of a data set, 0 to 100.
        remember: Keep what is found in the folder, and read what was read before from there.

    Raises:
        ConfigError: An exception names no gate or has no reason.
        FolderError: A file cannot be read.
        PublishError: The YAML at the head of the card cannot be read.
    """
    memory = Memory(staged.root if remember else None)
    found = chain(  # the slow ones last: what makes one of the others fail is told at once
        check_files(staged),
        check_names(staged, repo_id),
        check_size(staged),
        check_licence(staged),
        check_adapter(staged) if staged.kind == "adapter" else (),
        check_space(staged) if staged.kind == "space" else (),
        check_card(staged),
        check_texts(staged, allow, memory),
    )
    findings = list(found)
    linted = _linted(staged, memory) if staged.kind == "dataset" else None
    memory.write()
    if linted:
        findings += _check_lint(staged, linted, lint_score)
    return replace(report_of(findings, allow or {}), lint_score=linted.score if linted else None)


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
    number = len(report.findings)
    stand = "1 finding stands" if number == 1 else f"{number:,} findings stand"
    raise GateError(
        f"nothing was sent, {stand} in the way: {told}; --dry-run lists them all, and --allow NAME --because TEXT "
        "(in Python allow={NAME: TEXT}) lets one through."
    )


def _linted(staged: Staged, memory: Memory) -> Linted:
    """What the linter says of a data set; of an overlay, what it said of the one that this was made of."""
    if is_overlay(staged):
        return Linted(score=lint_score_of(staged), rules=())
    with open_corpus(staged.root) as corpus:
        if corpus.kind == "data set":
            return memory.linted(_digest(staged, corpus.license), partial(_lint, corpus))
        return _lint(corpus)


def _check_lint(staged: Staged, linted: Linted, least: float) -> Iterator[Finding]:
    if linted.score >= least:
        return
    if is_overlay(staged):
        what = (
            f"the linter gave {linted.score:.1f} of 100 for the data set it was made of, expected {least:.0f} or more"
        )
        yield Finding("lint", OVERLAY, what, "see roleinstruct lint on that data set, mend its source, build again")
        return
    yield Finding(
        "lint",
        "README.md",
        f"the linter gives {linted.score:.1f} of 100, expected {least:.0f} or more ({', '.join(linted.rules)})",
        "see roleinstruct lint DIR, and mend with --fix",
    )


def _lint(corpus: Corpus) -> Linted:
    report = lint(corpus, choose(), most=0)
    return Linted(score=report.score, rules=tuple(rule.id for rule in report.rules if report.counts[rule.id]))


def _digest(staged: Staged, stated: str | None) -> str:
    """Of all that the linter reads of a data set: its tables, and the licence that the card states."""
    tables = sorted((n, digest.sha256) for n, digest in staged.digests.items() if n.partition("/")[0] in TABLES)
    return sha256(repr((tables, stated)).encode()).hexdigest()
