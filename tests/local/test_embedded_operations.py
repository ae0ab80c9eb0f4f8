"""Operations on stacks that go wrong, are protected, or are asked for at the wrong time; as on AWS."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.local.census import difference, take_census
from tests.local.test_embedded_change_sets import log, make, refused
from tests.local.test_embedded_cloudformation import IMPOSSIBLE_TASK, LOG, VPC, after

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session
    from tests.local.conftest import Stack

pytestmark = pytest.mark.emulator

TOPIC = "arn:aws:sns:us-east-1:123456789012:deployments"
ALARM = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors"
ROLE = "arn:aws:iam::123456789012:role/deployer"
OPEN = {"Statement": [{"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}]}


def record(aws: Session, stack: str) -> dict[str, Any]:
    found: dict[str, Any] = aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return found


def denying(action: str, logical_id: str) -> str:
    denial = {
        "Effect": "Deny",
        "Action": action,
        "Principal": "*",
        "Resource": f"LogicalResourceId/{logical_id}",
    }
    return json.dumps({"Statement": [*OPEN["Statement"], denial]})


def retention(aws: Session, stack: Stack) -> list[int]:
    groups = aws.client("logs").describe_log_groups()["logGroups"]
    return [group["retentionInDays"] for group in groups if stack.name in group["logGroupName"]]


def service(image: str, *, fails: bool = False) -> dict[str, Any]:
    """A service that runs a task definition; the update that fails does so after the service has moved."""
    task = {
        **IMPOSSIBLE_TASK,
        "Properties": {
            **IMPOSSIBLE_TASK["Properties"],
            "Memory": "512",
            "ContainerDefinitions": [{"Name": "web", "Image": image}],
        },
    }
    subnet = {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.1.0/24"}
    network = {"AwsvpcConfiguration": {"Subnets": [{"Ref": "Subnet"}], "AssignPublicIp": "DISABLED"}}
    running = {
        "Cluster": {"Ref": "Cluster"},
        "LaunchType": "FARGATE",
        "DesiredCount": 0,
        "TaskDefinition": {"Ref": "Task"},
        "NetworkConfiguration": network,
    }
    return {
        "Vpc": VPC,
        "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": subnet},
        "Cluster": {"Type": "AWS::ECS::Cluster"},
        "Task": task,
        "Service": {"Type": "AWS::ECS::Service", "Properties": running},
        **({"Broken": after(IMPOSSIBLE_TASK, "Service")} if fails else {}),
    }


def deregister(aws: Session, stack: str) -> None:
    """Take the task definition from under the service, as somebody does who tidies up by hand."""
    resources = aws.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    (task,) = [each["PhysicalResourceId"] for each in resources if each["LogicalResourceId"] == "Task"]
    aws.client("ecs").deregister_task_definition(taskDefinition=task)


def continued(aws: Session, stack: Stack, **arguments: Any) -> str:
    aws.client("cloudformation").continue_update_rollback(StackName=stack.name, **arguments)
    return stack.settled()


def test_a_stack_is_described_with_the_settings_that_its_change_set_had(
    local_aws: Session, stack: Stack
) -> None:
    rollback = {
        "RollbackTriggers": [{"Arn": ALARM, "Type": "AWS::CloudWatch::Alarm"}],
        "MonitoringTimeInMinutes": 5,
    }
    settings = {"RoleARN": ROLE, "NotificationARNs": [TOPIC], "RollbackConfiguration": rollback}
    root = make(local_aws, stack, {"Log": LOG}, kind="CREATE", OnStackFailure="DO_NOTHING", **settings)
    client = local_aws.client("cloudformation")
    described = client.describe_change_set(ChangeSetName=root)
    assert described["RollbackConfiguration"] == rollback
    assert described["NotificationARNs"] == [TOPIC]
    client.execute_change_set(ChangeSetName=root)
    assert stack.settled() == "CREATE_COMPLETE"
    made = record(local_aws, stack.name)
    assert {key: made[key] for key in settings} == settings
    assert (made["ChangeSetId"], made["DisableRollback"]) == (root, True)
    again = make(local_aws, stack, {"Log": log(14)}, name="two", NotificationARNs=[])
    client.execute_change_set(ChangeSetName=again)
    assert stack.settled() == "UPDATE_COMPLETE"
    made = record(local_aws, stack.name)
    assert (made["ChangeSetId"], made["RoleARN"], made["RollbackConfiguration"]) == (again, ROLE, rollback)
    assert not made.get("NotificationARNs")


@pytest.mark.parametrize(
    ("choice", "status"),
    [("DELETE", "DELETE_COMPLETE"), ("ROLLBACK", "ROLLBACK_COMPLETE"), ("DO_NOTHING", "CREATE_FAILED")],
)
def test_what_becomes_of_a_creation_that_fails_is_chosen(
    local_aws: Session, stack: Stack, choice: str, status: str
) -> None:
    broken = {"Log": LOG, "Task": after(IMPOSSIBLE_TASK, "Log")}
    root = make(local_aws, stack, broken, kind="CREATE", OnStackFailure=choice)
    local_aws.client("cloudformation").execute_change_set(ChangeSetName=root)
    limit = time.monotonic() + 20
    while stack.status() != status and time.monotonic() < limit:
        time.sleep(0.05)
    assert stack.status() == status
    assert len(retention(local_aws, stack)) == (1 if choice == "DO_NOTHING" else 0)


def test_a_protected_stack_is_not_deleted(local_aws: Session, stack: Stack) -> None:
    client = local_aws.client("cloudformation")
    assert stack.create({"Log": LOG}) == "CREATE_COMPLETE"
    client.update_termination_protection(StackName=stack.name, EnableTerminationProtection=True)
    assert record(local_aws, stack.name)["EnableTerminationProtection"] is True
    code, text = refused(client.delete_stack, StackName=stack.name)
    assert code == "ValidationError"
    assert text.endswith("cannot be deleted while TerminationProtection is enabled")
    client.update_termination_protection(StackName=stack.name, EnableTerminationProtection=False)
    assert stack.delete() == "DELETE_COMPLETE"


def test_a_stack_policy_protects_from_change_and_from_removal(local_aws: Session, stack: Stack) -> None:
    client = local_aws.client("cloudformation")
    assert stack.create({"Log": log(7), "Other": log(7)}) == "CREATE_COMPLETE"
    client.set_stack_policy(StackName=stack.name, StackPolicyBody=denying("Update:Modify", "Log"))
    assert client.get_stack_policy(StackName=stack.name)["StackPolicyBody"] == denying("Update:Modify", "Log")
    assert stack.update({"Log": log(14), "Other": log(7)}) == "UPDATE_ROLLBACK_COMPLETE"
    assert "Action denied by stack policy" in stack.reasons()
    assert retention(local_aws, stack) == [7, 7]
    client.set_stack_policy(StackName=stack.name, StackPolicyBody=denying("Update:Delete", "Other"))
    assert stack.update({"Log": log(14)}) == "UPDATE_ROLLBACK_COMPLETE"
    assert retention(local_aws, stack) == [7, 7]
    client.set_stack_policy(StackName=stack.name, StackPolicyBody=json.dumps(OPEN))
    assert stack.update({"Log": log(14)}) == "UPDATE_COMPLETE"
    assert retention(local_aws, stack) == [14]


def test_a_rollback_that_cannot_restore_is_stuck_until_what_stands_in_its_way_is_skipped(
    local_aws: Session, stack: Stack
) -> None:
    assert stack.create(service("example/web:1")) == "CREATE_COMPLETE", stack.reasons()
    deregister(local_aws, stack.name)
    assert stack.update(service("example/web:2", fails=True)) == "UPDATE_ROLLBACK_FAILED"
    assert "TaskDefinition is inactive" in stack.reasons()
    client = local_aws.client("cloudformation")
    body = json.dumps({"Resources": service("example/web:3")})
    asked = {"StackName": stack.name, "ChangeSetName": "next", "TemplateBody": body}
    code, text = refused(client.create_change_set, **asked)
    assert (code, "UPDATE_ROLLBACK_FAILED state and can not be updated" in text) == ("ValidationError", True)
    assert continued(local_aws, stack) == "UPDATE_ROLLBACK_FAILED"
    assert continued(local_aws, stack, ResourcesToSkip=["Service"]) == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.update(service("example/web:3")) == "UPDATE_COMPLETE", stack.reasons()


def test_a_rollback_that_is_stuck_in_a_nested_stack_is_continued_from_the_root(
    local_aws: Session, stack: Stack
) -> None:
    def tree(image: str, *, fails: bool = False) -> dict[str, Any]:
        resources = service(image)
        task = resources.pop("Task")
        template = {"Parameters": {"Task": {"Type": "String"}}, "Resources": resources}
        child = stack.nested({}, template=template)
        child["Properties"]["Parameters"] = {"Task": {"Ref": "Task"}}
        return {
            "Task": task,
            "Child": child,
            **({"Broken": after(IMPOSSIBLE_TASK, "Child")} if fails else {}),
        }

    child = {"Child": {"Ref": "Child"}}
    assert stack.create(tree("example/web:1"), **child) == "CREATE_COMPLETE", stack.reasons()
    name = stack.outputs()["Child"]
    deregister(local_aws, stack.name)
    assert stack.update(tree("example/web:2", fails=True), **child) == "UPDATE_ROLLBACK_FAILED"
    assert record(local_aws, name)["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    assert continued(local_aws, stack) == "UPDATE_ROLLBACK_FAILED"
    assert continued(local_aws, stack, ResourcesToSkip=["Child.Service"]) == "UPDATE_ROLLBACK_COMPLETE"
    assert record(local_aws, name)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


def test_a_rollback_finds_what_a_nested_stack_had_replaced_as_it_was(
    local_aws: Session, stack: Stack
) -> None:
    def tree(image: str, *, fails: bool = False) -> dict[str, Any]:
        child = stack.nested(service(image), Task={"Ref": "Task"}, Service={"Ref": "Service"})
        return {"Child": child, **({"Broken": after(IMPOSSIBLE_TASK, "Child")} if fails else {})}

    outputs = {name: {"Fn::GetAtt": ["Child", f"Outputs.{name}"]} for name in ("Task", "Service")}
    assert stack.create(tree("example/web:1"), **outputs) == "CREATE_COMPLETE", stack.reasons()
    made, before = stack.outputs(), take_census(local_aws)
    assert stack.update(tree("example/web:2", fails=True), **outputs) == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.outputs() == made
    assert difference(before, take_census(local_aws)) == {}
    ecs = local_aws.client("ecs")
    cluster = made["Service"].split("/")[1]
    (running,) = ecs.describe_services(cluster=cluster, services=[made["Service"]])["services"]
    assert running["taskDefinition"] == made["Task"]
    described = ecs.describe_task_definition(taskDefinition=made["Task"])["taskDefinition"]
    assert described["status"] == "ACTIVE"
    assert stack.update(tree("example/web:3"), **outputs) == "UPDATE_COMPLETE"
    described = ecs.describe_task_definition(taskDefinition=made["Task"])["taskDefinition"]
    assert described["status"] == "INACTIVE"


def test_a_failed_update_that_was_to_stay_is_rolled_back_when_asked(local_aws: Session, stack: Stack) -> None:
    client = local_aws.client("cloudformation")
    assert stack.create({"Log": log(7)}) == "CREATE_COMPLETE"
    root = make(local_aws, stack, {"Log": log(14), "Task": after(IMPOSSIBLE_TASK, "Log")})
    client.execute_change_set(ChangeSetName=root, DisableRollback=True)
    assert stack.settled() == "UPDATE_FAILED"
    assert retention(local_aws, stack) == [14]
    client.rollback_stack(StackName=stack.name)
    assert stack.settled() == "UPDATE_ROLLBACK_COMPLETE"
    assert retention(local_aws, stack) == [7]


def test_a_group_that_a_stranger_uses_stays_until_it_is_left_behind(local_aws: Session, stack: Stack) -> None:
    group = {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {"GroupDescription": "g", "VpcId": {"Ref": "Vpc"}},
    }
    subnet = {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.1.0/24"}}
    ids = {name: {"Ref": name} for name in ("Group", "Subnet")}
    assert (
        stack.create({"Vpc": VPC, "Group": group, "Subnet": subnet, "Log": LOG}, **ids) == "CREATE_COMPLETE"
    )
    made = stack.outputs()
    ec2 = local_aws.client("ec2")
    stranger = ec2.create_network_interface(SubnetId=made["Subnet"], Groups=[made["Group"]])
    assert stack.delete() == "DELETE_FAILED"
    left = local_aws.client("cloudformation").describe_stack_resources(StackName=stack.name)["StackResources"]
    assert sorted(each["LogicalResourceId"] for each in left) == ["Group", "Subnet", "Vpc"]
    retained = ["Group", "Subnet", "Vpc"]
    local_aws.client("cloudformation").delete_stack(StackName=stack.name, RetainResources=retained)
    assert stack.settled() == "DELETE_COMPLETE"
    ec2.delete_network_interface(NetworkInterfaceId=stranger["NetworkInterface"]["NetworkInterfaceId"])
    ec2.delete_security_group(GroupId=made["Group"])
    vpc = ec2.describe_subnets(SubnetIds=[made["Subnet"]])["Subnets"][0]["VpcId"]
    ec2.delete_subnet(SubnetId=made["Subnet"])
    ec2.delete_vpc(VpcId=vpc)


def test_the_failures_of_an_operation_can_be_asked_for_by_themselves(
    local_aws: Session, stack: Stack
) -> None:
    assert stack.create({"Log": LOG, "Task": after(IMPOSSIBLE_TASK, "Log")}) == "ROLLBACK_COMPLETE"
    client = local_aws.client("cloudformation")
    (failed,) = client.describe_events(StackName=stack.name, Filters={"FailedEvents": True})[
        "OperationEvents"
    ]
    assert (failed["LogicalResourceId"], failed["EventType"]) == ("Task", "PROVISIONING_ERROR")
    assert "No Fargate configuration" in failed["ResourceStatusReason"]
    assert len(client.describe_events(StackName=stack.name)["OperationEvents"]) > 1
