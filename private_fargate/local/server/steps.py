"""The steps of an operation: each makes, changes or removes one resource, of the root or of a nested stack.

Here a step takes time, where the server was told so; here it hears that the operation was cancelled, that a
stack policy protects the resource, or that somebody who continues a rollback wants it skipped.
"""

from __future__ import annotations

import contextvars
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ministack.services import cloudformation
from ministack.services.cloudformation import provisioners, stacks

from private_fargate.local.server import policies, replacing

if TYPE_CHECKING:
    from collections.abc import Iterator

NESTED = "AWS::CloudFormation::Stack"

_POLL = 0.05  # seconds
_create, _delete = provisioners._provision_resource, provisioners._delete_resource
_roll_back, _add_event = stacks._roll_back_operation, stacks._add_event

_current: contextvars.ContextVar[tuple[str, str | None] | None] = contextvars.ContextVar("step", default=None)
_seconds = 0.0
_skipped: set[tuple[str, str]] = set()  # stack and resource that a continued rollback leaves as they are


def repair(seconds: float) -> None:
    """Let every resource go through the functions below.

    Args:
        seconds: that each resource takes; 0 for as long as it does take.
    """
    global _seconds, _update  # there is one server in a process
    _seconds, _update = seconds, provisioners._update_resource
    for module in (provisioners, stacks):
        module._provision_resource = _created
        module._update_resource = _updated
        module._delete_resource = _deleted
    stacks._roll_back_operation = _rolled_back
    stacks._add_event = _noted
    if seconds:
        stacks._runs_on_worker_thread = lambda _type: True  # else the server would be deaf meanwhile


_update = provisioners._update_resource


def seconds() -> float:
    """Return how long a step takes at least."""
    return _seconds


def root_of(stack: str) -> dict[str, Any]:
    """Return the record of the stack at the top of a stack."""
    record: dict[str, Any] = cloudformation._stacks[stack]
    while parent := record.get("_parent_stack_name"):
        record = cloudformation._stacks[parent]
    return record


@contextmanager
def skipping(resources: set[tuple[str, str]]) -> Iterator[None]:
    """Leave resources, by stack and logical ID, as they are while a rollback is continued."""
    _skipped.update(resources)
    try:
        yield
    finally:
        _skipped.difference_update(resources)


def _created(resource_type: str, logical_id: str, properties: dict[str, Any], stack: str) -> Any:  # noqa: ANN401
    if _current.get() == (stack, logical_id):  # a replacement, which is one step
        return _create(resource_type, logical_id, properties, stack)
    with _step(resource_type, stack, logical_id, "creation"):
        return _create(resource_type, logical_id, properties, stack)


def _updated(  # noqa: PLR0913, PLR0917 -- ministack calls it so
    resource_type: str,
    physical_id: str,
    old: dict[str, Any],
    new: dict[str, Any],
    stack: str,
    logical_id: str | None = None,
    attributes: dict[str, Any] | None = None,
) -> Any:  # noqa: ANN401 -- what ministack returns
    arguments = (resource_type, physical_id, old, new, stack, logical_id, attributes)
    if old == new or logical_id is None:
        return _update(*arguments)
    if (stack, logical_id) in _skipped:
        return physical_id, attributes or {}
    if _is_going_forward(stack):
        policies.check_update(cloudformation._stacks[stack], logical_id, resource_type, old, new)
    elif made := replacing.taken_back(stack, logical_id, new):
        return made
    with _step(resource_type, stack, logical_id, "update"):
        made = _update(*arguments)
    if cloudformation._stacks[stack].get("_parent_stack_name"):
        known = cloudformation._stacks[stack]["_resources"].get(logical_id, {}).get("Attributes", {})
        old_one = replacing.Old(resource_type, physical_id, old, attributes or known, made[0], new)
        replacing.note(stack, logical_id, old_one)
    return made


def _deleted(
    resource_type: str,
    physical_id: str,
    properties: dict[str, Any],
    stack: str | None = None,
    logical_id: str | None = None,
) -> None:
    with _step(resource_type, stack or "", logical_id, ""):
        _delete(resource_type, physical_id, properties, stack, logical_id)


@contextmanager
def _step(resource_type: str, stack: str, logical_id: str | None, verb: str) -> Iterator[None]:
    token = _current.set((stack, logical_id))
    try:
        _take_time(resource_type, stack, verb)
        yield
    finally:
        _current.reset(token)


def _take_time(resource_type: str, stack: str, verb: str) -> None:
    """Wait, unless the operation is cancelled meanwhile; a nested stack takes what its resources take.

    Raises:
        ValueError: it is cancelled; in the words in which AWS says so of a resource.
    """
    end = time.monotonic() + (0 if resource_type == NESTED else _seconds)
    while True:
        if verb and _is_cancelled(stack):
            raise ValueError(f"Resource {verb} cancelled")
        left = end - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, _POLL))


def _is_going_forward(stack: str) -> bool:
    return root_of(stack)["StackStatus"] in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}


def _is_cancelled(stack: str) -> bool:
    root = root_of(stack)
    if root["StackStatus"] == "UPDATE_IN_PROGRESS":
        return bool(root.get("_cancel_requested"))
    return root["StackStatus"] == "CREATE_IN_PROGRESS" and bool(root.get("_delete_requested"))


async def _rolled_back(
    name: str, stack_id: str, stack: dict[str, Any], operation: dict[str, Any], reason_override: str = ""
) -> None:
    """Roll back, and say so if it is because somebody cancelled the operation."""
    if stack.pop("_cancel_requested", False):
        operation = {**operation, "cancelled": True}
        stacks.CLIENT_REQUEST_TOKEN.set(stack.pop("_cancel_token", ""))
    await _roll_back(name, stack_id, stack, operation, reason_override)


def _noted(  # noqa: PLR0913, PLR0917 -- ministack calls it so
    stack_id: str,
    stack: str,
    logical_id: str,
    resource_type: str,
    status: str,
    reason: str = "",
    physical_id: str = "",
    detailed_status: str = "",
) -> None:
    """Record an event; one of a resource that is there names it, so that a nested stack can be followed."""
    if not physical_id and status.startswith(("UPDATE", "DELETE")):
        resources = (cloudformation._stacks.get(stack) or {}).get("_resources", {})
        physical_id = resources.get(logical_id, {}).get("PhysicalResourceId", "")
    _add_event(stack_id, stack, logical_id, resource_type, status, reason, physical_id, detailed_status)
