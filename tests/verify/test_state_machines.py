from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.verify.checking import verify
from private_fargate.verify.examples import Example
from private_fargate.verify.templates.systems import Loader

if TYPE_CHECKING:
    from private_fargate.verify.findings import Report

NETWORK = {"AwsvpcConfiguration": {"Subnets": ["${Subnet}"], "SecurityGroups": ["${Group}"]}}
RUN = {
    "Type": "Task",
    "Resource": "arn:aws:states:::ecs:runTask.sync",
    "Parameters": {
        "LaunchType": "FARGATE",
        "TaskDefinition": "${Definition}",
        "NetworkConfiguration": NETWORK,
    },
}
ROLE = "Role: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Statement: []}}}"


def report(states: dict[str, Any], without: str = "") -> Report:
    """Verify a machine with some states in the isolated network, an endpoint left out if one is named."""
    definition = json.dumps({"StartAt": next(iter(states)), "States": states})
    change = f"""
Service: null
{f"{without}: null" if without else ""}
{ROLE}
Machine:
  Type: AWS::StepFunctions::StateMachine
  Properties:
    RoleArn: !GetAtt Role.Arn
    DefinitionString: '{definition}'
    DefinitionSubstitutions:
      Subnet: !Ref PrivateSubnet1
      Group: !Ref TaskSecurityGroup
      Definition: !Ref TaskDefinition
"""
    template = Example(rule="", base="isolated", fails="", passes="", parameters={}).template(
        change, "machine"
    )
    return verify(Path("machine.json"), loader=Loader([template]))


NESTED = {"Both": {"Type": "Parallel", "Branches": [{"StartAt": "Run", "States": {"Run": RUN}}]}}
MAPPED = {"Each": {"Type": "Map", "ItemProcessor": {"StartAt": "Run", "States": {"Run": RUN}}}}


@pytest.mark.parametrize("states", [{"Run": RUN}, NESTED, MAPPED], ids=["plain", "parallel", "map"])
def test_a_task_of_a_state_machine_is_proven(states: dict[str, Any]) -> None:
    found = report(states)
    assert [finding.rule for finding in found.findings if finding.severity == "error"] == []
    assert {proof.task for proof in found.proofs} == {"Machine"}
    assert {proof.holds for proof in found.proofs} == {True}


def test_a_task_of_a_state_machine_needs_its_endpoints() -> None:
    found = report({"Run": RUN}, without="EcrDkrEndpoint")
    assert "NET-003" in {finding.rule for finding in found.findings}


def test_what_comes_with_the_input_is_unproven() -> None:
    parameters = {
        **RUN["Parameters"],
        "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets.$": "$.subnets"}},
    }  # type: ignore[dict-item]
    found = report({"Run": {**RUN, "Parameters": parameters}}, without="EcrDkrEndpoint")
    assert [finding.rule for finding in found.findings if finding.rule.startswith("NET")] == []
    assert any("$.subnets" in item.reason for item in found.unproven)
