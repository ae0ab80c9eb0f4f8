from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.deploy.drift import drift_of
from private_fargate.deploy.inventory import NoSuchStackError, each_found, root_of
from private_fargate.deploy.session import DeployError
from private_fargate.live.model import Difference
from tests.deploy.house import house
from tests.support.stubbed import stubbed

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from private_fargate.deploy.session import Session
    from tests.deploy.conftest import Deploy

LOG_GROUP = "AWS::Logs::LogGroup"
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
ARN = "arn:aws:cloudformation:us-east-1:123456789012:stack/web/1"


def log_group(aws: Session, stack: str) -> str:
    """Return the name of the log group in the leaf."""
    leaf = each_found(aws, root_of(aws, stack))[-1]
    (group,) = leaf.of_type(LOG_GROUP)
    return str(group["PhysicalResourceId"])


@pytest.mark.emulator
def test_what_nobody_touched_is_in_sync(aws: Session, stack: str, deploy_house: Deploy) -> None:
    assert deploy_house(house()).succeeded
    said: list[str] = []
    found = drift_of(aws, stack, report=said.append)
    assert (found.stacks, found.drifted, found.untold) == (3, (), ())
    assert found.in_sync >= 2, "the two log groups at least can be compared"
    assert (said[0], said[-1]) == ("0 of 3 stacks compared", "3 of 3 stacks compared")


@pytest.mark.emulator
def test_a_change_by_hand_in_a_grandchild_is_found(aws: Session, stack: str, deploy_house: Deploy) -> None:
    """AWS looks into one stack only: asked about the root alone, it finds nothing."""
    assert deploy_house(house()).succeeded
    group = log_group(aws, stack)
    aws.client("logs").put_retention_policy(logGroupName=group, retentionInDays=30)
    (drifted,) = drift_of(aws, stack).drifted
    assert (drifted.resource, drifted.type, drifted.status) == ("Middle/Leaf/Group", LOG_GROUP, "MODIFIED")
    assert drifted.physical_id == group
    assert drifted.differences == (
        Difference(path="/RetentionInDays", kind="NOT_EQUAL", expected="7", actual="30"),
    )


@pytest.mark.emulator
def test_what_somebody_deleted_is_found(aws: Session, stack: str, deploy_house: Deploy) -> None:
    assert deploy_house(house()).succeeded
    aws.client("logs").delete_log_group(logGroupName=log_group(aws, stack))
    (drifted,) = drift_of(aws, stack).drifted
    assert (drifted.resource, drifted.status, drifted.differences) == ("Middle/Leaf/Group", "DELETED", ())


