"""Repairs of ministack's CloudFormation: what it forgets of updates, change sets and descriptions."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from xml.sax.saxutils import escape

from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, engine, handlers, provisioners

from private_fargate.local.server import moto_backend

_update_resource = provisioners._update_resource
_properties_for_diff = changesets._resolve_props_for_diff
_handle_request = cloudformation.handle_request
_resolve = engine._resolve_refs

_OPERATION = re.compile(
    rb"(?:^|&)Action=(?:CreateStack|UpdateStack|DeleteStack|ExecuteChangeSet|ContinueUpdateRollback"
    rb"|RollbackStack)(?:&|$)"
)
_POLL = 0.05  # seconds
_PATIENCE = 600  # polls


def repair() -> None:
    """Mend what is wrong whatever the stack."""
    provisioners._update_resource = _update_with_attributes
    changesets._resolve_props_for_diff = _only_what_conditions_allow
    engine._resolve_refs = _with_all_zones  # it calls itself by this name for whatever is nested
    for action in ("DescribeStacks", "ListStacks"):
        handlers._ACTION_HANDLERS[action] = _with_relatives(handlers._ACTION_HANDLERS[action])


def answer_when_settled() -> None:
    """Answer a stack operation when it is over: a client that polls every 30 seconds need not wait then."""
    cloudformation.handle_request = _handle_and_wait


def _update_with_attributes(  # noqa: PLR0913, PLR0917 -- ministack calls it so
    resource_type: str,
    physical_id: str,
    old: dict[str, Any],
    new: dict[str, Any],
    stack: str,
    logical_id: str | None = None,
    attributes: dict[str, Any] | None = None,
) -> Any:  # noqa: ANN401 -- what ministack returns
    """Hand on the attributes of a resource: a nested stack's update loses those of the unchanged ones."""
    if attributes is None:
        resources = (cloudformation._stacks.get(stack) or {}).get("_resources", {})
        attributes = (resources.get(logical_id) or {}).get("Attributes")
    return _update_resource(resource_type, physical_id, old, new, stack, logical_id, attributes)


def _with_all_zones(value: Any, *context: Any) -> Any:  # noqa: ANN401 -- any value of a template
    """Resolve a value; `Fn::GetAZs` gives every zone that EC2 describes, and not the first three."""
    if not (isinstance(value, dict) and list(value) == ["Fn::GetAZs"]):
        return _resolve(value, *context)
    asked = engine._resolve_refs(value["Fn::GetAZs"], *context) or moto_backend.region()
    if asked != moto_backend.region():
        return []
    zones = moto_backend.client().describe_availability_zones()["AvailabilityZones"]
    return sorted(zone["ZoneName"] for zone in zones)


def _only_what_conditions_allow(
    template: dict[str, Any], parameters: dict[str, Any], stack: str, stack_id: str
) -> dict[str, Any]:
    """Compare what is there under the conditions, so that a parameter that only flips one is a change."""
    resolved: dict[str, Any] = _properties_for_diff(template, parameters, stack, stack_id)
    conditions = engine._evaluate_conditions(template, parameters)
    resources = {
        name: resource
        for name, resource in resolved.get("Resources", {}).items()
        if conditions.get(resource.get("Condition"), True)
    }
    return {**resolved, "Resources": resources}


def _with_relatives(handler: Any) -> Any:  # noqa: ANN401 -- ministack's handlers have no types
    """Let descriptions of stacks name the parent and the root."""

    def handle(parameters: dict[str, Any]) -> tuple[int, Any, bytes | str]:
        status, headers, body = handler(parameters)
        text = body.decode() if isinstance(body, bytes) else body
        return status, headers, re.sub(r"<StackId>([^<]+)</StackId>", _relatives, text).encode()

    return handle


def _relatives(match: re.Match[str]) -> str:
    by_id = {stack["StackId"]: stack for stack in list(cloudformation._stacks.values())}
    parent = by_id.get(match[1], {}).get("ParentId")
    if not parent:
        return match[0]
    root = parent
    while above := by_id.get(root, {}).get("ParentId"):
        root = above
    return f"{match[0]}<ParentId>{escape(parent)}</ParentId><RootId>{escape(root)}</RootId>"


async def _handle_and_wait(
    method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
) -> Any:  # noqa: ANN401 -- what ministack returns
    response = await _handle_request(method, path, headers, body, query)
    if response[0] == 200 and _OPERATION.search(body or b""):  # noqa: PLR2004 -- HTTP
        for _ in range(_PATIENCE):
            await asyncio.sleep(_POLL)
            if not any(map(_is_in_progress, list(cloudformation._stacks.values()))):
                break
    return response


def _is_in_progress(stack: dict[str, Any]) -> bool:
    status = stack.get("StackStatus", "")
    return status.endswith("IN_PROGRESS") and status != "REVIEW_IN_PROGRESS"
