"""The stacks of instances: the embedded AWS's own CloudFormation makes them, in their account and Region."""

from __future__ import annotations

import asyncio
import contextvars
import re
from html import unescape
from typing import TYPE_CHECKING, Any

from ministack.core.responses import get_account_id, new_uuid, request_scope
from ministack.services import cloudformation
from ministack.services.cloudformation import handlers, helpers

from tests.fakes.stack_sets import roles

if TYPE_CHECKING:
    from tests.fakes.stack_sets.records import Instance, StackSet

Record = dict[str, Any]

_POLL = 0.02  # seconds
_OK = 200
_USABLE = re.compile(r"(CREATE|UPDATE|IMPORT)_COMPLETE|(UPDATE|IMPORT)_ROLLBACK_COMPLETE")
_NOTHING = "No updates are to be performed."
_distributing: contextvars.ContextVar[bool] = contextvars.ContextVar("distributing", default=False)
_body_problem = helpers._template_body_problem


class StackError(Exception):
    """A stack operation was refused, or failed; the text is the reason that AWS gives."""


def extend() -> None:
    """Let a template that StackSets hand out be as large as one in a bucket."""
    helpers._template_body_problem = lambda body: None if _distributing.get() else _body_problem(body)


async def apply(stack_set: StackSet, instance: Instance) -> None:
    """Make the stack of an instance, or bring it up to date.

    Raises:
        StackError: it cannot be.
    """
    there = find(instance)
    action = "UpdateStack" if there and _USABLE.fullmatch(there["StackStatus"]) else "CreateStack"
    _check(stack_set, instance, action)
    with request_scope(instance.account, instance.region):
        if action == "UpdateStack":
            await _update(stack_set, instance)
            return
        if there is not None:
            await _delete(str(instance.stack_id))
        name = f"StackSet-{stack_set.name}-{new_uuid()}"
        created = _call("CreateStack", {"StackName": name, **_form(stack_set, instance)})
        instance.stack_id = _text(created, "StackId")
        await _settled(instance.stack_id, {"CREATE_COMPLETE"})


async def _update(stack_set: StackSet, instance: Instance) -> None:
    form = {"StackName": str(instance.stack_id), **_form(stack_set, instance)}
    try:
        _call("UpdateStack", form)
    except StackError as error:
        if str(error) != _NOTHING:
            raise
        return
    await _settled(str(instance.stack_id), {"UPDATE_COMPLETE"})


async def remove(stack_set: StackSet, instance: Instance) -> None:
    """Delete the stack of an instance, if there is one.

    Raises:
        StackError: it is there still.
    """
    if find(instance) is None:
        return
    _check(stack_set, instance, "DeleteStack")
    with request_scope(instance.account, instance.region):
        await _delete(str(instance.stack_id))


async def make_role(stack_set: StackSet, account: str, name: str) -> None:
    """Make the stack of a custom execution role in an account, if it is not there.

    Raises:
        StackError: it cannot be made.
    """
    with request_scope(account, stack_set.arn.split(":")[3]):
        there = handlers._resolve_stack(name)
        if there is None or there["StackStatus"] == "DELETE_COMPLETE":
            form = {"StackName": name, "TemplateBody": str(stack_set.role_template)}
            _call("CreateStack", {**form, "Capabilities.member.1": "CAPABILITY_NAMED_IAM"})
        await _settled(str(handlers._resolve_stack(name)["StackId"]), {"CREATE_COMPLETE"})


def find(instance: Instance) -> Record | None:
    """Return the record of the stack of an instance, unless it is deleted."""
    if instance.stack_id is None:
        return None
    with request_scope(instance.account, instance.region):
        stack: Record | None = handlers._resolve_stack(instance.stack_id)
    return None if stack is None or stack["StackStatus"] == "DELETE_COMPLETE" else stack


def detect_drift(stack_set: StackSet, instance: Instance) -> tuple[str, list[Record]]:
    """Return whether the stack of an instance has drifted, and the resources that were looked at.

    Raises:
        StackError: there is no stack, or it cannot be looked at.
    """
    stack = find(instance)
    if stack is None:
        raise StackError(f"Stack {instance.stack_id} does not exist")
    _check(stack_set, instance, "DetectStackDrift")
    with request_scope(instance.account, instance.region):
        _call("DetectStackDrift", {"StackName": str(instance.stack_id)})
        found = [each["_drift"] for each in stack["_resources"].values() if "_drift" in each]
        return stack["DriftInformation"]["StackDriftStatus"], [dict(each) for each in found]


def _check(stack_set: StackSet, instance: Instance, action: str) -> None:
    reason = roles.refusal(stack_set, instance.account, instance.region, f"cloudformation:{action}")
    if reason:
        raise StackError(reason)


async def _delete(stack_id: str) -> None:
    _call("DeleteStack", {"StackName": stack_id})
    await _settled(stack_id, {"DELETE_COMPLETE"})


async def _settled(stack_id: str, wanted: set[str]) -> None:
    """Wait for the end of an operation.

    Raises:
        StackError: it is another end than the wanted one; with the first failure.
    """
    while True:
        stack = handlers._resolve_stack(stack_id)
        status = stack["StackStatus"] if stack else "DELETE_COMPLETE"
        if not status.endswith("_IN_PROGRESS") or (status == "REVIEW_IN_PROGRESS"):
            break
        await asyncio.sleep(_POLL)
    if status not in wanted:
        raise StackError(_first_failure(stack_id, status))


def _first_failure(stack_id: str, status: str) -> str:
    """Return the first failure of the last operation, in the words in which StackSets give it."""
    events = list(cloudformation._stack_events.get(stack_id, []))
    begun = [
        number
        for number, event in enumerate(events)
        if event["PhysicalResourceId"] == stack_id
        and event["ResourceStatus"] in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"}
    ]
    for event in events[begun[-1] if begun else 0 :]:
        if event["ResourceStatus"].endswith("_FAILED") and event["PhysicalResourceId"] != stack_id:
            return (
                f"ResourceLogicalId:{event['LogicalResourceId']}, ResourceType:{event['ResourceType']}, "
                f"ResourceStatusReason:{event['ResourceStatusReason']}."
            )
    return f"Stack {stack_id} is in {status} state"


def _form(stack_set: StackSet, instance: Instance) -> dict[str, str]:
    form = {"TemplateBody": stack_set.template}
    values = {each["ParameterKey"]: each.get("ParameterValue", "") for each in stack_set.parameters}
    values.update({each["ParameterKey"]: each.get("ParameterValue", "") for each in instance.overrides})
    for number, (key, value) in enumerate(values.items(), 1):
        form[f"Parameters.member.{number}.ParameterKey"] = key
        form[f"Parameters.member.{number}.ParameterValue"] = value
    for number, capability in enumerate(stack_set.capabilities, 1):
        form[f"Capabilities.member.{number}"] = capability
    for number, tag in enumerate(stack_set.tags, 1):
        form[f"Tags.member.{number}.Key"], form[f"Tags.member.{number}.Value"] = tag["Key"], tag["Value"]
    return form


def _call(action: str, form: dict[str, str]) -> str:
    token = _distributing.set(True)
    try:
        status, _, body = handlers._ACTION_HANDLERS[action]({key: [value] for key, value in form.items()})
    finally:
        _distributing.reset(token)
    text = body.decode() if isinstance(body, bytes) else body
    if status != _OK:
        raise StackError(_text(text, "Message"))
    return text


def _text(answer: str, name: str) -> str:
    found = re.search(rf"<{name}>(.*?)</{name}>", answer, re.DOTALL)
    return unescape(found[1]) if found else f"{name} missing in account {get_account_id()}"
