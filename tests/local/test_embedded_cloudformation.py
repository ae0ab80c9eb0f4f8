from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.local.census import difference, take_census
from private_fargate.local.placeholder import placeholder, push
from private_fargate.local.support import not_created

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws
    from tests.local.conftest import Stack

pytestmark = pytest.mark.emulator

LOG = {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 7}}
LEDGER = {"Type": "AWS::QLDB::Ledger", "Properties": {"PermissionsMode": "STANDARD"}}
IMPOSSIBLE_TASK = {
    "Type": "AWS::ECS::TaskDefinition",
    "Properties": {
        "Cpu": "256",
        "Memory": "8192",
        "NetworkMode": "awsvpc",
        "RequiresCompatibilities": ["FARGATE"],
        "ContainerDefinitions": [{"Name": "web", "Image": "example/web:1"}],
    },
}


def after(resource: dict[str, Any], *logical_ids: str) -> dict[str, Any]:
    return {**resource, "DependsOn": list(logical_ids)}


def test_a_type_that_nothing_makes_is_refused_before_anything_is_made(
    local_aws: Session, stack: Stack
) -> None:
    before = take_census(local_aws)
    with pytest.raises(Exception, match="AWS::QLDB::Ledger"):
        stack.create({"Log": LOG, "Canary": LEDGER})
    assert difference(before, take_census(local_aws)) == {}


def test_a_type_that_nothing_makes_is_refused_in_a_nested_stack_and_rolled_back(
    local_aws: Session, stack: Stack
) -> None:
    nested = stack.nested({"Log": LOG, "Canary": LEDGER})
    before = take_census(local_aws)
    assert stack.create({"Log": LOG, "Child": after(nested, "Log")}) == "ROLLBACK_COMPLETE"
    assert "AWS::QLDB::Ledger" in stack.reasons()
    stack.delete()
    assert difference(before, take_census(local_aws)) == {}


def test_what_is_said_before_a_deployment_is_what_the_server_says(embedded_aws: EmbeddedAws) -> None:
    types = embedded_aws.created_types()
    assert "AWS::ECS::Service" in types
    template = json.dumps(
        {"Resources": {f"R{n}": {"Type": each} for n, each in enumerate([*types, "AWS::QLDB::Ledger"])}}
    )
    assert list(not_created({"parent.json": template.encode()})) == ["AWS::QLDB::Ledger"]


def test_what_a_nested_stack_made_before_it_failed_is_gone(local_aws: Session, stack: Stack) -> None:
    child = stack.nested({"Log": LOG, "Task": after(IMPOSSIBLE_TASK, "Log")})
    sibling = stack.nested({"Log": LOG})
    before = take_census(local_aws)
    assert stack.create({"Sibling": sibling, "Child": after(child, "Sibling")}) == "ROLLBACK_COMPLETE"
    assert "No Fargate configuration exists for given values" in stack.reasons()
    stack.delete()
    assert difference(before, take_census(local_aws)) == {}


def test_a_failed_update_of_a_nested_stack_is_taken_back(local_aws: Session, stack: Stack) -> None:
    good = stack.nested({"Log": LOG})
    assert stack.create({"Child": good}) == "CREATE_COMPLETE"
    before = take_census(local_aws)
    bad = stack.nested({"Log": LOG, "Other": LOG, "Task": after(IMPOSSIBLE_TASK, "Log", "Other")})
    assert stack.update({"Child": bad}) == "UPDATE_ROLLBACK_COMPLETE"
    assert difference(before, take_census(local_aws)) == {}


def test_an_update_of_a_nested_stack_still_knows_what_it_did_not_touch(stack: Stack) -> None:
    arn = {"Fn::GetAtt": ["Log", "Arn"]}
    assert stack.create({"Child": stack.nested({"Log": LOG}, Arn=arn)}) == "CREATE_COMPLETE"
    child = stack.nested({"Log": LOG, "Other": LOG}, Arn=arn)
    outputs = {"Arn": {"Fn::GetAtt": ["Child", "Outputs.Arn"]}}
    assert stack.update({"Child": child}, **outputs) == "UPDATE_COMPLETE"
    assert stack.outputs()["Arn"].startswith("arn:aws:logs:us-east-1:")


def test_nested_stacks_name_their_parent_and_their_root(local_aws: Session, stack: Stack) -> None:
    inner = stack.nested({"Log": LOG})
    outer = stack.nested({"Inner": inner}, Inner={"Ref": "Inner"})
    outputs = {"Outer": {"Ref": "Outer"}, "Inner": {"Fn::GetAtt": ["Outer", "Outputs.Inner"]}}
    assert stack.create({"Outer": outer}, **outputs) == "CREATE_COMPLETE"
    cloudformation = local_aws.client("cloudformation")
    root = cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]
    described = cloudformation.describe_stacks(StackName=stack.outputs()["Inner"])["Stacks"][0]
    assert (described["ParentId"], described["RootId"]) == (stack.outputs()["Outer"], root["StackId"])
    assert "ParentId" not in root


def test_what_is_to_be_retained_outlives_its_nested_stack(local_aws: Session, stack: Stack) -> None:
    kept = {**LOG, "DeletionPolicy": "Retain", "Properties": {"LogGroupName": f"/kept/{stack.name}"}}
    assert stack.create({"Child": stack.nested({"Kept": kept, "Log": LOG})}) == "CREATE_COMPLETE"
    assert stack.delete() == "DELETE_COMPLETE"
    logs = local_aws.client("logs")
    names = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    assert f"/kept/{stack.name}" in names
    assert not [name for name in names if "-Log-" in name and stack.name in name]
    logs.delete_log_group(logGroupName=f"/kept/{stack.name}")


@pytest.mark.parametrize("is_nested", [False, True], ids=["root", "nested"])
def test_a_repository_with_an_image_is_deleted_only_if_it_may_be_emptied(
    local_aws: Session, stack: Stack, *, is_nested: bool
) -> None:
    def resources(*, empty: bool) -> dict[str, Any]:
        repository = {
            "Type": "AWS::ECR::Repository",
            "Properties": {"RepositoryName": stack.name, "EmptyOnDelete": empty},
        }
        return {"Child": stack.nested({"Images": repository})} if is_nested else {"Images": repository}

    assert stack.create(resources(empty=False)) == "CREATE_COMPLETE"
    push(local_aws, stack.name, placeholder("X86_64"))
    assert stack.delete() == "DELETE_FAILED"
    assert "not empty" in stack.reasons() or "failed to delete" in stack.reasons()
    local_aws.client("ecr").describe_repositories(repositoryNames=[stack.name])
    local_aws.client("ecr").delete_repository(repositoryName=stack.name, force=True)
    assert stack.delete() == "DELETE_COMPLETE"

    before = take_census(local_aws)
    other = type(stack)(local_aws, f"{stack.name}-2")
    assert other.create(resources(empty=True)) == "CREATE_COMPLETE"
    push(local_aws, stack.name, placeholder("X86_64"))
    assert other.delete() == "DELETE_COMPLETE"
    assert difference(before, take_census(local_aws)) == {}
