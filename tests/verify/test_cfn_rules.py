"""Rules about the lives of stacks, and about hosts, where the examples of the document do not reach."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from private_fargate.verify.checking import verify
from private_fargate.verify.examples import Example, examples
from private_fargate.verify.rules.hosts import jump_hosts
from private_fargate.verify.rules.stacks import addresses as cfn_addresses
from private_fargate.verify.rules.stacks import data as cfn_data
from private_fargate.verify.rules.stacks import deletion as cfn_deletion
from private_fargate.verify.rules.stacks import names as cfn_names
from private_fargate.verify.rules.stacks import templates as cfn_templates
from private_fargate.verify.rules.stacks import updates as cfn_updates
from private_fargate.verify.templates.places import Place
from private_fargate.verify.templates.sources import Template
from private_fargate.verify.templates.systems import Loader

RULES = (
    *cfn_addresses.RULES,
    *cfn_data.RULES,
    *cfn_deletion.RULES,
    *cfn_names.RULES,
    *cfn_templates.RULES,
    *cfn_updates.RULES,
    *jump_hosts.RULES,
)
OURS = {rule.id for rule in RULES}
COMPARING = [
    example for id_, listed in examples().items() for example in listed if id_ in OURS and example.compares
]
VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
NESTED = "AWS::CloudFormation::Stack"


class Ready(Loader):
    """Hands out templates without files."""

    def __init__(self, *templates: Template) -> None:
        super().__init__()
        self._templates.update({template.path: template for template in templates})


def compared(example: Example, change: str) -> list[tuple[str, str]]:
    now, before = example.template(change, "now"), example.template(example.before, "before")
    against = before.path if example.compares else None
    loader = Ready(now, before)
    report = verify(now.path, arguments=example.parameters, against=against, rules=RULES, loader=loader)
    return [(finding.rule, finding.message) for finding in report.findings]


def number(example: Example) -> str:
    return f"{example.rule}-{examples()[example.rule].index(example)}"


@pytest.mark.parametrize("example", COMPARING, ids=number)
def test_a_rule_fires_on_a_faulty_update(example: Example) -> None:
    assert example.rule in dict(compared(example, example.fails))


@pytest.mark.parametrize("example", COMPARING, ids=number)
def test_a_rule_is_silent_on_a_near_miss_of_an_update(example: Example) -> None:
    assert example.rule not in dict(compared(example, example.passes))


@pytest.mark.parametrize("base", ["isolated", "balanced", "host"])
@pytest.mark.parametrize("compares", [False, True])
def test_a_correct_template_has_no_finding(base: str, *, compares: bool) -> None:
    example = Example(rule=base, base=base, fails="", passes="", parameters={}, compares=compares)
    assert compared(example, "") == []


def found(
    body: dict[str, Any], before: dict[str, Any] | None = None, region: str | None = None
) -> list[tuple[str, str, str]]:
    """Give the rule, the severity and the resource of all findings."""
    bodies = {"now.json": body, "before.json": before or {"Resources": {}}}
    loader = Ready(*(Template(Path(name), json.dumps(each)) for name, each in bodies.items()))
    against = Path("before.json") if before else None
    report = verify(Path("now.json"), place=Place(region), against=against, rules=RULES, loader=loader)
    return [(finding.rule, finding.severity, finding.resource) for finding in report.findings]


def subnet(zone: Any, block: Any = "10.0.0.0/24") -> dict[str, Any]:
    properties = {"VpcId": {"Ref": "Vpc"}, "CidrBlock": block, "AvailabilityZone": zone}
    return {"Type": "AWS::EC2::Subnet", "Properties": properties}


def test_a_zone_of_another_region_is_an_error() -> None:
    body = {"Resources": {"Vpc": VPC, "Subnet": subnet("us-east-1a")}}
    assert found(body) == [("CFN-005", "info", "Subnet")]
    assert found(body, region="eu-west-1") == [("CFN-005", "error", "Subnet")]


def test_a_zone_that_a_person_chooses_is_none_that_is_written_down() -> None:
    parameters = {"Zone": {"Type": "AWS::EC2::AvailabilityZone::Name", "Default": "us-east-1a"}}
    assert found({"Parameters": parameters, "Resources": {"Vpc": VPC, "S": subnet({"Ref": "Zone"})}}) == []


def test_blocks_that_nobody_knows_are_compared_with_nothing() -> None:
    parameters = {"One": {"Type": "String"}, "Other": {"Type": "String"}}
    subnets = {name: subnet(None, {"Ref": name}) for name in parameters}
    resources = {"Vpc": VPC} | {f"{name}Subnet": body for name, body in subnets.items()}
    assert found({"Parameters": parameters, "Resources": resources}) == []


def test_a_vpc_with_a_range_that_nobody_knows_may_hold_any_subnet() -> None:
    more = {"VpcId": {"Ref": "Vpc"}, "CidrBlock": {"Ref": "More"}}
    resources = {
        "Vpc": VPC,
        "MoreAddresses": {"Type": "AWS::EC2::VPCCidrBlock", "Properties": more},
        "Subnet": subnet(None, "10.9.0.0/24"),
    }
    assert found({"Parameters": {"More": {"Type": "String"}}, "Resources": resources}) == []


def test_overlapping_blocks_of_two_vpcs_are_two_worlds() -> None:
    other = subnet(None)
    other["Properties"]["VpcId"] = {"Ref": "OtherVpc"}
    assert found({"Resources": {"Vpc": VPC, "OtherVpc": VPC, "One": subnet(None), "Other": other}}) == []


def nested(properties: dict[str, Any]) -> dict[str, Any]:
    parameters = {"Ids": {"Type": "CommaDelimitedList"}, "Text": {"Type": "String"}}
    return {"Parameters": parameters, "Resources": {"Nested": {"Type": NESTED, "Properties": properties}}}


URL = "https://bucket.s3.amazonaws.com/nested.json"


@pytest.mark.parametrize(
    "value",
    [["a"], {"Ref": "Ids"}, {"Fn::GetAZs": ""}, {"Fn::Split": [",", {"Ref": "Text"}]}],
)
def test_no_list_gets_into_a_nested_stack(value: Any) -> None:
    assert found(nested({"TemplateURL": URL, "Parameters": {"X": value}})) == [("CFN-008", "error", "Nested")]


@pytest.mark.parametrize(
    "value",
    [
        "a,b",
        3,
        True,
        {"Ref": "Text"},
        {"Fn::Join": [",", {"Ref": "Ids"}]},
        {"Fn::Select": [0, {"Ref": "Ids"}]},
        {"Fn::ImportValue": "subnets"},
        {"Fn::GetAtt": ["Other", "Outputs.Subnets"]},
    ],
)
def test_texts_get_into_a_nested_stack(value: Any) -> None:
    assert found(nested({"TemplateURL": URL, "Parameters": {"X": value}})) == []


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "https://s3.amazonaws.com/bucket/nested.json",
        "https://s3.cn-north-1.amazonaws.com.cn/bucket/nested.json",
        "https://bucket.s3.dualstack.eu-west-1.amazonaws.com/nested.json",
        {"Fn::Sub": "https://${Text}.s3.${AWS::Region}.${AWS::URLSuffix}/nested.json"},
        {"Fn::Sub": "${Text}/nested.json"},
        {"Ref": "Text"},
    ],
)
def test_every_address_of_s3_is_one_of_a_template(url: Any) -> None:
    assert found(nested({"TemplateURL": url})) == []


@pytest.mark.parametrize(
    "url",
    [
        "s3://bucket/nested.json",
        "https://raw.example.com/bucket/nested.json",
        "http://bucket.s3-website-us-east-1.amazonaws.com/nested.json",
        "../nowhere/nested.json",
    ],
)
def test_other_addresses_are_not(url: str) -> None:
    assert found(nested({"TemplateURL": url})) == [("CFN-009", "error", "Nested")]


def test_a_file_beside_the_template_is_one(tmp_path: Path) -> None:
    (tmp_path / "nested.json").write_text(json.dumps({"Resources": {"Vpc": VPC}}))
    parent = tmp_path / "parent.json"
    parent.write_text(json.dumps(nested({"TemplateURL": "nested.json"})))
    assert verify(parent, rules=RULES).findings == ()
    (tmp_path / "nested.json").unlink()
    assert [finding.rule for finding in verify(parent, rules=RULES).findings] == ["CFN-009"]


def test_a_template_has_a_largest_size(tmp_path: Path) -> None:
    template = tmp_path / "large.json"
    template.write_text(json.dumps({"Resources": {"Vpc": VPC}, "Metadata": {"text": "x" * 1_000_000}}))
    assert [finding.rule for finding in verify(template, rules=RULES).findings] == ["CFN-022"]


def role(**properties: Any) -> dict[str, Any]:
    return {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}}


def test_a_name_made_of_a_parameter_stands_in_nobodys_way() -> None:
    assert found(role(RoleName={"Fn::Sub": "${AWS::StackName}-web"})) == []
    assert found(role(RoleName="web")) == [("CFN-010", "info", "Role")]


def test_a_renamed_role_with_a_fixed_name_collides() -> None:
    name = {"Fn::Sub": "${AWS::StackName}-web"}
    moved = {"Resources": {"Other": role(RoleName=name)["Resources"]["Role"]}}
    assert found(moved, role(RoleName=name)) == [("CFN-010", "warning", "Other")]
    assert found(moved, role(RoleName="web")) == []


def exporting(outputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Resources": {"Vpc": VPC, "Other": VPC, **more}, "Outputs": outputs}


def export(resource: str, name: Any = "web-vpc") -> dict[str, Any]:
    return {"Vpc": {"Value": {"Ref": resource}, "Export": {"Name": name}}}


def test_an_export_that_gets_another_value_is_as_bad_as_one_removed() -> None:
    assert found(exporting(export("Other")), exporting(export("Vpc"))) == [("CFN-021", "warning", "Vpc")]
    assert found(exporting(export("Vpc")), exporting(export("Vpc"))) == []


def test_an_export_that_is_imported_before_our_eyes_cannot_go() -> None:
    properties = {"TemplateURL": URL, "Parameters": {"VpcId": {"Fn::ImportValue": "web-vpc"}}}
    user = {"Nested": {"Type": NESTED, "Properties": properties}}
    assert found(exporting({}, **user), exporting(export("Vpc"))) == [("CFN-021", "error", "Vpc")]


def test_an_export_whose_new_name_nobody_knows_may_be_the_old_one() -> None:
    now = exporting(export("Vpc", {"Ref": "Name"})) | {"Parameters": {"Name": {"Type": "String"}}}
    assert found(now, exporting(export("Vpc"))) == []


def test_an_update_is_compared_under_the_same_assumptions() -> None:
    """A parameter that is new must not have the deployed stack take the other side of an old one."""
    conditions = {name: {"Fn::Equals": [{"Ref": name}, "yes"]} for name in ("Wide", "More")}
    block = {"Fn::If": ["Wide", "10.0.0.0/20", "10.0.0.0/24"]}

    def body(*names: str) -> dict[str, Any]:
        return {
            "Parameters": {name: {"Type": "String"} for name in names},
            "Conditions": {name: conditions[name] for name in names},
            "Resources": {"Vpc": VPC, "Subnet": subnet(None, block)},
        }

    assert found(body("Wide", "More"), body("Wide")) == []
    assert found(body("More", "Wide"), body("Wide")) == []
