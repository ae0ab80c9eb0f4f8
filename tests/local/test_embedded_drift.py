"""Drift: what was changed behind CloudFormation's back is found, and nothing else is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.aws.prefix_lists import S3_PREFIX_LISTS
from tests.local.test_embedded_operations import service

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session
    from tests.local.conftest import Stack

pytestmark = pytest.mark.emulator

HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/16", "Description": "own"}
ALL = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}
NAMED = [  # peers of which moto would forget what is written about them
    {
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        **peer,
        "Description": f"port {port}",
    }
    for port, peer in (
        (443, {"DestinationPrefixListId": S3_PREFIX_LISTS["us-east-1"]}),
        (8443, {"DestinationSecurityGroupId": {"Fn::GetAtt": ["Peer", "GroupId"]}}),
    )
]


def everything() -> dict[str, Any]:
    properties = {
        "GroupDescription": "a group",
        "VpcId": {"Ref": "Vpc"},
        "SecurityGroupIngress": [HTTPS],
        "SecurityGroupEgress": [ALL, *NAMED],
    }
    extra = {
        "GroupId": {"Ref": "Group"},
        "IpProtocol": "tcp",
        "FromPort": 80,
        "ToPort": 80,
        "CidrIp": "10.0.0.0/16",
    }
    return {
        **service("example/web:1"),
        "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 7}},
        "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": properties},
        "Peer": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": "a peer", "VpcId": {"Ref": "Vpc"}},
        },
        "Rule": {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": extra},
    }


def drifted(aws: Session, stack: Stack) -> dict[str, dict[str, Any]]:
    """Return what has drifted, by logical ID."""
    client = aws.client("cloudformation")
    detection = client.detect_stack_drift(StackName=stack.name)["StackDriftDetectionId"]
    while True:
        found = client.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
        if found["DetectionStatus"] != "DETECTION_IN_PROGRESS":
            break
        time.sleep(0.05)
    assert found["DetectionStatus"] == "DETECTION_COMPLETE"
    drifts = client.describe_stack_resource_drifts(StackName=stack.name)["StackResourceDrifts"]
    changed = {
        each["LogicalResourceId"]: each for each in drifts if each["StackResourceDriftStatus"] != "IN_SYNC"
    }
    assert found["StackDriftStatus"] == ("DRIFTED" if changed else "IN_SYNC")
    assert found["DriftedStackResourceCount"] == len(changed)
    return changed


def test_what_was_changed_by_hand_is_found_and_nothing_else(local_aws: Session, stack: Stack) -> None:
    outputs = {name: {"Ref": name} for name in ("Log", "Group", "Service", "Cluster", "Task")}
    assert stack.create(everything(), **outputs) == "CREATE_COMPLETE", stack.reasons()
    assert drifted(local_aws, stack) == {}
    made = stack.outputs()
    local_aws.client("logs").put_retention_policy(logGroupName=made["Log"], retentionInDays=14)
    opened = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    local_aws.client("ec2").authorize_security_group_ingress(GroupId=made["Group"], IpPermissions=[opened])
    ecs = local_aws.client("ecs")
    container = {"name": "web", "image": "example/web:9"}
    fargate = {"networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512"}
    other = ecs.register_task_definition(family=stack.name, containerDefinitions=[container], **fargate)
    moved = other["taskDefinition"]["taskDefinitionArn"]
    ecs.update_service(cluster=made["Cluster"], service=made["Service"], taskDefinition=moved, desiredCount=1)
    ecs.deregister_task_definition(taskDefinition=made["Task"])
    found = drifted(local_aws, stack)
    paths = {
        name: {each["PropertyPath"]: each["ActualValue"] for each in drift.get("PropertyDifferences", [])}
        for name, drift in found.items()
    }
    assert sorted(found) == ["Group", "Log", "Service", "Task"]
    assert found["Task"]["StackResourceDriftStatus"] == "DELETED"
    assert paths["Log"] == {"/RetentionInDays": "14"}
    assert paths["Service"] == {"/DesiredCount": "1", "/TaskDefinition": moved}
    (path,) = paths["Group"]
    assert path.startswith("/SecurityGroupIngress/")
    assert '"FromPort": 22' in paths["Group"][path]


def test_a_rule_that_was_taken_away_by_hand_is_found(local_aws: Session, stack: Stack) -> None:
    assert stack.create(everything(), Group={"Ref": "Group"}) == "CREATE_COMPLETE", stack.reasons()
    own = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
    group = stack.outputs()["Group"]
    local_aws.client("ec2").revoke_security_group_ingress(GroupId=group, IpPermissions=[own])
    (difference,) = drifted(local_aws, stack)["Group"]["PropertyDifferences"]
    assert (difference["DifferenceType"], difference["PropertyPath"]) == ("REMOVE", "/SecurityGroupIngress/0")
