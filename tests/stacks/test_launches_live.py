"""A system launched with the launch role, where what its policies say is judged as the stacks are made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from systems import environment

from private_fargate.config.catalog import Catalog
from private_fargate.config.derived import boundary_name, launch_role_name
from private_fargate.config.models import JumpHost
from stacks import launch_role, launchable
from tests.fakes.service_catalog_house import REGION, Shop, values

if TYPE_CHECKING:
    from private_fargate.local.embedded import EmbeddedAws

SETTINGS = environment(
    catalog=Catalog(portfolio="Platform", provider="Platform team"), jump_host=JumpHost(placement="private")
)
SYSTEM = launchable.render(SETTINGS)


@pytest.fixture
def shop(extended_aws: EmbeddedAws) -> Shop:
    """An account that offers the system, with the launch role as its template makes it."""
    shop = Shop(extended_aws)
    cloudformation = shop.client("cloudformation")
    cloudformation.create_stack(
        StackName="launch-role",
        TemplateBody=launch_role.render(SETTINGS, SYSTEM)["parent.json"].decode(),
        Parameters=[{"ParameterKey": "ArtifactBucketName", "ParameterValue": shop.bucket}],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="launch-role", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    return shop


def root(shop: Shop) -> dict[str, Any]:
    """Upload what is nested, and return the root with its addresses."""
    addresses = {name: shop.put(body, f"templates/1/{name}") for name, body in SYSTEM.items()}
    document = json.loads(SYSTEM["parent.json"])
    for resource in document["Resources"].values():
        if resource["Type"] == "AWS::CloudFormation::Stack":
            resource["Properties"]["TemplateURL"] = addresses[resource["Properties"]["TemplateURL"]]
    return document


def launched(shop: Shop) -> dict[str, Any]:
    offer = shop.offer(root(shop))
    shop.constrain(offer, "LAUNCH", {"LocalRoleName": launch_role_name(SETTINGS, REGION)})
    return shop.provision(offer, ProvisioningParameters=values(Name="payments"))


def problems(record: dict[str, Any]) -> str:
    return str(record["RecordDetail"].get("RecordErrors"))


def reasons(shop: Shop) -> str:
    """Return why resources of products failed, nested stacks included."""
    cloudformation = shop.client("cloudformation")
    stacks = {each["StackId"] for each in cloudformation.list_stacks()["StackSummaries"]}
    events = [cloudformation.describe_stack_events(StackName=stack)["StackEvents"] for stack in stacks]
    return " ".join(event.get("ResourceStatusReason", "") for each in events for event in each)


@pytest.mark.slow
@pytest.mark.emulator
def test_a_team_launches_and_ends_the_system_with_the_launch_role(shop: Shop) -> None:
    record = launched(shop)
    assert record["RecordDetail"]["Status"] == "SUCCEEDED", problems(record)
    iam = shop.client("iam")
    roles = [role for role in iam.list_roles()["Roles"] if role["RoleName"].startswith("SC-")]
    bound = f"arn:aws:iam::{shop.account}:policy/{boundary_name(SETTINGS, REGION)}"
    found = [iam.get_role(RoleName=role["RoleName"])["Role"]["PermissionsBoundary"] for role in roles]
    assert len(roles) >= 4  # two of the service, one of the flow logs, one of the jump host
    assert {each["PermissionsBoundaryArn"] for each in found} == {bound}
    ended = shop.terminate()
    assert ended["RecordDetail"]["Status"] == "SUCCEEDED", problems(ended)


@pytest.mark.slow
@pytest.mark.emulator
@pytest.mark.parametrize("part", ["StacksPolicy", "NetworkPolicy", "WorkloadPolicy", "IdentityPolicy"])
def test_without_a_part_of_its_rights_nothing_is_launched(shop: Shop, part: str) -> None:
    iam, role = shop.client("iam"), launch_role_name(SETTINGS, REGION)
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    (taken,) = (policy for policy in attached if part in policy["PolicyName"])
    iam.detach_role_policy(RoleName=role, PolicyArn=taken["PolicyArn"])
    record = launched(shop)
    assert record["RecordDetail"]["Status"] == "FAILED"
    assert "is not authorized to perform" in problems(record) + reasons(shop)
