import json
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roleinstruct.cleaning.lint.catalogue import all_rules
from roleinstruct.cleaning.lint.rule import SEVERITIES, Finding, Rule
from roleinstruct.cleaning.lint.sarif import sarif


def rule(name: str = "some-flaw", *, example: str = "an example") -> Rule:
    return Rule(name, "warning", "What it is.", "What it does.", example, "How to mend it.")


def run_of(*findings: Finding, root: str = "data/raw") -> dict[str, Any]:
    [run] = sarif([(rule(), finding) for finding in findings], root=root, version="1.2.3")["runs"]
    return dict(run)


def result_of(finding: Finding, root: str = "data/raw") -> dict[str, Any]:
    [result] = run_of(finding, root=root)["results"]
    return dict(result)


def artifact(finding: Finding, root: str = "data/raw") -> dict[str, Any]:
    location = result_of(finding, root)["locations"][0]["physicalLocation"]
    return {"uri": location["artifactLocation"]["uri"], **location["region"]}


def marks(*findings: Finding) -> list[str]:
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in run_of(*findings)["results"]]


def test_a_log_without_findings_is_a_log() -> None:
    log = sarif([], root="", version="1.2.3")
    assert log == {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": {"name": "roleinstruct", "version": "1.2.3", "rules": []}}, "results": []}],
    }


def test_a_finding_points_at_its_rule_its_level_and_its_lines() -> None:
    result = result_of(Finding("it is torn", "Anna/chat.jsonl:4-6", character="Anna", excerpt="well I", rows=3))
    assert result["ruleId"] == "some-flaw"
    assert result["ruleIndex"] == 0
    assert result["level"] == "warning"
    assert result["message"] == {"text": "it is torn"}
    assert result["properties"] == {"character": "Anna", "excerpt": "well I", "rows": 3}
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "data/raw/Anna/chat.jsonl", "uriBaseId": "%SRCROOT%"}
    assert physical["region"] == {"startLine": 4, "endLine": 6}
    assert "logicalLocations" not in result["locations"][0]


@pytest.mark.parametrize(
    ("root", "where", "uri"),
    [
        ("", "a/b.txt:1", "a/b.txt"),
        (".", "a/b.txt:1", "a/b.txt"),
        ("raw/", "b.txt:1", "raw/b.txt"),
        ("my data", "何静/问答 1.json:1", "my%20data/%E4%BD%95%E9%9D%99/%E9%97%AE%E7%AD%94%201.json"),
        ("", "a:b#c?d%.txt:1", "a%3Ab%23c%3Fd%25.txt"),
    ],
)
def test_paths_are_percent_encoded_and_relative_to_the_repository(root: str, where: str, uri: str) -> None:
    assert artifact(Finding("m", where), root)["uri"] == uri


@pytest.mark.parametrize("where", ["", "dialogue: d-0003", "no place", ":3", "f:0", "f:9-3"])
def test_what_is_about_no_line_is_pinned_to_the_card_so_that_no_log_is_refused(where: str) -> None:
    assert artifact(Finding("m", where)) == {"uri": "data/raw/README.md", "startLine": 1, "endLine": 1}


def test_a_row_of_a_data_set_is_a_logical_location_beside_the_physical_one() -> None:
    result = result_of(Finding("m", "何静/qa.json:7", "specific/何静-specific-00007"))
    [location] = result["locations"]
    assert location["physicalLocation"]["region"]["startLine"] == 7
    assert location["logicalLocations"] == [
        {"name": "何静-specific-00007", "fullyQualifiedName": "specific/何静-specific-00007", "kind": "row"}
    ]


def test_each_rule_stands_once_and_results_find_it_by_index() -> None:
    one, two = rule("one"), rule("two")
    findings = [(one, Finding("a")), (two, Finding("b")), (one, Finding("c"))]
    [run] = sarif(findings, root="", version="1")["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [r["id"] for r in rules] == ["one", "two"]
    assert [rules[r["ruleIndex"]]["id"] for r in run["results"]] == ["one", "two", "one"]
    assert [r["ruleId"] for r in run["results"]] == ["one", "two", "one"]


def test_every_rule_of_ours_says_what_code_scanning_asks_for() -> None:
    [run] = sarif([(rule, Finding("m")) for rule in all_rules()], root="", version="1")["runs"]
    for shown, real in zip(run["tool"]["driver"]["rules"], all_rules(), strict=True):
        assert shown["id"] == real.id
        assert shown["shortDescription"]["text"] == real.summary
        assert real.why in shown["fullDescription"]["text"]
        assert len(shown["fullDescription"]["text"]) <= 1024
        for text in (real.why, real.mend, real.example):
            assert text in shown["help"]["text"]
            assert text in shown["help"]["markdown"]
        assert shown["defaultConfiguration"]["level"] == real.severity
        assert shown["defaultConfiguration"]["level"] in SEVERITIES


def test_an_example_with_fences_of_its_own_does_not_end_the_fence() -> None:
    [run] = sarif([(rule(example="```json\n{}\n```"), Finding("m"))], root="", version="1")["runs"]
    markdown = run["tool"]["driver"]["rules"][0]["help"]["markdown"]
    assert "\n````\n```json\n{}\n```\n````\n" in markdown


def test_a_fingerprint_stays_when_lines_are_put_in_above() -> None:
    before = Finding("torn, as in line 9", "Anna/c.txt:12", "specific/a-12", "Anna", "well I")
    after = Finding("torn, as in line 10", "Anna/c.txt:13-14", "specific/a-13", "Anna", "well I")
    assert marks(before) == marks(after)


def test_a_fingerprint_of_the_whole_stays_when_numbers_change() -> None:
    assert marks(Finding("the test has 4 items")) == marks(Finding("the test has 17 items"))


def test_other_flaws_have_other_fingerprints_and_equal_ones_are_numbered() -> None:
    flaw = Finding("m", "Anna/c.txt:1", "", "Anna", "well I")
    others = [
        Finding("m", "Anna/d.txt:1", "", "Anna", "well I"),
        Finding("m", "Anna/c.txt:1", "", "Bella", "well I"),
        Finding("m", "Anna/c.txt:1", "", "Anna", "well he"),
        Finding("one thing"),
        Finding("another thing"),
        flaw,
    ]
    found = marks(flaw, *others)
    assert len(set(found)) == len(found)
    assert found[0].endswith(":1")
    assert found[-1].endswith(":2")
    assert found[0].split(":")[0] == found[-1].split(":")[0]


names = st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1, max_size=12)


@settings(max_examples=100, deadline=None)
@given(st.lists(names, min_size=1, max_size=3), st.integers(1, 10**6), st.text(max_size=20))
def test_any_path_can_be_read_back_and_any_log_is_json(parts: list[str], line: int, text: str) -> None:
    path = "/".join(parts)
    log = sarif([(rule(), Finding(text, f"{path}:{line}", "", text, text))], root="", version="1")
    assert json.loads(json.dumps(log)) == log
    physical = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    uri = physical["artifactLocation"]["uri"]
    assert unquote(uri) == path
    assert uri.isascii()
    assert not set(uri) & set(' "<>\\^`{|}:?#')
    assert physical["region"] == {"startLine": line, "endLine": line}
    assert len(PurePosixPath(uri).parts) <= len(parts)


def test_results_are_read_once_in_order() -> None:
    def findings() -> Iterator[tuple[Rule, Finding]]:
        for number in range(3):
            yield rule(), Finding(f"number {number}")

    [run] = sarif(findings(), root="", version="1")["runs"]
    assert [result["message"]["text"] for result in run["results"]] == ["number 0", "number 1", "number 2"]
