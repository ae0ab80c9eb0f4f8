from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import botocore.session
import pytest

from private_fargate.deploy.stack_state import NEXT, StackState, StuckError, kind_for

if TYPE_CHECKING:
    from private_fargate.deploy.stack_state import Next


def state(status: str) -> StackState:
    return StackState(arn="arn:aws:cloudformation:us-east-1:123456789012:stack/shop/1", status=status)


def statuses() -> list[str]:
    """Return every status that a stack can have, by the service's own model."""
    model = cast("Any", botocore.session).get_session().get_service_model("cloudformation")
    return list(model.shape_for("StackStatus").enum)


def test_every_status_that_a_stack_can_have_is_known() -> None:
    assert len(statuses()) > 20
    assert set(NEXT) == set(statuses())


def test_whatever_is_in_progress_is_waited_for_except_a_review() -> None:
    going = {status for status in statuses() if status.endswith("IN_PROGRESS")} - {"REVIEW_IN_PROGRESS"}
    assert {status for status in statuses() if NEXT[status] == "wait"} == going
    assert state("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS").is_in_progress


@pytest.mark.parametrize("status", [s for s in NEXT if s.endswith("ROLLBACK_FAILED") or s == "DELETE_FAILED"])
def test_what_failed_twice_needs_a_person(status: str) -> None:
    with pytest.raises(StuckError):
        kind_for("shop", state(status))


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        ("ROLLBACK_COMPLETE", "build.py destroy"),
        ("UPDATE_ROLLBACK_FAILED", "build.py continue-rollback"),
        ("DELETE_FAILED", "build.py destroy"),
        ("UPDATE_IN_PROGRESS", "wait"),
    ],
)
def test_a_stack_that_cannot_be_changed_is_refused_with_the_remedy(status: str, remedy: str) -> None:
    with pytest.raises(StuckError, match=f"shop is {status}: .*{remedy}"):
        kind_for("shop", state(status))


def test_a_status_of_tomorrow_is_left_to_a_person() -> None:
    tomorrow: Next = state("MIGRATION_COMPLETE").next
    assert tomorrow == "ask a person"


def test_a_stack_that_is_only_planned_is_created() -> None:
    assert kind_for("shop", None) == kind_for("shop", state("REVIEW_IN_PROGRESS")) == "CREATE"
    assert kind_for("shop", state("UPDATE_ROLLBACK_COMPLETE")) == "UPDATE"
