"""`build.py verify` as people and pipelines meet it."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.inputs import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    Run = subprocess.CompletedProcess[str]

BASE = ROOT / "private_fargate" / "verify" / "examples" / "bases" / "isolated.yaml"
KEYS = {"rule", "severity", "resource", "path", "line", "message", "symptom", "fix"}


def verify(*arguments: str | Path) -> Run:
    command = [sys.executable, str(ROOT / "build.py"), "verify", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The isolated template without the endpoint for ECR's registry."""
    text = BASE.read_text()
    start, end = text.index("  EcrDkrEndpoint:\n"), text.index("  LogsEndpoint:\n")
    path = tmp_path / "broken.yaml"
    path.write_text(text[:start] + text[end:].replace("      - EcrDkrEndpoint\n", ""))
    return path


def document(done: Run) -> Any:
    return json.loads(done.stdout)


def test_a_correct_template_is_proven() -> None:
    done = verify(BASE, "--format", "json")
    assert done.returncode == 0
    (report,) = document(done)
    assert report["template"] == str(BASE)
    assert report["findings"] == []
    assert report["unproven"] == []
    assert {proof["holds"] for proof in report["proofs"]} == {True}
    assert {"ecr.api:443", "ecr.dkr:443", "s3:443", "logs:443"} <= {p["need"] for p in report["proofs"]}


def test_a_fault_is_an_error_with_its_place(broken: Path) -> None:
    done = verify(broken, "--format", "json")
    assert done.returncode == 1
    (report,) = document(done)
    (finding,) = report["findings"]
    assert set(finding) >= KEYS
    assert (finding["rule"], finding["severity"], finding["resource"]) == ("NET-003", "error", "Service")
    assert finding["path"] == str(broken)
    assert "AwsvpcConfiguration" in broken.read_text().splitlines()[finding["line"] - 2]
    assert "CannotPullContainerError" in finding["symptom"]
    assert finding["breaks"] == ["Service -> ecr.dkr:443"]


def test_each_root_has_a_report_of_its_own(broken: Path) -> None:
    done = verify(BASE, broken, "--format", "json")
    assert done.returncode == 1
    assert [len(report["findings"]) for report in document(done)] == [0, 1]


def test_the_table_names_the_rule_and_what_to_do(broken: Path) -> None:
    done = verify(broken)
    assert done.returncode == 1
    assert "NET-003" in done.stdout
    assert "ecr.dkr" in done.stdout
    assert "1 error" in done.stdout


def test_a_task_is_explained_step_by_step(broken: Path) -> None:
    done = verify(broken, "--explain", "service")
    assert "no endpoint for ecr.dkr" in " ".join(done.stdout.replace("│", " ").split())
    assert "EndpointSecurityGroup" in done.stdout


def test_an_unknown_task_is_answered_with_those_that_there_are() -> None:
    done = verify(BASE, "--explain", "servic")
    assert done.returncode == 2
    assert "Service" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_ignored_stays_visible(broken: Path) -> None:
    done = verify(broken, "--ignore", "NET-003", "--format", "json")
    assert done.returncode == 0
    (report,) = document(done)
    assert report["findings"] == []
    assert [finding["rule"] for finding in report["suppressed"]] == ["NET-003"]


