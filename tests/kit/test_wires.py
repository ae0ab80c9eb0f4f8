"""A wire carries one kind of value, from the resource that has it, to the parameter that takes it."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from troposphere import GetAtt, Ref, ec2

from private_fargate.kit import kinds
from private_fargate.kit.scope import Library, Scope
from private_fargate.kit.trees import tree


@dataclass(frozen=True)
class Config:
    name: str = "a"


@dataclass(frozen=True, kw_only=True)
class Inputs:
    vpc_id: kinds.VpcId | None


@dataclass(frozen=True, kw_only=True)
class Outputs:
    group_id: kinds.EndpointClientSecurityGroupId


def build(scope: Scope, config: Config, inputs: Inputs) -> Outputs:
    """A group in a VPC."""
    group = ec2.SecurityGroup("Group", GroupDescription=config.name)
    if inputs.vpc_id is not None:
        group.VpcId = inputs.vpc_id
    scope.add(group, why="for a test")
    return Outputs(group_id=kinds.EndpointClientSecurityGroupId.of(group))


@pytest.fixture
def scope() -> Scope:
    return Scope("a parent", Library(tags={"Project": "demo"}))


def test_nesting_declares_the_parameter_and_the_output_and_wires_them(scope: Scope) -> None:
    vpc = scope.add(ec2.VPC("Vpc", CidrBlock="10.0.0.0/16"), why="for a test")
    outputs = scope.nest("Doors", build, Config(), Inputs(vpc_id=kinds.VpcId.of(vpc)))
    (child,) = scope.library.templates.values()
    template = json.loads(child)
    assert template["Description"] == "A group in a VPC."
    assert template["Parameters"] == {"VpcId": {"Type": "AWS::EC2::VPC::Id", "Description": "The VPC."}}
    assert template["Outputs"]["GroupId"]["Value"] == {"Fn::GetAtt": ["Group", "GroupId"]}
    assert outputs.group_id.to_dict() == {"Fn::GetAtt": ["Doors", "Outputs.GroupId"]}
    stack = scope.template.to_dict()["Resources"]["Doors"]["Properties"]
    assert stack["Parameters"] == {"VpcId": {"Ref": "Vpc"}}
    assert stack["Tags"] == [{"Key": "Project", "Value": "demo"}]


def test_equal_configs_share_a_template(scope: Scope) -> None:
    for title in ("First", "Second"):
        scope.nest(title, build, Config(), Inputs(vpc_id=kinds.VpcId("vpc-1")))
    assert list(scope.library.templates) == ["test-wires.json"]


def test_two_shapes_of_one_name_are_refused(scope: Scope) -> None:
    scope.nest("First", build, Config("a"), Inputs(vpc_id=kinds.VpcId("vpc-1")))
    with pytest.raises(ValueError, match="would be two templates"):
        scope.nest("Second", build, Config("b"), Inputs(vpc_id=kinds.VpcId("vpc-1")))


def test_a_wire_that_is_not_there_is_no_parameter(scope: Scope) -> None:
    scope.nest("Doors", build, Config(), Inputs(vpc_id=None))
    (child,) = scope.library.templates.values()
    assert "Parameters" not in json.loads(child)


def test_a_wire_from_the_wrong_resource_names_both() -> None:
    with pytest.raises(TypeError, match="VpcId comes from VPC, not from SecurityGroup"):
        kinds.VpcId.of(ec2.SecurityGroup("Group", GroupDescription="x"))


def test_waiting_without_a_wire_is_said_with_depends_on(scope: Scope) -> None:
    first = scope.nest("First", build, Config(), Inputs(vpc_id=None))
    scope.nest("Second", build, Config(), Inputs(vpc_id=None), after=[first])
    assert scope.template.to_dict()["Resources"]["Second"]["DependsOn"] == ["First"]


def test_a_list_is_handed_on_as_a_text() -> None:
    """CloudFormation refuses a list as the parameter of a nested stack."""
    received = kinds.PrivateSubnetIds(Ref("PrivateSubnetIds"))
    assert tree({"Value": received.as_text()}) == {"Value": {"Fn::Join": [",", {"Ref": "PrivateSubnetIds"}]}}
    produced = kinds.PrivateSubnetIds(GetAtt("Network", "Outputs.PrivateSubnetIds"))
    assert produced.as_text() is produced


def test_every_kind_describes_itself_and_none_subclasses_another() -> None:
    found = [
        kind for kind in vars(kinds).values() if isinstance(kind, type) and kind.__module__ == kinds.__name__
    ]
    assert len(found) > 30
    for kind in found:
        assert kind.description().endswith(".") or ";" in kind.description(), kind
        assert all(base.__module__ != kinds.__name__ for base in kind.__bases__), kind
