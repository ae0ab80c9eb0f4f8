"""What is said of a stack beside its templates, as DescribeStacks tells it afterwards."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.deploy.deploy import Deployment, deploy, forget, make_plan
from private_fargate.deploy.options import StackOptions
from private_fargate.deploy.session import DeployError
from private_fargate.deploy.watching import Watcher
from tests.deploy.house import BUCKET, house

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session

TOPIC = "arn:aws:sns:us-east-1:123456789012:deployments"
ALARM = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors"
ROLE = "arn:aws:iam::123456789012:role/deployer"


class Old:
    """A client library of last year."""

    class meta:  # noqa: N801 - boto3's name
        class service_model:  # noqa: N801 - as above
            @staticmethod
            def operation_model(_name: str) -> Any:
                class Operation:
                    class input_shape:  # noqa: N801 - botocore's name
                        members: tuple[str, ...] = ()

                return Operation


@pytest.mark.emulator
def test_topics_role_alarms_and_tags_are_those_of_the_stack_and_go_when_they_are_left_out(
    aws: Session,
) -> None:
    name = f"options-{uuid.uuid4().hex[:8]}"
    options = StackOptions(
        tags={"Team": "shop"}, topics=(TOPIC,), role=ROLE, alarms=(ALARM,), watched_minutes=7
    )
    deployment = Deployment(session=aws, stack=name, templates=house(), bucket=BUCKET, options=options)
    deploy(deployment, Watcher())
    cloudformation = aws.client("cloudformation")
    said = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    assert (said["NotificationARNs"], said["RoleARN"]) == ([TOPIC], ROLE)
    assert said["RollbackConfiguration"]["MonitoringTimeInMinutes"] == 7
    assert [each["Arn"] for each in said["RollbackConfiguration"]["RollbackTriggers"]] == [ALARM]
    assert said["Tags"] == [{"Key": "Team", "Value": "shop"}]
    days = {"Days": "30"}
    deploy(replace(deployment, options=StackOptions(), parameters=days), Watcher())
    said = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    assert (said.get("NotificationARNs", []), said.get("Tags", [])) == ([], [])
    cloudformation.delete_stack(StackName=name)


@pytest.mark.emulator
def test_drift_is_reverted_in_the_root_alone_and_the_plan_says_so(aws: Session) -> None:
    name = f"drifted-{uuid.uuid4().hex[:8]}"
    deployment = Deployment(
        session=aws, stack=name, templates=house(), bucket=BUCKET, parameters={"Days": "7"}
    )
    deploy(deployment, Watcher())
    options = StackOptions(revert_drift=True)
    changed = replace(deployment, options=options, parameters={"Days": "30"})
    plan = make_plan(changed).plan
    said = aws.client("cloudformation").describe_change_set(ChangeSetName=plan.change_set)
    assert said.get("IncludeNestedStacks") is False
    assert any("root stack only" in note for note in plan.notes)
    forget(aws, plan)
    aws.client("cloudformation").delete_stack(StackName=name)


def test_express_mode_and_drift_are_asked_for_only_where_the_client_library_knows_them(aws: Session) -> None:
    client = aws.client("cloudformation")
    assert StackOptions(express=True).arguments(client)["DeploymentConfig"] == {"Mode": "EXPRESS"}
    assert StackOptions(revert_drift=True).arguments(client)["DeploymentMode"] == "REVERT_DRIFT"
    assert StackOptions().arguments(client)["IncludeNestedStacks"] is True
    for options in (StackOptions(express=True), StackOptions(revert_drift=True)):
        with pytest.raises(DeployError, match="the installed boto3 does not know"):
            options.arguments(Old())  # type: ignore[arg-type]
