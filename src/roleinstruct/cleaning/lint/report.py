"""The rules applied to a corpus, and what came of it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from roleinstruct.cleaning.lint.material import Corpus, Person
from roleinstruct.cleaning.lint.rule import Finding, Rule, Severity

__all__ = ["Report", "lint"]

_WEIGHTS: dict[Severity, float] = {"error": 1.0, "warning": 1 / 3, "note": 0.0}


@dataclass(slots=True)
class Report:
    """What a linter found.

    Attributes:
        rules: The rules that were applied, the worst first.
        rows: Utterances, instructions and profiles that were looked at.
        findings: For each rule by id the first findings, as many as were asked for.
        counts: Findings of each rule, by id; all of them.
        touched: Rows that the findings of each rule stand for, by id.
    """

    rules: Sequence[Rule]
    rows: int = 0
    findings: dict[str, list[Finding]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    touched: Counter[str] = field(default_factory=Counter)
    _weights: dict[str, float] = field(default_factory=dict, repr=False)
    _together: float = 0.0

    @property
    def score(self) -> float:
        """Percent of the rows that are sound, 0 to 100.

        A row with an error counts as none, one with a warning as two thirds; notes do not count. A finding that stands
        for several rows counts for each of them.
        """
        lost = sum(self._weights.values()) + self._together
        return round(100 * max(0.0, 1 - lost / self.rows), 1) if self.rows else 100.0

    @property
    def worst(self) -> Severity | None:
        """The severity of the worst finding; None where there is none."""
        return next((rule.severity for rule in self.rules if self.counts[rule.id]), None)

    def as_json(self) -> dict[str, Any]:
        """The report as one JSON document: score, rows, and each rule that found something with its findings."""
        return {
            "score": self.score,
            "rows": self.rows,
            "rules_applied": [rule.id for rule in self.rules],
            "found": [
                {
                    "rule": rule.id,
                    "severity": rule.severity,
                    "summary": rule.summary,
                    "findings": self.counts[rule.id],
                    "rows": self.touched[rule.id],
                    "first": [asdict(finding) for finding in self.findings[rule.id]],
                }
                for rule in self.rules
                if self.counts[rule.id]
            ],
        }

    def results(self) -> Iterator[tuple[Rule, Finding]]:
        """The findings that are kept, the worst rules first."""
        for rule in self.rules:
            for finding in self.findings.get(rule.id, ()):
                yield rule, finding

    def add(self, rule: Rule, finding: Finding, most: int | None) -> None:
        """Count a finding, and keep it if there are fewer than `most` of its rule (None: keep all)."""
        self.counts[rule.id] += 1
        self.touched[rule.id] += finding.rows
        kept = self.findings.setdefault(rule.id, [])
        if most is None or len(kept) < most:
            kept.append(finding)
        weight = _WEIGHTS[rule.severity]
        key = finding.row or finding.where
        if finding.rows == 1 and key and weight:
            self._weights[key] = max(weight, self._weights.get(key, 0.0))
        else:
            self._together += weight * finding.rows


def lint(corpus: Corpus, rules: Sequence[Rule], *, most: int | None = None) -> Report:
    """Apply rules to a corpus, one character at a time.

    Args:
        corpus: What to look at.
        rules: See `catalogue.choose`.
        most: Findings to keep of each rule; all are counted. None keeps all.
    """
    report = Report(rules)
    gathered: dict[str, list[Any]] = {rule.id: [] for rule in rules}
    for person in corpus.people():
        report.rows += _rows(person)
        for rule in rules:
            for finding in rule.person(person) if rule.person else ():
                report.add(rule, finding, most)
            if rule.gather:
                gathered[rule.id].append(rule.gather(person, corpus))
    for rule in rules:
        for finding in rule.corpus(corpus, gathered[rule.id]) if rule.corpus else ():
            report.add(rule, finding, most)
    return report


def _rows(person: Person) -> int:
    said = sum(len(scene.utterances) for scene in person.scenes)
    unread = sum(rejected.lines for rejected in person.rejected)
    return said + len(person.asked) + unread + (person.profile is not None)
