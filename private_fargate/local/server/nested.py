"""Nested stacks: what ministack's own make wrong of failures, deletions and replacements.

A failed child is rolled back with its parent; a deletion that fails fails the parent; what a policy retains
is retained; and what was replaced is removed last, when nothing uses it any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.services import cloudformation
from ministack.services.cloudformation import engine, helpers, provisioners, stacks

from private_fargate.local.server import buckets, children, replacing, steps

if TYPE_CHECKING:
    from private_fargate.local.server.handlers import Attributes, Properties

_TYPE = "AWS::CloudFormation::Stack"
_KEPT = ("ChangeSetId", "CreationTime", "_stack_policy")

_create = provisioners._cfn_nested_stack_create
_update = provisioners._cfn_nested_stack_update


def repair() -> None:
    """Register nested stacks with the functions below."""
    provisioners._RESOURCE_HANDLERS[_TYPE] = {"create": _created, "update": _updated, "delete": _deleted}
    provisioners._cfn_nested_stack_delete = _deleted


def _created(logical_id: str, properties: Properties, parent: str) -> tuple[str, Attributes]:
    _validate(properties)
    child = children.announce(parent, logical_id)
    stack_id = cloudformation._stacks[child]["StackId"]
    try:
        return children.under_its_name(child, lambda: _create(logical_id, properties, parent))
    except Exception as error:
        if cloudformation._stacks[child]["StackStatus"] == "REVIEW_IN_PROGRESS":  # nothing was begun
            children.forget_review(child, stack_id)
            raise
        if _keeps_failures(parent):
            raise
        cloudformation._stacks[child]["_rolling_back"] = True
        _deleted(stack_id, {})
        raise ValueError(f"Embedded stack {stack_id} was not successfully created: {error}") from error


def _keeps_failures(stack: str) -> bool:
    """Say whether the root of a stack was told to leave what was made before a failure."""
    record = cloudformation._stacks[stack]
    parent = record.get("_parent_stack_name")
    return _keeps_failures(parent) if parent else bool(record.get("DisableRollback"))


def _validate(properties: Properties) -> None:
    """Refuse a child's template as CreateStack does, types and rules included; ministack asks only roots."""
    url = properties.get("TemplateURL")
    body, error = helpers._resolve_template({"TemplateURL": [url]})
    if error is not None and buckets.DENIED.encode() in error[2]:
        raise ValueError(buckets.DENIED)
    if error is not None or not body:
        raise ValueError(f"TemplateURL cannot be read: {url}")
    template = engine._parse_template(body)
    given = [
        {"Key": key, "Value": "" if value is None else str(value)}
        for key, value in (properties.get("Parameters") or {}).items()
    ]
    parameters = engine._resolve_parameters(template, given)
    engine.validate_template_support(template, engine._evaluate_conditions(template, parameters), parameters)


def _updated(stack_id: str, old: Properties, new: Properties, parent: str) -> tuple[str, Attributes]:
    _validate(new)
    before = dict(cloudformation._stacks[provisioners._nested_stack_lookup_name(stack_id)])
    takes_back = steps.root_of(parent)["StackStatus"] == "UPDATE_ROLLBACK_IN_PROGRESS"
    try:
        with replacing.updating(stack_id, takes_back=takes_back):
            made = _update(stack_id, old, new, parent)
    except Exception:
        _settle(before, "UPDATE_ROLLBACK_FAILED" if takes_back else None)
        raise
    _settle(before, "UPDATE_ROLLBACK_COMPLETE" if takes_back else None)
    return made


def _settle(before: dict[str, Any], status: str | None) -> None:
    """Keep what an update does not touch; if it takes one back, say so, where ministack sees an update."""
    name = before["StackName"]
    stack = cloudformation._stacks[name]
    stack.update({key: before[key] for key in _KEPT if key in before})
    if status is not None:
        stack["StackStatus"] = status
        _event(stack, name, _TYPE, status, stack["StackId"], stack["StackStatusReason"])


