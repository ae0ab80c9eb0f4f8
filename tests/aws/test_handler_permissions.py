"""What is known of CloudFormation's handlers: all that our templates need, and nothing that is not there."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from private_fargate.aws.handlers import HANDLERS, NEVER, ONLY_WITH, STEPS, linked_services, permissions
from private_fargate.aws.handlers.launching import ON_STACKS, ON_TEMPLATES
from private_fargate.aws.handlers.parameters import ZONE_LOOKUP, lookups
from private_fargate.aws.handlers.uses import BESIDES, SERVICE_LINKED
from private_fargate.config import loading
from stacks import parent

UNHEARD = {"s3:REST.PUT.OBJECT", "vpc-lattice:DescribeServiceNetworkVpcEndpointAssociation"}
"""What schemas list although IAM has no action of this name, as of 2026-10."""

ENVIRONMENTS = sorted(Path("environments").glob("*.yaml"))
LISTED = {
    cfn_type: {action for step in STEPS for action in handlers.of(step)}
    for cfn_type, handlers in HANDLERS.items()
}


def exists(action: str) -> bool:
    """Say whether awacs, which is made from the Service Authorization Reference, knows an action."""
    service, _, name = action.partition(":")
    return hasattr(import_module(f"awacs.{service.replace('-', '_')}"), name)


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_each_type_of_the_examples_is_known(path: Path) -> None:
    templates = parent.render(loading.load(path))
    types = {
        resource["Type"] for text in templates.values() for resource in json.loads(text)["Resources"].values()
    }
    assert len(types) > 15
    assert types - HANDLERS.keys() == set()


@pytest.mark.parametrize("cfn_type", HANDLERS)
def test_the_lists_are_sorted_and_name_nothing_twice(cfn_type: str) -> None:
    handlers = HANDLERS[cfn_type]
    assert handlers.create
    assert handlers.read
    assert handlers.delete
    for step in STEPS:
        text = getattr(handlers, step)
        spelled, prefix = [], ""
        for word in text.split():
            prefix, name = word.split(":") if ":" in word else (prefix, word)
            spelled.append(f"{prefix}:{name}")
        assert spelled == sorted(set(spelled)) == sorted(handlers.of(step)), step


def test_every_action_is_one_that_iam_has() -> None:
    besides = {action for rows in BESIDES.values() for action in rows}
    actions = set().union(*LISTED.values(), besides, ON_STACKS, ON_TEMPLATES, ZONE_LOOKUP)
    assert {action for action in actions if not exists(action)} == UNHEARD


@pytest.mark.parametrize("table", [ONLY_WITH, NEVER], ids=["only-with", "never"])
def test_nothing_is_left_out_that_no_schema_lists(table: dict[str, dict[str, object]]) -> None:
    unlisted = {cfn_type: set(rows) - LISTED[cfn_type] for cfn_type, rows in table.items()}
    assert {cfn_type: rows for cfn_type, rows in unlisted.items() if rows} == {}


def test_nothing_is_added_that_the_schema_lists_already() -> None:
    assert [
        action for cfn_type, rows in BESIDES.items() for action in rows if action in LISTED[cfn_type]
    ] == []


def test_nothing_unheard_of_is_given() -> None:
    given = set().union(*(permissions(cfn_type, properties(cfn_type)) for cfn_type in HANDLERS))
    assert given & UNHEARD == set()
    assert "iam:DeleteRolePermissionsBoundary" not in given


def properties(cfn_type: str) -> set[str]:
    """Return the properties of a type, by cfn-lint's copy of its schema."""
    return set(PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", cfn_type).schema["properties"])


@pytest.mark.parametrize("cfn_type", sorted({*ONLY_WITH, *BESIDES}))
def test_rights_hang_on_properties_that_there_are(cfn_type: str) -> None:
    rows = [*ONLY_WITH.get(cfn_type, {}).values(), *BESIDES.get(cfn_type, {}).values()]
    assert frozenset().union(*rows) - properties(cfn_type) == set()


def test_reading_is_never_left_out() -> None:
    """A handler reads the whole of a resource, so that only what changes something can hang on a property."""
    reading = ("Describe", "Get", "List")
    left_out = {
        action for rows in ONLY_WITH.values() for action in rows if action.split(":")[1].startswith(reading)
    }
    # Before it lets flow logs into a bucket, or images use a key, a handler looks at that bucket or key.
    assert left_out == {"kms:DescribeKey", "s3:GetBucketPolicy"}


@pytest.mark.parametrize(
    ("cfn_type", "given", "action"),
    [
        ("AWS::EC2::EIP", "InstanceId", "ec2:AssociateAddress"),
        ("AWS::EC2::FlowLog", "LogDestination", "s3:PutBucketPolicy"),
        ("AWS::EC2::NatGateway", "AvailabilityMode", "iam:CreateServiceLinkedRole"),
        ("AWS::EC2::VPCGatewayAttachment", "VpnGatewayId", "ec2:AttachVpnGateway"),
        ("AWS::ECR::Repository", "EncryptionConfiguration", "kms:CreateGrant"),
        ("AWS::IAM::ManagedPolicy", "Users", "iam:AttachUserPolicy"),
        ("AWS::Logs::LogGroup", "KmsKeyId", "logs:AssociateKmsKey"),
    ],
)
def test_a_property_brings_its_rights_and_no_other_does(cfn_type: str, given: str, action: str) -> None:
    others = properties(cfn_type) - {given, *ONLY_WITH.get(cfn_type, {}).get(action, set())}
    assert action in permissions(cfn_type, {given})
    assert action not in permissions(cfn_type, others)


def test_no_system_may_change_a_setting_of_the_whole_account() -> None:
    everything = permissions("AWS::ECS::Cluster", properties("AWS::ECS::Cluster"))
    assert not {action for action in everything if "AccountSetting" in action}


def test_services_get_roles_of_their_own_for_what_needs_one() -> None:
    assert {cfn_type for cfn_type, _ in SERVICE_LINKED} <= HANDLERS.keys()
    assert linked_services("AWS::EC2::NatGateway", {"SubnetId"}) == set()
    assert linked_services("AWS::EC2::NatGateway", {"AvailabilityMode"}) == {"ec2-nat-gateway.amazonaws.com"}


def test_values_of_parameters_are_looked_up() -> None:
    assert lookups("AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>") == {
        "ec2:DescribeImages",
        "ssm:GetParameters",
    }
    assert lookups("List<AWS::EC2::Subnet::Id>") == {"ec2:DescribeSubnets"}
    assert lookups("CommaDelimitedList") == lookups("String") == set()


def test_an_unknown_type_is_an_error() -> None:
    with pytest.raises(KeyError):
        permissions("AWS::Lambda::Function", [])
