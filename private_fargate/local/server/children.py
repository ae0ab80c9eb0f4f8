"""Nested stacks that a change set announces: they have a name and an ID before there is anything in them."""

from __future__ import annotations

import contextvars
from typing import TYPE_CHECKING, Any, TypeAlias

from ministack.core import responses
from ministack.core.responses import new_uuid, now_iso
from ministack.services import cloudformation
from ministack.services.cloudformation import stacks

if TYPE_CHECKING:
    from collections.abc import Callable

Record: TypeAlias = dict[str, Any]

_TYPE = "AWS::CloudFormation::Stack"
# What ministack takes for the next random values: those of the stack that is in review.
_next: contextvars.ContextVar[list[str] | None] = contextvars.ContextVar("next", default=None)


def repair() -> None:
    """Let a nested stack be made under the name and the ID that it was announced with."""
    responses.new_uuid = _reserved


def _reserved() -> str:
    reserved = _next.get()
    return reserved.pop(0) if reserved else new_uuid()


def in_review(parent: Record, logical_id: str) -> Record:
    """Return a new nested stack that is in review, and in which there is nothing."""
    suffix = new_uuid().replace("-", "")[:12].upper()
    name = f"{parent['StackName']}-{logical_id}-{suffix}"
    region = ":".join(parent["StackId"].split(":")[:5])
    record = {
        "StackName": name,
        "StackId": f"{region}:stack/{name}/{new_uuid()}",
        "StackStatus": "REVIEW_IN_PROGRESS",
        "StackStatusReason": "",
        "CreationTime": now_iso(),
        "LastUpdatedTime": now_iso(),
        "Description": "",
        "Parameters": [],
        "Tags": [],
        "Outputs": [],
        "ParentId": parent["StackId"],
        "_parent_stack_name": parent["StackName"],
        "_logical_id": logical_id,
        "_resources": {},
        "_template": {},
        "_resolved_params": {},
    }
    cloudformation._stacks[name] = record
    cloudformation._stack_events[record["StackId"]] = []
    stacks._add_event(
        record["StackId"], name, name, _TYPE, "REVIEW_IN_PROGRESS", physical_id=record["StackId"]
    )
    return record


def forget_review(name: str, stack_id: str) -> None:
    """Remove a nested stack that is still in review."""
    record = cloudformation._stacks.get(name)
    if record and record["StackId"] == stack_id and record["StackStatus"] == "REVIEW_IN_PROGRESS":
        del cloudformation._stacks[name]
        cloudformation._stack_events.pop(stack_id, None)


def announce(parent: str, logical_id: str) -> str:
    """Return the name of the nested stack that is made next, which its parent's events say from now on."""
    record = next(
        (
            stack
            for stack in list(cloudformation._stacks.values())
            if stack["StackStatus"] == "REVIEW_IN_PROGRESS"
            and (stack.get("_parent_stack_name"), stack.get("_logical_id")) == (parent, logical_id)
        ),
        None,
    ) or in_review(cloudformation._stacks[parent], logical_id)
    above = cloudformation._stacks[parent]
    stacks._add_event(
        above["StackId"],
        parent,
        logical_id,
        _TYPE,
        "CREATE_IN_PROGRESS",
        "Resource creation Initiated",
        record["StackId"],
    )
    return str(record["StackName"])


def under_its_name(name: str, make: Callable[[], Any]) -> Any:  # noqa: ANN401 -- what ministack returns
    """Let ministack make a nested stack under the name and the ID of the one that is in review."""
    stack_id = cloudformation._stacks[name]["StackId"]
    token = _next.set([name.rsplit("-", 1)[-1], stack_id.rsplit("/", 1)[-1]])
    try:
        return make()
    finally:
        _next.reset(token)
