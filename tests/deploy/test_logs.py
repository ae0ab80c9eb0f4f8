from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.deploy.inventory import NoSuchStackError
from private_fargate.deploy.logs import NoSuchServiceError, log_group_of, log_lines
from private_fargate.deploy.session import DeployError
from tests.deploy.house import house, task_definition
from tests.support.stubbed import stubbed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.session import Session
    from tests.deploy.conftest import Deploy

WEB = {
    "Cluster": {"Type": "AWS::ECS::Cluster"},
    "Web": {
        "Type": "AWS::ECS::Service",
        "Properties": {"Cluster": {"Ref": "Cluster"}, "TaskDefinition": {"Ref": "Task"}, "DesiredCount": 1},
    },
}
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
def group(aws: Session) -> Iterator[str]:
    logs, name = aws.client("logs"), f"/logs-tests/{time.monotonic_ns()}"
    logs.create_log_group(logGroupName=name)
    for task in ("aaaa", "bbbb"):
        logs.create_log_stream(logGroupName=name, logStreamName=f"web/web/{task}")
    yield name
    logs.delete_log_group(logGroupName=name)


def write(aws: Session, group: str, task: str, *lines: tuple[float, str]) -> None:
    """Write lines of a task, each so many seconds ago."""
    now = time.time()
    events = [{"timestamp": int((now - ago) * 1_000), "message": text} for ago, text in lines]
    aws.client("logs").put_log_events(logGroupName=group, logStreamName=f"web/web/{task}", logEvents=events)


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


@pytest.mark.emulator
def test_lines_of_all_tasks_are_merged_by_time(aws: Session, group: str) -> None:
    write(aws, group, "aaaa", (9, "first"), (7, "third"))
    write(aws, group, "bbbb", (8, "second"), (6, "fourth\n"))
    found = list(log_lines(aws, group, since=ago(60)))
    assert [(line.task, line.message) for line in found] == [
        ("aaaa", "first"),
        ("bbbb", "second"),
        ("aaaa", "third"),
        ("bbbb", "fourth"),
    ]


@pytest.mark.emulator
def test_old_lines_and_those_that_do_not_match_are_left_out(aws: Session, group: str) -> None:
    write(aws, group, "aaaa", (100, "an old error"), (5, "all is well"), (4, "a new error"))
    assert [line.message for line in log_lines(aws, group, since=ago(60), pattern="error")] == ["a new error"]


@pytest.mark.emulator
def test_followed_lines_come_once_also_those_that_are_late(aws: Session, group: str) -> None:
    write(aws, group, "aaaa", (3, "first"))
    lines = log_lines(aws, group, since=ago(60), follow=True)
    assert next(lines).message == "first"
    write(aws, group, "bbbb", (5, "late"))
    write(aws, group, "aaaa", (0, "new"))
    assert [next(lines).message, next(lines).message] == ["late", "new"]


@pytest.mark.emulator
def test_the_log_group_beside_the_service_is_its_own(aws: Session, stack: str, deploy_house: Deploy) -> None:
    assert deploy_house(house(extra=WEB)).succeeded
    assert "Leaf" in log_group_of(aws, stack, "Leaf")


@pytest.mark.emulator
def test_of_several_log_groups_the_one_that_the_task_writes_to_is_taken(
    aws: Session, stack: str, deploy_house: Deploy
) -> None:
    task: dict[str, Any] = task_definition()
    task["Properties"]["ContainerDefinitions"][0]["LogConfiguration"] = {
        "LogDriver": "awslogs",
        "Options": {"awslogs-group": {"Ref": "Right"}, "awslogs-region": "us-east-1"},
    }
    trusted = {"Version": "2012-10-17", "Statement": []}
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trusted}}
    task["Properties"]["ExecutionRoleArn"] = {"Fn::GetAtt": ["Role", "Arn"]}
    other = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": f"/right/{stack}"}}
    assert deploy_house(house(extra={**WEB, "Task": task, "Right": other, "Role": role})).succeeded
    assert log_group_of(aws, stack, "Leaf") == f"/right/{stack}"


@pytest.mark.emulator
def test_an_unknown_service_is_named_with_those_there_are(
    aws: Session, stack: str, deploy_house: Deploy
) -> None:
    assert deploy_house(house(extra=WEB)).succeeded
    with pytest.raises(NoSuchServiceError) as caught:
        log_group_of(aws, stack, "web")
    assert str(caught.value) == f"web: {stack} has no such service; its services are: Leaf"
    with pytest.raises(NoSuchStackError):
        log_group_of(aws, "nobodys", "web")


@pytest.mark.emulator
def test_a_log_group_that_is_gone_is_said_in_aws_words(aws: Session) -> None:
    with pytest.raises(DeployError, match="does not exist"):
        list(log_lines(aws, "/nobodys", since=ago(60)))


def test_an_empty_page_is_not_the_last() -> None:
    """CloudWatch gives up searching now and then, and says only by a token that there is more."""
    line = {
        "logStreamName": "web/web/aaaa",
        "timestamp": int(NOON.timestamp() * 1_000) + 5,
        "message": "late",
        "ingestionTime": 0,
        "eventId": "1",
    }
    asked = {"logGroupName": "/web", "startTime": int(NOON.timestamp() * 1_000)}
    with stubbed("logs") as (session, stubber):
        stubber.add_response("filter_log_events", {"events": [], "nextToken": "more"}, asked)
        stubber.add_response("filter_log_events", {"events": [line]}, {**asked, "nextToken": "more"})
        (found,) = log_lines(session, "/web", since=NOON)
    assert (found.message, found.time - NOON) == ("late", timedelta(milliseconds=5))
