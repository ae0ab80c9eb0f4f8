from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from private_fargate.deploy.events import Event, first_cause

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def event(
    second: int,
    where: str,
    status: str,
    reason: str = "",
    kind: str = "AWS::SQS::Queue",
) -> Event:
    *path, logical_id = where.split("/")
    return Event(
        time=NOON + timedelta(seconds=second),
        id=f"{second}-{where}",
        stack_arn="/".join(path),
        path=tuple(path),
        logical_id=logical_id,
        type=kind,
        status=status,
        reason=reason,
        physical_id="",
    )


STACK = "AWS::CloudFormation::Stack"
CAUSE = event(3, "Middle/Leaf/Task", "CREATE_FAILED", "No Fargate configuration exists")
STORY = [
    event(1, "Middle", "CREATE_IN_PROGRESS", kind=STACK),
    event(2, "Middle/Leaf/Other", "CREATE_FAILED", "Resource creation cancelled"),
    CAUSE,
    event(4, "Network/Zone/Private/Subnet", "CREATE_FAILED", "deeper, but later"),
    event(5, "Middle/Leaf", "CREATE_FAILED", "The following resource(s) failed to create: [Task]", STACK),
    event(6, "Middle", "CREATE_FAILED", "Embedded stack was not successfully created", STACK),
]


def test_the_first_resource_that_failed_by_itself_is_named() -> None:
    assert first_cause(STORY) == CAUSE


def test_if_only_stacks_report_failure_the_deepest_is_named() -> None:
    stacks = [each for each in STORY if each.type == STACK]
    found = first_cause(stacks)
    assert found is not None
    assert found.logical_id == "Leaf"


def test_what_a_rollback_could_not_delete_is_no_cause() -> None:
    refused = event(1, "Middle/Leaf", "CREATE_FAILED", "Parameters must be strings", STACK)
    left = event(2, "Network/Vpc", "DELETE_FAILED", "has a dependent object")
    assert first_cause([refused, left]) == refused
    assert first_cause([left]) == left


def test_a_story_without_failure_has_no_cause() -> None:
    assert first_cause([event(1, "Q", "CREATE_COMPLETE")]) is None


def test_a_stack_that_could_not_begin_is_a_cause_of_its_own() -> None:
    """What failed after it, for whatever reason, would not have made the operation fail any more."""
    refused = event(1, "Top/Middle", "CREATE_FAILED", "Parameters: [Days] must have values", STACK)
    later = event(2, "Network/Vpc", "CREATE_FAILED", "The maximum number of VPCs has been reached.")
    assert first_cause([later, refused]) == refused


def test_siblings_that_were_cancelled_are_not_blamed() -> None:
    """The story of github.com/ks888/LambStatus/issues/6, in the order in which AWS lists it: newest first."""
    no_object = "Data returned must be an object"
    rollback = event(
        29, "StatusPage", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create", STACK
    )
    story = [
        rollback,
        event(27, "Distribution", "CREATE_FAILED", "Resource creation cancelled"),
        event(27, "Profile", "CREATE_FAILED", "Resource creation cancelled"),
        event(27, "AdminPage", "CREATE_FAILED", no_object, "Custom::S3SyncObjects"),
        event(26, "FrontPage", "CREATE_FAILED", no_object, "Custom::S3SyncObjects"),
        event(25, "Early", "UPDATE_FAILED", "Resource update cancelled"),
    ]
    found = first_cause(story)
    assert found is not None
    assert found.logical_id == "FrontPage"


def test_an_alarm_or_a_timeout_is_the_cause_where_no_resource_failed() -> None:
    def of_the_root(second: int, status: str, reason: str) -> Event:
        return replace(event(second, "root", status, reason, STACK), stack_arn="arn", physical_id="arn")

    cancelled = event(2, "Service", "CREATE_FAILED", "Resource creation cancelled")
    timeout = of_the_root(1, "ROLLBACK_IN_PROGRESS", "Stack creation time exceeded the specified timeout.")
    assert first_cause([timeout, cancelled]) == timeout
    by_hand = of_the_root(1, "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
    assert first_cause([by_hand, cancelled]) is None


def test_a_parent_that_reports_in_the_same_moment_is_not_blamed() -> None:
    echo = event(
        3, "Middle", "CREATE_FAILED", "Embedded stack arn:x was not successfully created: why", STACK
    )
    assert first_cause([echo, CAUSE]) == CAUSE
