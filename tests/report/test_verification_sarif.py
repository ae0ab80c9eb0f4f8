"""SARIF for code scanning.  Written against the schema of 2.1.0, which allows no property that it lacks."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest

from private_fargate.report.verification.sarif import sarif
from private_fargate.verify.findings import Finding, Report, Unproven


@dataclass(frozen=True)
class Rule:
    id: str
    severity: str
    claim: str = "Each route table is served"
    why: str = ""
    symptom: str = ""
    fix: str = ""
    source: str = ""


RULES = (
    Rule("CFN-002", "info"),
    Rule(
        "NET-005",
        "error",
        why="Layers come from S3.",
        symptom="CannotPullContainerError",
        fix="Add it.",
        source="-",
    ),
    Rule("NET-006", "warning"),
)
FAULT = Finding(
    path="templates/network.json",
    line=12,
    rule="NET-005",
    severity="error",
    resource="Network/S3Endpoint",
    property="Properties/RouteTableIds",
    message="It serves no route table of nginx.",
    symptom="CannotPullContainerError",
    fix="Add !Ref RouteTable.",
    breaks=("nginx -> s3",),
)


def results(*findings: Finding, root: str = "") -> list[dict[str, Any]]:
    report = Report(template="parent.json", findings=findings)
    found: list[dict[str, Any]] = sarif([report], RULES, root=root)["runs"][0]["results"]
    return found


def fingerprints(*findings: Finding, root: str = "") -> list[str]:
    return [
        found["partialFingerprints"]["primaryLocationLineHash"] for found in results(*findings, root=root)
    ]


def test_the_document_is_this() -> None:
    report = Report(
        template="parent.json",
        findings=(FAULT,),
        suppressed=(
            replace(FAULT, rule="CFN-002", severity="info", breaks=(), suppressed="by the auditors"),
        ),
        unproven=(
            Unproven("nginx", "logs:443", "Vpc has no value"),
            Unproven("", "flow logs", "is imported"),
        ),
    )
    location = {
        "physicalLocation": {
            "artifactLocation": {"uri": "templates/network.json", "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": 12},
        },
        "logicalLocations": [{"fullyQualifiedName": "Network/S3Endpoint", "kind": "resource"}],
    }
    text = "It serves no route table of nginx.\nFix: Add !Ref RouteTable."
    assert sarif([report], RULES[:2], version="1.2.3") == {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "private-fargate",
                        "version": "1.2.3",
                        "rules": [
                            {
                                "id": "CFN-002",
                                "shortDescription": {"text": "Each route table is served"},
                                "fullDescription": {"text": "Each route table is served"},
                                "help": {"text": "Each route table is served"},
                                "helpUri": "docs/rules.md#cfn-002",
                                "defaultConfiguration": {"level": "note"},
                            },
                            {
                                "id": "NET-005",
                                "shortDescription": {"text": "Each route table is served"},
                                "fullDescription": {"text": "Layers come from S3."},
                                "help": {
                                    "text": "AWS says: CannotPullContainerError\n\nFix: Add it.\n\nSource: -"
                                },
                                "helpUri": "docs/rules.md#net-005",
                                "defaultConfiguration": {"level": "error"},
                            },
                        ],
                    }
                },
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "toolExecutionNotifications": [
                            {
                                "level": "note",
                                "message": {"text": "unproven: nginx: logs:443: Vpc has no value"},
                            },
                            {"level": "note", "message": {"text": "unproven: flow logs: is imported"}},
                        ],
                    }
                ],
                "results": [
                    {
                        "ruleId": "NET-005",
                        "ruleIndex": 1,
                        "level": "error",
                        "message": {"text": text},
                        "locations": [location],
                        "partialFingerprints": {"primaryLocationLineHash": "3ed14b5711bf2310:1"},
                        "properties": {"breaks": ["nginx -> s3"]},
                    },
                    {
                        "ruleId": "CFN-002",
                        "ruleIndex": 0,
                        "level": "note",
                        "message": {"text": text},
                        "locations": [location],
                        "partialFingerprints": {"primaryLocationLineHash": "b1894aa3549e6c36:1"},
                        "suppressions": [{"kind": "inSource", "justification": "by the auditors"}],
                    },
                ],
            }
        ],
    }


def test_a_fingerprint_stays_when_lines_move_and_words_change() -> None:
    """Else each edit above a finding would close an alert, and open another."""
    moved = replace(FAULT, line=99, message="Said in other words.", breaks=())
    assert fingerprints(FAULT) == fingerprints(moved)


def test_a_fingerprint_is_the_same_in_every_clone() -> None:
    here = replace(FAULT, path="/clone/templates/network.json")
    assert fingerprints(here, root="/clone") == fingerprints(FAULT)


@pytest.mark.parametrize(
    "other",
    [
        replace(FAULT, rule="NET-006"),
        replace(FAULT, path="templates/other.json"),
        replace(FAULT, resource="Network/LogsEndpoint"),
        replace(FAULT, property="Properties/VpcId"),
        replace(FAULT, line=13),
    ],
)
def test_findings_that_differ_have_different_fingerprints(other: Finding) -> None:
    assert len(set(fingerprints(FAULT, other))) == 2


def test_what_two_roots_say_of_a_template_that_both_nest_is_one_result() -> None:
    roots = [Report(template=name, findings=(FAULT,)) for name in ("a.json", "b.json")]
    runs = sarif(roots, RULES)["runs"]
    assert [len(run["results"]) for run in runs] == [1]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("./a b/x.json", {"uri": "a%20b/x.json", "uriBaseId": "%SRCROOT%"}),
        ("/repo/stacks/../x.json", {"uri": "x.json", "uriBaseId": "%SRCROOT%"}),
        ("/elsewhere/x#1.json", {"uri": "file:///elsewhere/x%231.json"}),
        ("/repository/x.json", {"uri": "file:///repository/x.json"}),
    ],
)
def test_files_are_named_as_the_repository_names_them(path: str, expected: dict[str, str]) -> None:
    (found,) = results(replace(FAULT, path=path), root="/repo")
    assert found["locations"][0]["physicalLocation"]["artifactLocation"] == expected


def test_results_lead_to_their_rules_and_the_rules_to_their_page() -> None:
    document = sarif(
        [Report(template="x", findings=(FAULT, replace(FAULT, rule="NEW-001")))],
        RULES,
        documentation="https://example.com/rules",
    )
    run = json.loads(json.dumps(document))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert rules[run["results"][0]["ruleIndex"]]["helpUri"] == "https://example.com/rules#net-005"
    assert "ruleIndex" not in run["results"][1]
