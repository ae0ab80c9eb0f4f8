from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from private_fargate.deploy.history import happenings, remembered
from private_fargate.deploy.inventory import NoSuchStackError
from tests.deploy.house import house
from tests.support.stubbed import stubbed

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session
    from tests.deploy.conftest import Deploy

STACK = "AWS::CloudFormation::Stack"
ROOT = "arn:aws:cloudformation:us-east-1:123456789012:stack/web/1"


def long_ago() -> datetime:
    return datetime.now(UTC) - timedelta(days=1)


@pytest.mark.emulator
def test_events_of_all_stacks_come_in_the_order_of_time(
    aws: Session, stack: str, deploy_house: Deploy
) -> None:
    assert deploy_house(house()).succeeded
    found = list(happenings(aws, remembered(aws, stack), since=long_ago()))
    assert [event.time for event in found] == sorted(event.time for event in found)
    made = {event.resource for event in found if event.status == "CREATE_COMPLETE"}
    assert {stack, f"{stack}/Middle", f"{stack}/Middle/Leaf/Task", f"{stack}/Log"} <= made


@pytest.mark.emulator
def test_events_before_the_time_are_left_out(aws: Session, stack: str, deploy_house: Deploy) -> None:
    assert deploy_house(house()).succeeded
    between = datetime.now(UTC)
    assert not deploy_house(house(cpu="4096")).succeeded
    found = list(happenings(aws, remembered(aws, stack), since=between))
    assert all(event.time >= between for event in found)
    assert not any(event.status.startswith("CREATE_COMPLETE") for event in found)
    causes = [event for event in found if event.is_failure and event.type != STACK]
    assert [event.resource for event in causes] == [f"{stack}/Middle/Leaf/Task"]
    assert "4096 CPU" in causes[0].reason


def test_events_of_a_deleted_stack_are_found_by_its_name() -> None:
    """The embedded AWS forgets what is deleted; AWS keeps it for 90 days, and maybe several of a name."""
    noon = datetime(2026, 11, 26, 12, tzinfo=UTC)
    summaries = [
        {
            "StackName": name,
            "StackId": f"arn:aws:cloudformation:us-east-1:123456789012:stack/{name}/{number}",
            "StackStatus": "DELETE_COMPLETE",
            "CreationTime": noon,
            "DeletionTime": noon + timedelta(hours=number),
        }
        for name, number in (("web", 1), ("web", 3), ("other", 4), ("web", 2))
    ]
    with stubbed("cloudformation") as (session, stubber):
        stubber.add_client_error(
            "describe_stacks", "ValidationError", "Stack with id web does not exist", http_status_code=400
        )
        stubber.add_response(
            "list_stacks", {"StackSummaries": summaries}, {"StackStatusFilter": ["DELETE_COMPLETE"]}
        )
        assert remembered(session, "web").endswith("stack/web/3")


@pytest.mark.emulator
def test_a_stack_that_never_was_is_named(aws: Session) -> None:
    with pytest.raises(NoSuchStackError, match=r"^nobodys: no such stack"):
        remembered(aws, "nobodys")


def test_old_pages_are_not_read() -> None:
    """A stack of some years has thousands of events, a hundred in each answer."""
    noon = datetime(2026, 11, 26, 12, tzinfo=UTC)
    events = [
        {
            "StackId": ROOT,
            "EventId": str(minute),
            "StackName": "web",
            "LogicalResourceId": "Vpc",
            "PhysicalResourceId": "vpc-1",
            "ResourceType": "AWS::EC2::VPC",
            "ResourceStatus": "UPDATE_COMPLETE",
            "Timestamp": noon + timedelta(minutes=minute),
        }
        for minute in (2, 1, -1)
    ]
    with stubbed("cloudformation") as (session, stubber):
        stubber.add_response("list_stack_resources", {"StackResourceSummaries": []}, {"StackName": ROOT})
        described = {
            "Stacks": [
                {"StackName": "web", "StackId": ROOT, "CreationTime": noon, "StackStatus": "UPDATE_COMPLETE"}
            ]
        }
        stubber.add_response("describe_stacks", described, {"StackName": ROOT})
        page = {"StackEvents": events, "NextToken": "older"}
        stubber.add_response("describe_stack_events", page, {"StackName": ROOT})
        found = list(happenings(session, ROOT, since=noon))
    assert [event.time.minute for event in found] == [1, 2]
