"""Clients that are interrupted, come back, or find another one at work; on an AWS that takes its time."""

from __future__ import annotations

import signal
import threading
import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from private_fargate.deploy.deploy import Deployment, deploy
from private_fargate.deploy.following import LeftRunningError
from private_fargate.deploy.lease import BusyError
from private_fargate.deploy.packaging import ensure_bucket
from private_fargate.deploy.session import connect_to
from private_fargate.deploy.stack_state import StackState, find_stack
from private_fargate.deploy.watching import Watcher
from private_fargate.local.embedded import EmbeddedAws
from tests.deploy.house import BUCKET, house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.events import Event
    from private_fargate.deploy.session import Session
    from private_fargate.deploy.watching import Decision

pytestmark = [pytest.mark.emulator, pytest.mark.xdist_group("slow aws")]

_STEP = 0.7  # seconds that each resource takes


@pytest.fixture(scope="module")
def slow_aws() -> Iterator[Session]:
    with EmbeddedAws(step_seconds=_STEP) as aws:
        session = connect_to(aws.environment())
        ensure_bucket(session, BUCKET)
        yield session


@pytest.fixture
def deployment(slow_aws: Session) -> Deployment:
    name = f"interrupted-{uuid.uuid4().hex[:8]}"
    return Deployment(
        session=slow_aws, stack=name, templates=house(), bucket=BUCKET, parameters={"Days": "7"}
    )


class Interrupted(Watcher):
    """Presses Ctrl-C when the first resource is being made, and answers the question."""

    def __init__(self, answer: Decision) -> None:
        self._answer: Decision = answer
        self.asked: list[StackState] = []
        self.joined: list[StackState] = []
        self.presses = True

    def show(self, event: Event) -> None:
        if event.path and self.presses:
            self.presses = False
            signal.raise_signal(signal.SIGINT)

    def join(self, state: StackState) -> None:
        self.joined.append(state)

    def interrupted(self, state: StackState) -> Decision:
        self.asked.append(state)
        return self._answer


def test_a_deployment_that_was_left_running_is_joined_by_the_same_command(deployment: Deployment) -> None:
    with pytest.raises(LeftRunningError, match="AWS goes on"):
        deploy(deployment, Interrupted("leave"))
    state = find_stack(deployment.session, deployment.stack)
    assert state is not None
    assert state.is_in_progress
    second = Interrupted("leave")
    second.presses = False
    outcome = deploy(deployment, second)
    assert (outcome.status, outcome.succeeded) == ("CREATE_COMPLETE", True)
    assert [each.status for each in second.joined] == ["CREATE_IN_PROGRESS"]
    assert outcome.outputs["Group"]


def test_other_templates_wait_or_are_refused_while_something_is_under_way(deployment: Deployment) -> None:
    with pytest.raises(LeftRunningError):
        deploy(deployment, Interrupted("leave"))
    other = replace(deployment, parameters={"Days": "30"})
    with pytest.raises(BusyError, match="is CREATE_IN_PROGRESS"):
        deploy(other, Watcher())
    assert deploy(other, Watcher(), patience=60).status == "UPDATE_COMPLETE"


def test_a_creation_that_is_cancelled_is_deleted(deployment: Deployment) -> None:
    watcher = Interrupted("cancel")
    outcome = deploy(deployment, watcher)
    assert [each.status for each in watcher.asked] == ["CREATE_IN_PROGRESS"]
    assert (outcome.succeeded, outcome.was_cancelled) == (False, True)
    assert find_stack(deployment.session, deployment.stack) is None


def test_an_update_that_is_cancelled_goes_back_to_what_was(deployment: Deployment) -> None:
    made = deploy(deployment, Watcher())
    outcome = deploy(replace(deployment, parameters={"Days": "30"}), Interrupted("cancel"))
    assert (outcome.status, outcome.was_cancelled) == ("UPDATE_ROLLBACK_COMPLETE", True)
    assert not outcome.needs_a_person
    logs = deployment.session.client("logs")
    groups = logs.describe_log_groups(logGroupNamePrefix=made.outputs["Group"])["logGroups"]
    assert [group["retentionInDays"] for group in groups] == [7]


def test_of_two_deployers_at_once_the_second_waits_and_finds_its_work_done(deployment: Deployment) -> None:
    outcomes: list[str] = []

    def first() -> None:
        outcomes.append(deploy(deployment, Watcher()).status)

    thread = threading.Thread(target=first)
    thread.start()
    time.sleep(_STEP)
    second = deploy(deployment, Watcher(), patience=60)
    thread.join()
    assert outcomes == ["CREATE_COMPLETE"]
    assert (second.status, second.changed) == ("CREATE_COMPLETE", False)
