"""What can be seen of an operation while it goes on, and of its failures afterwards."""

from __future__ import annotations

import contextvars
from typing import TYPE_CHECKING, Any, TypeAlias

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers, helpers

from private_fargate.local.server.answers import to_xml

if TYPE_CHECKING:
    from collections.abc import Callable

Record: TypeAlias = dict[str, Any]
Answer: TypeAlias = tuple[int, Any, bytes]
Action: TypeAlias = "Callable[[Record], Answer]"

_SHARED = (
    "EventId",
    "StackId",
    "LogicalResourceId",
    "PhysicalResourceId",
    "ResourceType",
    "Timestamp",
    "ResourceStatus",
    "ResourceStatusReason",
    "ClientRequestToken",
)
_resolve_stack = handlers._resolve_stack
_shows_work: contextvars.ContextVar[bool] = contextvars.ContextVar("shows_work", default=False)


def repair() -> None:
    """Show resources at work, which ministack shows when they are done, and what fails in any operation."""
    handlers._resolve_stack = _resolved
    for name in ("DescribeStackResource", "DescribeStackResources", "ListStackResources"):
        handlers._ACTION_HANDLERS[name] = _showing_work(handlers._ACTION_HANDLERS[name])
    handlers._ACTION_HANDLERS["DescribeEvents"] = _events


def _showing_work(handler: Action) -> Action:
    def handle(parameters: Record) -> Answer:
        token = _shows_work.set(True)
        try:
            return handler(parameters)
        finally:
            _shows_work.reset(token)

    return handle


def _resolved(name: str) -> Record | None:
    stack: Record | None = _resolve_stack(name)
    if stack is None or not _shows_work.get() or not stack["StackStatus"].endswith("_IN_PROGRESS"):
        return stack
    return {**stack, "_resources": {**stack["_resources"], **_at_work(stack)}}


def _at_work(stack: Record) -> dict[str, Record]:
    """Return the resources whose last event says that something goes on with them."""
    last: dict[str, Record] = {}
    for event in list(cloudformation._stack_events.get(stack["StackId"], [])):
        if event["PhysicalResourceId"] != stack["StackId"]:
            before = last.get(event["LogicalResourceId"], {})
            known = event["PhysicalResourceId"] or before.get("PhysicalResourceId", "")
            last[event["LogicalResourceId"]] = {**event, "PhysicalResourceId": known}
    return {
        logical_id: {
            **stack["_resources"].get(logical_id, {}),
            **{
                key: event[key]
                for key in ("ResourceType", "ResourceStatus", "Timestamp", "PhysicalResourceId")
            },
        }
        for logical_id, event in last.items()
        if event["ResourceStatus"].endswith("_IN_PROGRESS")
    }


def _events(parameters: Record) -> Answer:
    """Describe the events of a stack, newest first, or only what failed; children have their own.

    What an early validation found comes first: it is no event of the stack.
    """
    asked = helpers._p(parameters, "StackName")
    stack = handlers._resolve_stack(asked) if asked else None
    if asked and stack is None:
        return helpers._error("ValidationError", f"Stack [{asked}] does not exist")
    found: list[Record] = list(stack.get("_operation_events") or []) if stack else []
    known = cloudformation._stack_events.get(stack["StackId"], []) if stack else []
    found += [_operation_event(event) for event in reversed(known)]
    if helpers._p(parameters, "Filters.FailedEvents").lower() == "true":
        found = [event for event in found if event.get("OperationStatus") == "FAILED"]
    page, token, error = helpers._page(found, parameters, "DescribeEvents")
    if error is not None:
        return error
    body = to_xml({"OperationEvents": page})
    return helpers._xml(
        200, "DescribeEventsResponse", f"<DescribeEventsResult>{body}{token}</DescribeEventsResult>"
    )


def _operation_event(event: Record) -> Record:
    failed = event["ResourceStatus"].endswith("_FAILED")
    shared = {key: event[key] for key in _SHARED if event.get(key)}
    kind = (
        {"EventType": "PROVISIONING_ERROR", "OperationStatus": "FAILED"}
        if failed
        else {"EventType": "STACK_EVENT"}
    )
    return {**shared, **kind}