def _deleted(stack_id: str, _properties: Properties) -> None:
    """Delete a child and what is in it, dependents first.

    Raises:
        ValueError: something in it cannot be deleted; then it stays, as it stays in its parent.
    """
    name = provisioners._nested_stack_lookup_name(stack_id)
    stack = cloudformation._stacks.get(name)
    if not stack or stack["StackStatus"] == "DELETE_COMPLETE":
        return
    stack["StackStatus"] = "DELETE_IN_PROGRESS"
    _event(stack, name, _TYPE, "DELETE_IN_PROGRESS", stack["StackId"])
    reasons = {
        logical_id: reason for logical_id in _deletion_order(stack) if (reason := _delete(stack, logical_id))
    }
    replacing.remove_left(stack["StackId"])
    if reasons:
        reason = f"The following resource(s) failed to delete: [{', '.join(sorted(reasons))}]."
        stack.update(StackStatus="DELETE_FAILED", StackStatusReason=reason)
        _event(stack, name, _TYPE, "DELETE_FAILED", stack["StackId"], reason)
        raise ValueError(f"{reason} {' '.join(reasons.values())}")
    for output in stack.get("Outputs", []):
        cloudformation._exports.pop(output.get("ExportName"), None)
    stack["StackStatus"] = "DELETE_COMPLETE"
    _event(stack, name, _TYPE, "DELETE_COMPLETE", stack["StackId"])


def _deletion_order(stack: dict[str, Any]) -> list[str]:
    there = stack.get("_resources", {})
    declared = (stack.get("_template") or {}).get("Resources", {})
    order = engine._topological_sort(declared, stack.get("_conditions", {}))
    order = [*order, *(logical_id for logical_id in there if logical_id not in order)]
    return [logical_id for logical_id in reversed(order) if logical_id in there]


def _delete(stack: dict[str, Any], logical_id: str) -> str | None:
    """Delete one resource of a child, or leave it if its policy says so; return why it cannot be deleted."""
    resource = stack["_resources"][logical_id]
    resource_type, physical_id = resource["ResourceType"], resource["PhysicalResourceId"]
    if _policy(stack, logical_id) in provisioners._RETAINING_POLICIES:
        _event(stack, logical_id, resource_type, "DELETE_SKIPPED", physical_id)
        del stack["_resources"][logical_id]
        return None
    _event(stack, logical_id, resource_type, "DELETE_IN_PROGRESS", physical_id)
    try:
        provisioners._delete_resource(
            resource_type, physical_id, resource.get("Properties", {}), stack["StackName"], logical_id
        )
    except Exception as error:  # noqa: BLE001 -- whatever the service refuses it for is the reason to show
        resource.update(ResourceStatus="DELETE_FAILED", ResourceStatusReason=str(error))
        _event(stack, logical_id, resource_type, "DELETE_FAILED", physical_id, str(error))
        return str(error)
    _event(stack, logical_id, resource_type, "DELETE_COMPLETE", physical_id)
    del stack["_resources"][logical_id]
    return None


def _policy(stack: dict[str, Any], logical_id: str) -> str:
    template = stack.get("_template") or {}
    policy = stacks._resource_policy(
        template.get("Resources", {}).get(logical_id),
        "DeletionPolicy",
        stack["_resources"],
        stack.get("_resolved_params", {}),
        stack.get("_conditions", {}),
        template.get("Mappings", {}),
        stack["StackName"],
        stack["StackId"],
    )
    if policy == "RetainExceptOnCreate" and stack.get("_rolling_back"):
        return "Delete"
    return str(policy)


def _event(  # noqa: PLR0913, PLR0917 -- an event is that much
    stack: dict[str, Any],
    logical_id: str,
    resource_type: str,
    status: str,
    physical_id: str,
    reason: str = "",
) -> None:
    stacks._add_event(
        stack["StackId"], stack["StackName"], logical_id, resource_type, status, reason, physical_id
    )