def test_a_resource_may_give_its_reason(broken: Path) -> None:
    reason = "the image is on the host already"
    note = f"    Metadata: {{private-fargate: {{ignore: {{NET-003: {reason}}}}}}}\n"
    text = broken.read_text()
    broken.write_text(text.replace("    Type: AWS::ECS::Service\n", f"    Type: AWS::ECS::Service\n{note}"))
    done = verify(broken, "--format", "json")
    assert done.returncode == 0
    (report,) = document(done)
    assert [(finding["rule"], finding["reason"]) for finding in report["suppressed"]] == [("NET-003", reason)]
    broken.write_text(broken.read_text().replace(reason, '""'))
    assert verify(broken).returncode == 1, "without a reason nothing is suppressed"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.yaml"], "nowhere.yaml: there is no such file"),
        ([BASE, "--parameters", "Nope=1"], "--parameters Nope: no template has such a parameter"),
        ([BASE, "--parameters", "nowhere.json"], "neither KEY=VALUE nor a readable file"),
        ([BASE, "--ignore", "NET-999"], "--ignore NET-999: there is no such rule"),
        ([BASE, BASE, "--against", BASE], "name one template to compare it with, not 2"),
        ([BASE, "--region", "europe"], "--region europe: this is no region"),
        ([BASE, "--account", "1234"], "--account 1234: an account is a number of twelve digits"),
        ([BASE, "--format", "xml"], "Invalid value for '--format'"),
    ],
)
def test_bad_usage_is_one_message(arguments: list[str | Path], message: str) -> None:
    done = verify(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Resources: [\n", ":2: "),
        ("- 1\n", "is not a mapping"),
        ("Parameters: {}\n", "it has no Resources"),
        ('{"Resources": {"A": ]}}', ":1: "),
        ("a: &a [*a]\nResources: {}\n", "contains itself"),
    ],
)
def test_an_unreadable_template_is_named(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(content)
    done = verify(path, "--format", "json")
    assert done.returncode == 2
    assert str(path) in done.stderr
    assert message in done.stderr
    assert done.stdout == ""


def test_parameters_come_from_a_file_of_the_aws_cli(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text(
        BASE.read_text()
        .replace("EnableDnsSupport: true", "EnableDnsSupport: !Ref Names")
        .replace("Resources:\n", "Parameters:\n  Names: {Type: String}\nResources:\n", 1)
    )
    values = tmp_path / "values.json"
    values.write_text(json.dumps([{"ParameterKey": "Names", "ParameterValue": "false"}]))
    open_names = document(verify(template, "--format", "json"))[0]
    assert open_names["findings"] == []
    assert any("Names" in item["reason"] for item in open_names["unproven"])
    done = verify(template, "--parameters", values, "--format", "json")
    assert "NET-014" in {finding["rule"] for finding in document(done)[0]["findings"]}


def test_other_programs_read_what_they_know(broken: Path) -> None:
    sarif = json.loads(verify(broken, "--format", "sarif").stdout)
    assert [result["ruleId"] for result in sarif["runs"][0]["results"]] == ["NET-003"]
    suites = ET.fromstring(verify(broken, "--format", "junit").stdout)  # noqa: S314 -- our own
    assert suites.get("failures") != "0"


def test_an_update_is_compared_with_what_is_deployed(tmp_path: Path) -> None:
    old = tmp_path / "old.yaml"
    old.write_text(BASE.read_text().replace("Name: example.internal", "Name: other.internal"))
    done = verify(BASE, "--against", old, "--format", "json")
    assert "CFN-012" in {finding["rule"] for finding in document(done)[0]["findings"]}


def test_what_an_update_replaces_is_named(tmp_path: Path) -> None:
    old = tmp_path / "old.yaml"
    old.write_text(BASE.read_text().replace("CidrBlock: 10.0.16.0/20", "CidrBlock: 10.0.64.0/20"))
    (report,) = document(verify(BASE, "--against", old, "--format", "json"))
    replaced = {item["resource"]: item for item in report["replacements"]}
    assert replaced["PrivateSubnet2"] == {
        "resource": "PrivateSubnet2",
        "type": "AWS::EC2::Subnet",
        "properties": ["CidrBlock"],
        "certain": True,
        "causes": [],
    }
    assert replaced["PrivateSubnet2RouteTableAssociation"]["causes"] == ["PrivateSubnet2"]
    assert "Vpc" not in replaced
    assert "replaced" in verify(BASE, "--against", old).stdout
    assert "replacements" not in document(verify(BASE, "--format", "json"))[0]
