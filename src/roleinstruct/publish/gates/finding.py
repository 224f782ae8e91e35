"""What a gate finds, and what somebody has allowed all the same."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from roleinstruct.errors import ConfigError

__all__ = ["GATES", "Finding", "GateReport", "report_of"]

GATES = ("secret", "private", "licence", "lint", "file", "name", "size", "card")
"""The gates, in the order in which they are told; an exception names one of them, or one at one place."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that should not be published as it is.

    Attributes:
        gate: One of `GATES`.
        where: The file in the repository, with row and column or line where there are any.
        what: What was found; a secret is never shown whole.
        mend: What to do.
    """

    gate: str
    where: str
    what: str
    mend: str

    @property
    def name(self) -> str:
        """By what `--allow` may name it: "private:README.md"."""
        file = self.where.partition(":")[0]
        return f"{self.gate}:{file.partition(' ')[0] if self.gate in ('card', 'licence') else file}"


@dataclass(frozen=True, slots=True)
class GateReport:
    """What stands in the way, and what was let through.

    Attributes:
        findings: What stands in the way.
        allowed: What was let through, and why.
        unused: Names of exceptions that let nothing through: what they were for is mended, or elsewhere.
        lint_score: What the linter gives, 0 to 100; None where it was not asked, as for an adapter.
    """

    findings: Sequence[Finding]
    allowed: Sequence[tuple[Finding, str]] = field(default=())
    unused: Sequence[str] = field(default=())
    lint_score: float | None = None

    @property
    def exceptions(self) -> list[dict[str, Any]]:
        """What the card says of each exception: its name, the reason, and how many findings it lets through."""
        rows: dict[tuple[str, str], int] = {}
        for finding, reason in self.allowed:
            rows[finding.name, reason] = rows.get((finding.name, reason), 0) + 1
        return [{"name": name, "because": reason, "findings": n} for (name, reason), n in rows.items()]

    def as_json(self) -> dict[str, Any]:
        """One JSON document."""
        return {
            "findings": [asdict(finding) for finding in self.findings],
            "allowed": self.exceptions,
            "unused": list(self.unused),
        }


def report_of(findings: Sequence[Finding], allow: Mapping[str, str]) -> GateReport:
    """Set aside what is allowed.

    Args:
        findings: All of them.
        allow: By name, a gate such as "lint" or a gate and a file such as "private:README.md", the reason.

    Raises:
        ConfigError: No gate has the name, or no reason is given. A secret cannot be allowed for a whole gate.
    """
    for name, reason in allow.items():
        gate, _, file = name.partition(":")
        if gate not in GATES or (gate == "secret" and not file):
            raise ConfigError(
                f"--allow {name} names no gate; expected one of {', '.join(GATES)}, or one at a file, such as "
                "private:README.md; a secret always with its file."
            )
        if not reason.strip():
            raise ConfigError(f"--allow {name} needs a reason, which the card will show: --because TEXT.")
    kept: list[Finding] = []
    allowed: list[tuple[Finding, str]] = []
    used: set[str] = set()
    for finding in sorted(findings, key=lambda f: GATES.index(f.gate)):
        name = finding.name if finding.name in allow else finding.gate
        if name in allow:
            used.add(name)
            allowed.append((finding, allow[name]))
        else:
            kept.append(finding)
    return GateReport(kept, allowed, [name for name in allow if name not in used])
