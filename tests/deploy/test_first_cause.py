from __future__ import annotations

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
