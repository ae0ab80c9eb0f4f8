"""Operations on a StackSet: begun once, followed to their end, and what came of each instance."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from private_fargate.deploy.pausing import pauses
from private_fargate.deploy.session import code_of
from private_fargate.rollout.model import Place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from private_fargate.rollout.client import StackSet
    from private_fargate.rollout.model import Instance
    from private_fargate.rollout.watching import RolloutWatcher

UNDER_WAY: Final = frozenset({"RUNNING", "QUEUED", "STOPPING"})


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of one instance in one operation.

    Attributes:
        place: Where.
        status: SUCCEEDED, FAILED, CANCELLED, PENDING or RUNNING.
        reason: Why, in AWS's words; empty if it says nothing.
    """

    place: Place
    status: str
    reason: str


def begin(stack_set: StackSet, operation: str, **arguments: object) -> str | None:
    """Begin an operation and return its ID; None if another one is in the way.

    The ID is chosen here, so that a request whose answer was lost can be sent again and is done once.
    """
    chosen = str(uuid.uuid4())
    try:
        answer = stack_set.ask(operation, OperationId=chosen, **arguments)
    except ClientError as error:
        if code_of(error).startswith("OperationInProgress"):
            return None
        if code_of(error).startswith("OperationIdAlreadyExists"):
            return chosen
        raise
    return str(answer.get("OperationId", chosen))


def begin_when_free(stack_set: StackSet, watcher: RolloutWatcher, operation: str, **arguments: object) -> str:
    """Begin an operation and return its ID; while another one is in the way, wait."""
    for number, pause in enumerate(pauses()):
        begun = begin(stack_set, operation, **arguments)
        if begun is not None:
            return begun
        if number == 0:
            watcher.say("another operation on the StackSet is under way; waiting for its end")
        time.sleep(pause)
    raise AssertionError  # pragma: no cover - `pauses` has no end


def under_way(stack_set: StackSet) -> tuple[str, ...]:
    """Return the IDs of the operations that have not ended, the first begun first."""
    every = [each for each in stack_set.each("list_stack_set_operations") if each["Status"] in UNDER_WAY]
    return tuple(each["OperationId"] for each in reversed(every))


def status_of(stack_set: StackSet, operation: str) -> dict[str, Any]:
    """Return what AWS says of an operation."""
    return stack_set.ask("describe_stack_set_operation", OperationId=operation)["StackSetOperation"]


def results(stack_set: StackSet, operation: str) -> tuple[Result, ...]:
    """Return what came of each instance of an operation so far."""
    return tuple(
        Result(
            place=Place(each["Account"], each["Region"]),
            status=each.get("Status", ""),
            reason=each.get("StatusReason") or _of_gate(each.get("AccountGateResult", {})),
        )
        for each in stack_set.each("list_stack_set_operation_results", OperationId=operation)
    )


def _of_gate(told: dict[str, Any]) -> str:
    """Return why an account's own gate kept an operation out; that it has no gate is nothing to tell.

    Source: AWSCloudFormation/latest/UserGuide/stacksets-account-gating.html
    """
    return str(told.get("StatusReason", "")) if told.get("Status") == "FAILED" else ""


@dataclass
class Follower:
    """Shows each change of an instance once, from how they are when it begins to look."""

    stack_set: StackSet
    watcher: RolloutWatcher
    _seen: dict[Place, tuple[str, str, str]] = field(default_factory=dict[Place, tuple[str, str, str]])

    def __post_init__(self) -> None:
        """Take what is there for known."""
        for place, instance in self.stack_set.summaries().items():
            self._seen[place] = _state(instance)

    def look(self) -> None:
        """Show what has changed since the last time."""
        for place, instance in self.stack_set.summaries().items():
            if self._seen.get(place) != _state(instance):
                self._seen[place] = _state(instance)
                self.watcher.show(instance)

    def follow(self, operations: Iterable[str]) -> dict[str, str]:
        """Wait until operations have ended; return the status of each."""
        ended: dict[str, str] = {}
        waiting = list(operations)
        for pause in pauses():
            for operation in tuple(waiting):
                status = status_of(self.stack_set, operation)["Status"]
                if status not in UNDER_WAY:
                    ended[operation] = status
                    waiting.remove(operation)
            self.look()
            if not waiting:
                break
            time.sleep(pause)
        return ended


def _state(instance: Instance) -> tuple[str, str, str]:
    return instance.status, instance.detail, instance.reason
