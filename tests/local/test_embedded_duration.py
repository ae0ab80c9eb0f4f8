"""Operations that take time: they can be watched, joined, cancelled, and outlive whoever asked for them."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

import pytest

from private_fargate.deploy.packaging import ensure_bucket
from private_fargate.deploy.session import connect_to
from private_fargate.local.embedded import EmbeddedAws
from tests.local.conftest import Stack
from tests.local.test_embedded_change_sets import log, make, refused
from tests.local.test_embedded_cloudformation import LOG, after
from tests.local.test_embedded_operations import record, retention

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.session import Session

pytestmark = [pytest.mark.emulator, pytest.mark.slow]

STEP = 0.4  # seconds


@pytest.fixture(scope="module")
def slow_aws() -> Iterator[Session]:
    with EmbeddedAws(step_seconds=STEP) as aws:
        session = connect_to(aws.environment())
        ensure_bucket(session, "embedded-tests")
        yield session


@pytest.fixture
def slow(slow_aws: Session) -> Stack:
    return Stack(slow_aws, f"slow-{uuid.uuid4().hex[:8]}")


def execute(stack: Stack, change_set: str) -> None:
    stack.session.client("cloudformation").get_waiter("change_set_create_complete").wait(
        ChangeSetName=change_set, WaiterConfig={"Delay": 0.1, "MaxAttempts": 100}
    )
    stack.session.client("cloudformation").execute_change_set(
        ChangeSetName=change_set, ClientRequestToken=f"go-{uuid.uuid4().hex}"
    )


def status(stack: Stack) -> str:
    return str(record(stack.session, stack.name)["StackStatus"])


def test_a_change_set_is_worked_out_before_it_can_be_looked_at_and_executed(slow: Stack) -> None:
    client = slow.session.client("cloudformation")
    root = make(slow.session, slow, {"Log": LOG}, kind="CREATE")
    found = client.describe_change_set(ChangeSetName=root)
    assert (found["Status"], found["ExecutionStatus"]) == ("CREATE_IN_PROGRESS", "UNAVAILABLE")
    assert refused(client.execute_change_set, ChangeSetName=root)[0] == "InvalidChangeSetStatus"
    execute(slow, root)
    assert slow.settled() == "CREATE_COMPLETE"


def test_an_operation_goes_on_after_its_answer_and_can_be_watched(slow: Stack) -> None:
    resources = {
        "First": LOG,
        "Child": after(slow.nested({"Log": LOG}), "First"),
        "Last": after(LOG, "Child"),
    }
    root = make(slow.session, slow, resources, kind="CREATE")
    execute(slow, root)
    started = time.monotonic()
    assert status(slow) == "CREATE_IN_PROGRESS"
    client = slow.session.client("cloudformation")
    assert client.describe_change_set(ChangeSetName=root)["ExecutionStatus"] == "EXECUTE_IN_PROGRESS"
    child, seen = "", set[str]()
    while status(slow) == "CREATE_IN_PROGRESS":
        for event in client.describe_stack_events(StackName=slow.name)["StackEvents"]:
            if event["LogicalResourceId"] == "Child" and event.get("PhysicalResourceId"):
                child = event["PhysicalResourceId"]
        if child:
            events = client.describe_stack_events(StackName=child)["StackEvents"]
            seen |= {f"{event['LogicalResourceId']} {event['ResourceStatus']}" for event in events}
            listed = client.list_stack_resources(StackName=slow.name)["StackResourceSummaries"]
            ids = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in listed}
            assert ids["Child"] == child
        if "Log CREATE_IN_PROGRESS" in seen and "Log CREATE_COMPLETE" not in seen:
            assert status(slow) == "CREATE_IN_PROGRESS"
        time.sleep(0.05)
    assert status(slow) == "CREATE_COMPLETE"
    assert time.monotonic() - started >= 3 * STEP
    assert {"Log CREATE_IN_PROGRESS", "Log CREATE_COMPLETE"} <= seen


def test_what_is_at_work_is_not_changed_by_somebody_else(slow: Stack) -> None:
    assert slow.create({"Log": log(7)}) == "CREATE_COMPLETE"
    client = slow.session.client("cloudformation")
    first, second = (make(slow.session, slow, {"Log": log(days)}, name=f"to-{days}") for days in (14, 30))
    execute(slow, first)
    assert status(slow) == "UPDATE_IN_PROGRESS"
    code, text = refused(
        client.create_change_set, StackName=slow.name, ChangeSetName="late", TemplateBody='{"Resources": {}}'
    )
    assert (code, "UPDATE_IN_PROGRESS state and can not be updated" in text) == ("ValidationError", True)
    assert refused(client.execute_change_set, ChangeSetName=second)[0] == "ChangeSetNotFound"
    assert refused(client.delete_stack, StackName=slow.name)[0] == "ValidationError"
    assert slow.settled() == "UPDATE_COMPLETE"
    assert retention(slow.session, slow) == [14]


def test_a_cancelled_update_is_taken_back_also_in_a_nested_stack(slow: Stack) -> None:
    def tree(days: int) -> dict[str, object]:
        return {
            "Own": log(days),
            "Child": after(slow.nested({f"Log{n}": log(days) for n in range(4)}), "Own"),
        }

    assert slow.create(tree(7)) == "CREATE_COMPLETE"
    execute(slow, make(slow.session, slow, tree(14)))
    while retention(slow.session, slow).count(14) < 2:
        time.sleep(0.05)
    client = slow.session.client("cloudformation")
    client.cancel_update_stack(StackName=slow.name, ClientRequestToken=f"stop-{slow.name}")
    assert slow.settled() == "UPDATE_ROLLBACK_COMPLETE"
    assert retention(slow.session, slow) == [7] * 5
    events = client.describe_stack_events(StackName=slow.name)["StackEvents"]
    (turned,) = [each for each in events if each["ResourceStatus"] == "UPDATE_ROLLBACK_IN_PROGRESS"]
    assert turned["ResourceStatusReason"] == "User Initiated"
    assert turned["ClientRequestToken"] == f"stop-{slow.name}"
    assert "Resource update cancelled" in slow.reasons()


def test_a_stack_that_is_being_made_can_be_deleted(slow: Stack) -> None:
    logs = {f"Log{number}": after(LOG, *([f"Log{number - 1}"] if number else [])) for number in range(6)}
    execute(slow, make(slow.session, slow, logs, kind="CREATE"))
    while not retention(slow.session, slow):
        time.sleep(0.05)
    slow.session.client("cloudformation").delete_stack(StackName=slow.name)
    limit = time.monotonic() + 30
    while slow.status() != "DELETE_COMPLETE" and time.monotonic() < limit:
        time.sleep(0.05)
    assert slow.status() == "DELETE_COMPLETE"
    assert retention(slow.session, slow) == []
    assert "Resource creation cancelled" in reasons(slow)


def test_a_deletion_that_goes_on_is_joined_by_the_next(slow: Stack) -> None:
    assert slow.create({"One": LOG, "Two": LOG}) == "CREATE_COMPLETE"
    stack_id = record(slow.session, slow.name)["StackId"]
    client = slow.session.client("cloudformation")
    client.delete_stack(StackName=slow.name)
    assert status(slow) == "DELETE_IN_PROGRESS"
    client.delete_stack(StackName=slow.name)
    assert slow.settled() == "DELETE_COMPLETE"
    events = client.describe_stack_events(StackName=stack_id)["StackEvents"]
    deleted = [each["LogicalResourceId"] for each in events if each["ResourceStatus"] == "DELETE_COMPLETE"]
    assert sorted(deleted) == sorted(["One", "Two", slow.name])


def reasons(stack: Stack) -> str:
    client = stack.session.client("cloudformation")
    listed = client.list_stacks()["StackSummaries"]
    (stack_id,) = [each["StackId"] for each in listed if each["StackName"] == stack.name]
    events = client.describe_stack_events(StackName=stack_id)["StackEvents"]
    return "\n".join(each.get("ResourceStatusReason", "") for each in events)
