"""The launch role in the fake of Service Catalog: what it may not do does not happen."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fakes.service_catalog_house import Offer, Shop, allow, log_group, nesting, refused

pytestmark = [pytest.mark.emulator, pytest.mark.xdist_group("service catalog")]

STACKS = allow("cloudformation:*")
COPY = allow(
    "s3:GetObject",
    Condition={"StringEquals": {"s3:ExistingObjectTag/servicecatalog:provisioning": "true"}},
)
LOGS = allow("logs:*")


def launch_with(shop: Shop, template: Any, *statements: dict[str, Any]) -> tuple[Offer, dict[str, Any]]:
    """Launch with a role that has these statements, and return the offer and the record."""
    offer = shop.offer(template)
    shop.constrain(offer, "LAUNCH", {"LocalRoleName": shop.role("launch", *statements)})
    record: dict[str, Any] = shop.provision(offer)["RecordDetail"]
    return offer, record


def reason(record: dict[str, Any]) -> str:
    assert record["Status"] == "FAILED"
    return str(record["RecordErrors"][0]["Description"])


def failures(shop: Shop) -> str:
    """Return why resources failed, in all stacks."""
    cloudformation = shop.client("cloudformation")
    stacks = [each["StackId"] for each in cloudformation.list_stacks()["StackSummaries"]]
    events = [e for s in stacks for e in cloudformation.describe_stack_events(StackName=s)["StackEvents"]]
    return "\n".join(e.get("ResourceStatusReason", "") for e in events if "FAILED" in e["ResourceStatus"])


def test_a_role_that_may_do_all_that_is_needed_launches(shop: Shop) -> None:
    child = allow("s3:GetObject", resource=f"arn:aws:s3:::{shop.bucket}/templates/*")
    _, record = launch_with(shop, nesting(shop.put(log_group())), STACKS, COPY, child, LOGS)
    assert record["Status"] == "SUCCEEDED"
    assert record["LaunchRoleArn"] == f"arn:aws:iam::{shop.account}:role/launch"


def test_a_role_that_cannot_read_a_child_fails_with_the_words_of_s3(shop: Shop) -> None:
    """The tag of the documented policy is on Service Catalog's copy of the root, and not on a child."""
    _, record = launch_with(shop, nesting(shop.put(log_group())), STACKS, COPY, LOGS)
    assert "Child" in reason(record)
    assert "S3 error: Access Denied" in failures(shop)


def test_a_role_that_cannot_read_the_copy_of_the_root_begins_nothing(shop: Shop) -> None:
    child = allow("s3:GetObject", resource=f"arn:aws:s3:::{shop.bucket}/templates/*")
    _, record = launch_with(shop, log_group(), STACKS, child, LOGS)
    assert "s3:GetObject" in reason(record)
    assert shop.client("cloudformation").list_stacks()["StackSummaries"] == []


def test_a_role_without_create_stack_begins_nothing(shop: Shop) -> None:
    _, record = launch_with(shop, log_group(), COPY, LOGS)
    assert "is not authorized to perform: cloudformation:CreateStack" in reason(record)


def test_a_role_that_is_not_there_cannot_be_taken(shop: Shop) -> None:
    offer = shop.offer(log_group())
    shop.constrain(offer, "LAUNCH", {"LocalRoleName": "nobody"})
    assert "sts:AssumeRole" in reason(shop.provision(offer)["RecordDetail"])


@pytest.mark.slow
def test_a_role_that_trusts_another_service_cannot_be_taken(shop: Shop) -> None:
    offer = shop.offer(log_group())
    role = shop.role("launch", allow("*"), service="ec2.amazonaws.com")
    shop.constrain(offer, "LAUNCH", {"RoleArn": f"arn:aws:iam::{shop.account}:role/{role}"})
    assert "sts:AssumeRole" in reason(shop.provision(offer)["RecordDetail"])


def test_a_role_that_may_not_make_a_resource_fails_it(shop: Shop) -> None:
    launch_with(shop, log_group(), STACKS, COPY)
    assert "is not authorized to perform: logs:CreateLogGroup" in failures(shop)


def bounded(boundary: str | None) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    properties = {
        "AssumeRolePolicyDocument": document,
        **({"PermissionsBoundary": boundary} if boundary else {}),
    }
    return {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}}


@pytest.mark.parametrize("given", [True, False])
def test_roles_without_the_boundary_that_a_condition_wants_are_not_made(shop: Shop, *, given: bool) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:*")]})
    boundary = shop.client("iam").create_policy(PolicyName="limit", PolicyDocument=document)["Policy"]["Arn"]
    wanted = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    roles = allow("iam:CreateRole", resource="arn:aws:iam::*:role/SC-*", Condition=wanted)
    _, record = launch_with(shop, bounded(boundary if given else None), STACKS, COPY, roles)
    assert record["Status"] == ("SUCCEEDED" if given else "FAILED")
    if not given:
        assert "is not authorized to perform: iam:CreateRole" in failures(shop)


def test_a_role_that_may_not_pass_a_role_fails_the_task_definition(shop: Shop) -> None:
    shop.role("task", service="ecs-tasks.amazonaws.com")
    arn = f"arn:aws:iam::{shop.account}:role/task"
    properties = {
        "TaskRoleArn": arn,
        "Cpu": "256",
        "Memory": "512",
        "NetworkMode": "awsvpc",
        "RequiresCompatibilities": ["FARGATE"],
        "ContainerDefinitions": [{"Name": "web", "Image": "example/web:1"}],
    }
    task = {"Resources": {"Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": properties}}}
    other = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    passing = allow("iam:PassRole", Condition=other)
    launch_with(shop, task, STACKS, COPY, allow("ecs:*"), passing)
    assert f"iam:PassRole on resource: {arn}" in failures(shop)


@pytest.mark.slow
def test_a_role_that_was_removed_can_terminate_nothing(shop: Shop) -> None:
    launch_with(shop, log_group(), STACKS, COPY, LOGS)
    iam = shop.client("iam")
    iam.delete_role_policy(RoleName="launch", PolicyName="rights")
    iam.delete_role(RoleName="launch")
    assert "sts:AssumeRole" in reason(shop.terminate()["RecordDetail"])
    assert shop.status() == "ERROR"
    shop.terminate(IgnoreErrors=True)
    with refused("ResourceNotFoundException"):
        shop.status()
