"""Findings as SARIF 2.1.0, the format that GitHub code scanning and editors show beside the lines of a file."""

import re
from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any
from urllib.parse import quote

from roleinstruct.cleaning.lint.rule import Finding, Rule
from roleinstruct.errors import RecordError
from roleinstruct.records import Place

__all__ = ["sarif"]


def sarif(results: Iterable[tuple[Rule, Finding]], *, root: str, version: str) -> dict[str, Any]:
    """A SARIF log of one run, as JSON-able values.

    Every result has a physical location, because GitHub refuses a whole log for one that has none; what is about no
    line is pinned to the first line of the card. Rows of a data set are logical locations beside it.

    Args:
        results: Findings with their rules.
        root: The folder that the places are relative to, from the root of the repository and with forward slashes, such
            as "data/raw"; "" or "." where it is the root itself.
        version: Of this package.
    """
    indices: dict[str, int] = {}
    rules: list[dict[str, Any]] = []
    seen: Counter[str] = Counter()
    found: list[dict[str, Any]] = []
    for rule, finding in results:
        if rule.id not in indices:
            indices[rule.id] = len(rules)
            rules.append(_rule(rule))
        mark = _fingerprint(rule, finding)
        seen[mark] += 1
        found.append(
            {
                "ruleId": rule.id,
                "ruleIndex": indices[rule.id],
                "level": rule.severity,
                "message": {"text": finding.message},
                "locations": [_location(finding, root)],
                "partialFingerprints": {"primaryLocationLineHash": f"{mark}:{seen[mark]}"},
                "properties": {"character": finding.character, "excerpt": finding.excerpt, "rows": finding.rows},
            }
        )
    driver = {"name": "roleinstruct", "version": version, "rules": rules}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": found}]}


_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_CARD = "README.md"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": "".join(map(str.capitalize, rule.id.split("-"))),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": f"{rule.summary} {rule.why}"},
        "help": {
            "text": f"{rule.why}\n\nExample: {rule.example}\n\nWhat to do: {rule.mend}",
            "markdown": f"{rule.why}\n\n**Example**\n\n{_fenced(rule.example)}\n\n**What to do**\n\n{rule.mend}",
        },
        "defaultConfiguration": {"level": rule.severity},
        "properties": {"tags": ["data"]},
    }


def _fenced(text: str) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def _location(finding: Finding, root: str) -> dict[str, Any]:
    place = _place(finding.where)
    folder = root.strip("/")
    file = place.file if place else _CARD
    path = file if folder in ("", ".") else f"{folder}/{file}"
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(path, safe="/"), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": place.first if place else 1, "endLine": place.last if place else 1},
        }
    }
    if finding.row:
        name = finding.row.rpartition("/")[2]
        location["logicalLocations"] = [{"name": name, "fullyQualifiedName": finding.row, "kind": "row"}]
    return location


def _place(where: str) -> Place | None:
    """The place that a finding names; None for the id of a dialogue, or where there is none."""
    try:
        place = Place.parse(where)
    except RecordError:
        return None
    return place if place.file and 1 <= place.first <= place.last else None


def _fingerprint(rule: Rule, finding: Finding) -> str:
    """What stays the same when lines are put in above: no line numbers and no row numbers."""
    place = _place(finding.where)
    text = finding.excerpt or ("" if finding.character else re.sub(r"\d+", "", finding.message))
    parts = (rule.id, place.file if place else "", finding.character, text)
    return blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
