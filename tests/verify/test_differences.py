"""An update replaces what it has to, what hangs on that, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.verify.model import Model
from private_fargate.verify.templates.differences import comparison, renames, replacements
from private_fargate.verify.templates.places import Place
from private_fargate.verify.templates.sources import Template
from private_fargate.verify.templates.systems import Loader, systems

if TYPE_CHECKING:
    from private_fargate.verify.templates.symbols import Value

PARAMETERS = {"Id": {"Type": "String"}, "Other": {"Type": "String"}}


class Ready(Loader):
    """Hands out one template without a file."""

    def __init__(self, template: Template) -> None:
        super().__init__()
        self._templates[template.path] = template


def model(resources: dict[str, Any], region: str | None = None) -> Model:
    body = {"Parameters": PARAMETERS, "Resources": resources}
    template = Template(Path("t.json"), json.dumps(body))
    return Model(systems(template.path, {}, Place(region), Ready(template))[0])


def vpc(block: Any = "10.0.0.0/16", **more: Any) -> dict[str, Any]:
    return {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": block, **more}}


def subnet(of: Any = None, **more: Any) -> dict[str, Any]:
    properties = {"VpcId": of or {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24", **more}
    return {"Type": "AWS::EC2::Subnet", "Properties": properties}


def replaced(before: dict[str, Any], now: dict[str, Any]) -> dict[str, tuple[tuple[str, ...], bool]]:
    found = replacements(model(before), model(now))
    return {str(each.address): (each.properties, each.certain) for each in found}


def test_nothing_is_replaced_where_nothing_changes() -> None:
    resources = {"Vpc": vpc({"Ref": "Id"}), "Subnet": subnet()}
    assert replaced(resources, resources) == {}


def test_what_can_be_changed_is_not_replaced() -> None:
    assert replaced({"Vpc": vpc()}, {"Vpc": vpc(EnableDnsHostnames=True)}) == {}


def test_a_replaced_vpc_takes_its_subnets_with_it() -> None:
    before = {"Vpc": vpc(), "Subnet": subnet(), "Apart": subnet({"Ref": "Id"})}
    now = {**before, "Vpc": vpc("10.1.0.0/16")}
    assert replaced(before, now) == {"Vpc": (("CidrBlock",), True), "Subnet": (("VpcId",), True)}
    causes = [[str(cause) for cause in each.causes] for each in replacements(model(before), model(now))]
    assert causes == [[], ["Vpc"]]


def test_what_is_not_known_is_replaced_perhaps() -> None:
    found = replaced(
        {"Vpc": vpc({"Ref": "Id"}), "Subnet": subnet()}, {"Vpc": vpc({"Ref": "Other"}), "Subnet": subnet()}
    )
    assert found == {"Vpc": (("CidrBlock",), False), "Subnet": (("VpcId",), False)}


@pytest.mark.parametrize(
    ("old", "new", "certain"),
    [
        ({}, {"Type": "application"}, False),
        ({}, {"Type": "network"}, True),
        ({"Scheme": "internal"}, {}, True),
        ({"Scheme": "internet-facing"}, {}, False),
    ],
)
def test_a_default_written_down_is_perhaps_no_change(old: Value, new: Value, *, certain: bool) -> None:
    kind = "AWS::ElasticLoadBalancingV2::LoadBalancer"
    before, now = ({"Balancer": {"Type": kind, "Properties": each}} for each in (old, new))
    assert [each.certain for each in replacements(model(before), model(now))] == [certain]


def test_a_change_that_replaces_in_some_cases_is_not_certain() -> None:
    before, now = (
        {"Host": {"Type": "AWS::EC2::Instance", "Properties": {"InstanceType": kind}}}
        for kind in ("t3.nano", "t3.micro")
    )
    assert replaced(before, now) == {"Host": (("InstanceType",), False)}


def changed(old: Any, new: Any, region: str | None = None) -> bool | None:
    before, now = (model({"Vpc": vpc(), "S": subnet(AvailabilityZone=zone)}, region) for zone in (old, new))
    values = (each.system.resources[1].get("AvailabilityZone") for each in (before, now))
    return comparison(before, now).translation.changed(*values)


def zone(index: int) -> dict[str, Any]:
    return {"Fn::Select": [index, {"Fn::GetAZs": ""}]}


def test_zones_that_are_known_by_their_numbers_are_told_apart() -> None:
    assert changed(zone(0), zone(0)) is False
    assert changed(zone(0), zone(1)) is True
    assert changed(zone(0), "us-east-1a") is None
    assert changed(zone(0), {"Fn::Select": [0, {"Fn::GetAZs": "us-east-1"}]}) is None


def test_numbers_and_texts_are_the_same() -> None:
    assert changed(80, "80") is False
    assert changed([True], ["true"]) is False
    assert changed({"A": [1]}, {"A": ["1"]}) is False


def test_an_id_written_down_may_be_that_of_the_resource() -> None:
    assert changed({"Ref": "Vpc"}, "vpc-0123456789abcdef0") is None


def test_what_moves_to_another_logical_id_is_a_rename() -> None:
    before, now = {"Vpc": vpc(), "One": subnet()}, {"Vpc": vpc(), "Other": subnet()}
    assert [(str(each.old), str(each.new)) for each in renames(model(before), model(now))] == [
        ("One", "Other")
    ]


def test_what_differs_is_no_rename() -> None:
    now = {"Vpc": vpc(), "Other": subnet(CidrBlock="10.0.1.0/24")}
    assert renames(model({"Vpc": vpc(), "One": subnet()}), model(now)) == ()


def test_another_type_at_the_same_address_is_another_resource() -> None:
    before, now = {"Vpc": vpc()}, {"Vpc": {"Type": "AWS::EC2::InternetGateway"}}
    both = comparison(model(before), model(now))
    assert [str(each.address) for each in both.added] == ["Vpc"]
    assert [each.type for each in both.removed] == ["AWS::EC2::VPC"]
    assert both.replaced == {}


def test_a_nested_stack_hands_the_replacement_on(tmp_path: Path) -> None:
    child = {
        "Parameters": {"VpcId": {"Type": "String"}},
        "Resources": {"Subnet": subnet({"Ref": "VpcId"})},
    }
    (tmp_path / "child.json").write_text(json.dumps(child))
    models: list[Model] = []
    for block in ("10.0.0.0/16", "10.1.0.0/16"):
        properties = {"TemplateURL": "child.json", "Parameters": {"VpcId": {"Ref": "Vpc"}}}
        nested = {"Type": "AWS::CloudFormation::Stack", "Properties": properties}
        parent = tmp_path / "parent.json"
        parent.write_text(json.dumps({"Resources": {"Vpc": vpc(block), "Nested": nested}}))
        models.append(Model(systems(parent, {}, Place())[0]))
    assert [str(each.address) for each in replacements(*models)] == ["Vpc", "Nested/Subnet"]
