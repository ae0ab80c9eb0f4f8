"""The contract of `verify --format json`: an object per root, and nothing that changes by itself."""

from __future__ import annotations

import doctest
import json

from private_fargate.report.verification import needs, wording
from private_fargate.report.verification.document import verification_document
from private_fargate.report.verification.needs import excuse, excuses, needs_of, summary_line, tasks_of
from private_fargate.verify.findings import Finding, Proof, Report, Step, Unproven

HOLDS = Step("the role may pull", holds=True, by="Role")
FAILS = Step("a route leads to S3", holds=False, by="RouteTable", why="there is none")
UNKNOWN = Step("the policy allows it", holds=None, why="parameter Policy has no value")


def proof(need: str, *steps: Step, task: str = "nginx", zone: str = "") -> Proof:
    return Proof(task=task, zone=zone, need=need, steps=steps)


def finding(breaks: tuple[str, ...] = (), suppressed: str = "") -> Finding:
    return Finding(
        path="network.json",
        line=7,
        rule="NET-004",
        severity="error",
        resource="Network/S3Endpoint",
        property="Properties/RouteTableIds",
        message="No route.",
        symptom="CannotPullContainerError",
        fix="Add one.",
        breaks=breaks,
        suppressed=suppressed,
    )


def test_the_document_has_what_the_contract_says_in_its_order() -> None:
    report = Report(
        template="parent.json",
        findings=(finding(("nginx -> s3",)),),
        suppressed=(finding(suppressed="an image of scratch"),),
        unproven=(Unproven("nginx", "logs:443", "parameter Vpc has no value"),),
        proofs=(proof("s3:443", HOLDS, FAILS, zone="PrivateSubnet1"), proof("logs:443", UNKNOWN)),
        seconds=1.5,
    )
    fault = {
        "rule": "NET-004",
        "severity": "error",
        "resource": "Network/S3Endpoint",
        "path": "network.json",
        "property": "Properties/RouteTableIds",
        "line": 7,
        "message": "No route.",
        "symptom": "CannotPullContainerError",
        "fix": "Add one.",
    }
    expected = [
        {
            "template": "parent.json",
            "findings": [{**fault, "breaks": ["nginx -> s3"]}],
            "suppressed": [{**fault, "breaks": [], "reason": "an image of scratch"}],
            "unproven": [{"task": "nginx", "need": "logs:443", "reason": "parameter Vpc has no value"}],
            "combinations": {
                "possible": 1,
                "refused": 0,
                "proven": 1,
                "sampled": 0,
                "missed": [],
                "all": True,
            },
            "proofs": [
                {
                    "task": "nginx",
                    "zone": "PrivateSubnet1",
                    "need": "s3:443",
                    "holds": False,
                    "steps": [
                        {"claim": "the role may pull", "holds": True, "by": "Role", "why": ""},
                        {
                            "claim": "a route leads to S3",
                            "holds": False,
                            "by": "RouteTable",
                            "why": "there is none",
                        },
                    ],
                },
                {
                    "task": "nginx",
                    "zone": "",
                    "need": "logs:443",
                    "holds": None,
                    "steps": [
                        {
                            "claim": "the policy allows it",
                            "holds": None,
                            "by": "",
                            "why": "parameter Policy has no value",
                        }
                    ],
                },
            ],
        }
    ]
    assert json.dumps(verification_document([report])) == json.dumps(expected)


def test_each_root_has_its_object() -> None:
    roots = [Report(template=name, findings=()) for name in ("b.yaml", "a.yaml")]
    assert [row["template"] for row in verification_document(roots)] == ["b.yaml", "a.yaml"]


def test_a_need_is_proven_only_if_it_is_in_every_zone() -> None:
    report = Report(
        template="x",
        findings=(),
        proofs=(
            proof("s3:443", HOLDS, zone="A"),
            proof("s3:443", UNKNOWN, zone="B"),
            proof("s3:443", FAILS, zone="C"),
            proof("logs:443", HOLDS, zone="A"),
            proof("logs:443", UNKNOWN, zone="B"),
            proof("start in order", HOLDS),
        ),
    )
    assert [(need.name, need.holds) for need in needs_of(report)] == [
        ("s3:443", False),
        ("logs:443", None),
        ("start in order", True),
    ]
    assert summary_line([report]) == "1 task, 3 needs: 1 proven, 1 fail, 1 unproven"


def test_what_no_proof_could_be_begun_for_counts_as_unproven_once() -> None:
    """Else a system of which nothing is known would be summed up as one in which nothing is unproven."""
    report = Report(
        template="x",
        findings=(),
        unproven=(
            Unproven("", "flow logs", "is imported"),
            Unproven("api", "ecr.api:443", "Subnets has no value"),
            Unproven("api", "ecr.api:443", "Vpc has no value"),
            Unproven("nginx", "s3", "the same as its proof says"),
        ),
        proofs=(proof("s3:443", UNKNOWN),),
    )
    assert tasks_of(report) == ("nginx", "api")
    assert [need.reasons for need in needs_of(report)] == [(), ("Subnets has no value", "Vpc has no value")]
    assert summary_line([report]) == "2 tasks, 2 needs: 0 proven, 0 fail, 2 unproven"


def test_the_summary_counts_what_was_found_if_anything_was() -> None:
    report = Report(
        template="x",
        findings=(finding(), finding()),
        suppressed=(finding(suppressed="why not"),),
        proofs=(proof("s3:443", HOLDS),),
    )
    assert summary_line([report, report]) == (
        "2 tasks, 2 needs: 2 proven, 0 fail, 0 unproven; 4 errors, 2 suppressed"
    )


def test_without_a_task_the_summary_claims_no_proof() -> None:
    assert summary_line([Report(template="x", findings=())]) == "no task: there was nothing to prove"


def test_a_need_is_excused_only_if_all_that_breaks_it_is_suppressed() -> None:
    waived = finding(("nginx -> s3", "nginx -> logs"), suppressed="an image of scratch")
    report = Report(
        template="x",
        findings=(finding(("nginx -> logs",)),),
        suppressed=(waived,),
        proofs=(proof("s3:443", FAILS), proof("logs:443", FAILS), proof("s3:443", FAILS, task="api")),
    )
    assert [excuse(excuses(report), need) for need in needs_of(report)] == ["an image of scratch", "", ""]


def test_the_examples_in_the_docstrings_are_right() -> None:
    for module in (wording, needs):
        result = doctest.testmod(module)
        assert result.attempted
        assert not result.failed