@pytest.mark.emulator
def test_types_that_cannot_be_compared_are_named(aws: Session, stack: str, deploy_house: Deploy) -> None:
    key = {
        "Type": "AWS::KMS::Alias",
        "Properties": {"AliasName": f"alias/{stack}", "TargetKeyId": {"Ref": "Key"}},
    }
    extra = {"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {}}}, "Alias": key}
    assert deploy_house(house(extra=extra)).succeeded
    found = drift_of(aws, stack)
    assert ("Middle/Leaf/Alias", "AWS::KMS::Alias") in found.unsupported
    assert "AWS::CloudFormation::Stack" not in {kind for _, kind in found.unsupported}


@pytest.mark.emulator
def test_a_stack_that_is_not_there_is_named(aws: Session) -> None:
    with pytest.raises(NoSuchStackError, match=r"^nobodys: no such stack"):
        drift_of(aws, "nobodys")


def stands(stubber: Stubber, *resources: str, status: str = "UPDATE_COMPLETE") -> None:
    """Let there be a stack with roles, and nothing nested in it."""
    described = {"StackName": "web", "StackId": ARN, "CreationTime": NOON, "StackStatus": status}
    stubber.add_response("describe_stacks", {"Stacks": [described]}, {"StackName": "web"})
    summaries = [
        {
            "LogicalResourceId": name,
            "PhysicalResourceId": f"web-{name}",
            "ResourceType": "AWS::IAM::Role",
            "ResourceStatus": "CREATE_COMPLETE",
            "LastUpdatedTimestamp": NOON,
        }
        for name in resources
    ]
    stubber.add_response("list_stack_resources", {"StackResourceSummaries": summaries}, {"StackName": ARN})


def detects(stubber: Stubber, *statuses: str, reason: str = "", **chosen: Any) -> None:
    stubber.add_response("detect_stack_drift", {"StackDriftDetectionId": "d"}, {"StackName": ARN, **chosen})
    for status in statuses:
        answer = {
            "StackId": ARN,
            "StackDriftDetectionId": "d",
            "DetectionStatus": f"DETECTION_{status}",
            "Timestamp": NOON,
            **({"DetectionStatusReason": reason} if reason else {}),
        }
        stubber.add_response("describe_stack_drift_detection_status", answer, {"StackDriftDetectionId": "d"})


def told(stubber: Stubber, resources: dict[str, str], *, after: str = "", more: str = "") -> None:
    drifts = [
        {
            "StackId": ARN,
            "LogicalResourceId": name,
            "PhysicalResourceId": f"web-{name}",
            "ResourceType": "AWS::IAM::Role",
            "StackResourceDriftStatus": status,
            "Timestamp": NOON,
        }
        for name, status in resources.items()
    ]
    answer = {"StackResourceDrifts": drifts, **({"NextToken": more} if more else {})}
    asked = {"StackName": ARN, "MaxResults": 100, **({"NextToken": after} if after else {})}
    stubber.add_response("describe_stack_resource_drifts", answer, asked)


def failed(**failures: str) -> str:
    said = [{"Resource": name, "FailureReason": why} for name, why in failures.items()]
    return json.dumps({"Summary": f"Failed to detect drift on resources {list(failures)}", "Failures": said})


def test_all_pages_are_read_after_the_detection_has_ended() -> None:
    with stubbed("cloudformation") as (session, stubber):
        stands(stubber, "A", "B")
        detects(stubber, "IN_PROGRESS", "IN_PROGRESS", "COMPLETE")
        told(stubber, {"A": "IN_SYNC"}, more="token")
        told(stubber, {"B": "DELETED"}, after="token")
        found = drift_of(session, "web")
    assert (found.in_sync, [each.resource for each in found.drifted]) == (1, ["B"])


def test_what_was_throttled_is_asked_again_alone() -> None:
    with stubbed("cloudformation") as (session, stubber):
        stands(stubber, "A", "B")
        detects(stubber, "FAILED", reason=failed(B="Rate exceeded"))
        detects(stubber, "COMPLETE", LogicalResourceIds=["B"])
        told(stubber, {"A": "IN_SYNC", "B": "IN_SYNC"})
        found = drift_of(session, "web")
    assert (found.in_sync, found.untold) == (2, ())


def test_what_could_not_be_read_is_told_and_not_taken_from_another_day() -> None:
    with stubbed("cloudformation") as (session, stubber):
        stands(stubber, "A", "B")
        detects(stubber, "FAILED", reason=failed(B="Access denied for iam:GetRole"))
        told(stubber, {"A": "IN_SYNC", "B": "IN_SYNC"})
        found = drift_of(session, "web")
    assert (found.in_sync, found.untold) == (1, ("B: Access denied for iam:GetRole",))


def test_a_resource_whose_drift_is_unknown_is_told() -> None:
    with stubbed("cloudformation") as (session, stubber):
        stands(stubber, "A")
        detects(stubber, "COMPLETE")
        told(stubber, {"A": "UNKNOWN"})
        found = drift_of(session, "web")
    assert (found.in_sync, found.untold) == (0, ("A: CloudFormation cannot tell",))


def test_a_stack_under_way_is_not_compared_and_that_is_said() -> None:
    with stubbed("cloudformation") as (session, stubber):
        stands(stubber, "A", status="UPDATE_IN_PROGRESS")
        found = drift_of(session, "web")
    assert found.untold == ("web: it is UPDATE_IN_PROGRESS, and only a settled stack is compared",)
    assert (found.in_sync, found.unsupported) == (0, ())


def test_a_detection_that_somebody_else_began_is_waited_for() -> None:
    with stubbed("cloudformation") as (session, stubber):
        stands(stubber, "A")
        stubber.add_client_error(
            "detect_stack_drift",
            "ValidationError",
            f"Drift detection is already in progress for stack [{ARN}]",
        )
        detects(stubber, "COMPLETE")
        told(stubber, {"A": "IN_SYNC"})
        assert drift_of(session, "web").in_sync == 1


def test_an_aws_without_drift_detection_is_told_in_one_message() -> None:
    with stubbed("cloudformation") as (session, stubber):
        stands(stubber, "A")
        stubber.add_client_error("detect_stack_drift", "InvalidAction", "Could not find operation")
        with pytest.raises(
            DeployError, match=r"^DetectStackDrift: .* \(InvalidAction\); ask an AWS that has"
        ):
            drift_of(session, "web")
