"""Out of a rollback that failed: somebody took away by hand what it would go back to."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.deploy.deploy import Deployment, deploy
from private_fargate.deploy.recovery import continue_rollback
from private_fargate.deploy.stack_state import StuckError, find_stack
from private_fargate.deploy.watching import Watcher
from private_fargate.errors import UserError
from tests.deploy.house import BUCKET, house, task_definition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.session import Session

pytestmark = pytest.mark.emulator

SUBNET = {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.8.0.0/24"}
NETWORK = {"AwsvpcConfiguration": {"Subnets": [{"Ref": "Subnet"}], "AssignPublicIp": "DISABLED"}}
SERVICE = {
    "Cluster": {"Ref": "Cluster"},
    "LaunchType": "FARGATE",
    "DesiredCount": 0,
    "TaskDefinition": {"Ref": "Web"},
    "NetworkConfiguration": NETWORK,
}


def annex(image: str, *, fails: bool = False) -> dict[str, Any]:
    """A service in the middle stack; the update that fails does so after the service has moved on."""
    task = task_definition()
    task["Properties"]["ContainerDefinitions"][0]["Image"] = image
    broken = {"Broken": {**task_definition("4096"), "DependsOn": "Service"}}
    return {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.8.0.0/16"}},
        "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": SUBNET},
        "Cluster": {"Type": "AWS::ECS::Cluster"},
        "Web": task,
        "Service": {"Type": "AWS::ECS::Service", "Properties": SERVICE},
        **(broken if fails else {}),
    }


@pytest.fixture
def stuck(aws: Session) -> Iterator[Deployment]:
    """A stack whose update failed and could not be taken back."""
    name = f"stuck-{uuid.uuid4().hex[:8]}"
    first = Deployment(session=aws, stack=name, templates=house(annex=annex("example/web:1")), bucket=BUCKET)
    assert deploy(first, Watcher()).succeeded
    for family in aws.client("ecs").list_task_definitions()["taskDefinitionArns"]:
        if f"{name}-Middle" in family:
            aws.client("ecs").deregister_task_definition(taskDefinition=family)
    outcome = deploy(replace(first, templates=house(annex=annex("example/web:2", fails=True))), Watcher())
    assert (outcome.status, outcome.needs_a_person) == ("UPDATE_ROLLBACK_FAILED", True)
    yield first
    aws.client("cloudformation").delete_stack(StackName=name)


def test_a_stuck_rollback_is_named_with_its_way_out_and_continued(stuck: Deployment) -> None:
    aws = stuck.session
    with pytest.raises(StuckError, match="continue-rollback"):
        deploy(stuck, Watcher())
    again = continue_rollback(aws, stuck.stack, Watcher())
    assert again.status == "UPDATE_ROLLBACK_FAILED", "nothing was mended and nothing skipped"
    outcome = continue_rollback(aws, stuck.stack, Watcher(), skip=["Middle/Service"])
    assert (outcome.status, outcome.succeeded) == ("UPDATE_ROLLBACK_COMPLETE", True)
    assert deploy(replace(stuck, templates=house(annex=annex("example/web:3"))), Watcher()).succeeded


def test_what_is_to_be_skipped_has_to_be_there(stuck: Deployment) -> None:
    with pytest.raises(UserError, match="--skip: Cellar/Service: there is no nested stack Cellar"):
        continue_rollback(stuck.session, stuck.stack, Watcher(), skip=["Cellar/Service"])


def test_a_healthy_stack_has_no_rollback_to_continue(aws: Session) -> None:
    assert find_stack(aws, "healthy") is None
    with pytest.raises(StuckError, match="healthy is not there"):
        continue_rollback(aws, "healthy", Watcher())
