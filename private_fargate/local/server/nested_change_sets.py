"""The change sets of nested stacks: one for each, as deep as they go, below the one of the root."""

from __future__ import annotations

from typing import Any, TypeAlias

from ministack.core.responses import new_uuid, now_iso
from ministack.services import cloudformation
from ministack.services.cloudformation import engine, helpers, provisioners

from private_fargate.local.server import children, foresight
from private_fargate.local.server.foresight import NESTED, UNKNOWN, Plan

Record: TypeAlias = dict[str, Any]

NO_CHANGES = (
    "The submitted information didn't contain changes. Submit different information to create a change set."
)
_FROM_THE_ROOT = "Only executable from the root change set."


def complete(record: Record, plan: Plan) -> bool:
    """Add the values and the nested change sets; say whether the set has failed because of one of those."""
    changes = {
        each["ResourceChange"]["LogicalResourceId"]: each["ResourceChange"] for each in record["Changes"]
    }
    nested: dict[str, Record] = {}
    for logical_id in plan.order():
        change = changes.get(logical_id)
        foresight.foresee(plan, logical_id, change)
        is_nested = plan.template["Resources"][logical_id]["Type"] == NESTED
        if record.get("IncludeNestedStacks") and is_nested:
            nested[logical_id] = _child(record, plan, logical_id)
    foresight.foresee_removals(plan, changes.values())
    record["_children"] = [child["ChangeSetId"] for child in nested.values()]
    has_changes = bool(record["Changes"]) or any(_has_changes(child) for child in nested.values())
    for logical_id, child in nested.items() if has_changes else ():
        if logical_id not in changes:
            changes[logical_id] = _automatic(plan, logical_id)
            record["Changes"].append({"ResourceChange": changes[logical_id]})
        changes[logical_id]["ChangeSetId"] = child["ChangeSetId"]
        if child["_stack_is_new"]:
            changes[logical_id]["PhysicalResourceId"] = child["StackId"]
    record["Changes"].sort(key=lambda each: each["ResourceChange"]["LogicalResourceId"])
    failed = [
        child
        for child in nested.values()
        if child["Status"] == "FAILED" and child["StatusReason"] != NO_CHANGES
    ]
    for child in failed[:1]:
        reason = (
            f"Nested change set {child['ChangeSetId']} was not successfully created: Currently in FAILED."
        )
        record.update(Status="FAILED", ExecutionStatus="UNAVAILABLE", StatusReason=reason)
    return bool(failed)


def _has_changes(record: Record) -> bool:
    return record["StatusReason"] != NO_CHANGES


def _automatic(plan: Plan, logical_id: str) -> Record:
    """Return the change of a nested stack whose own properties stay: what is in it may change."""
    target = {"Attribute": "Properties", "RequiresRecreation": "Never"}
    return {
        "Action": "Modify",
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": plan.stack["_resources"][logical_id]["PhysicalResourceId"],
        "ResourceType": NESTED,
        "Replacement": "False",
        "Scope": ["Properties"],
        "Details": [{"Target": target, "Evaluation": "Dynamic", "ChangeSource": "Automatic"}],
    }


def _child(parent: Record, plan: Plan, logical_id: str) -> Record:
    """Make the change set of a nested stack, and note what its outputs will be."""
    there = plan.stack.get("_resources", {}).get(logical_id, {}).get("PhysicalResourceId", "")
    known = cloudformation._stacks.get(provisioners._nested_stack_lookup_name(there))
    stack = known or children.in_review(plan.stack, logical_id)
    record = _empty(parent, stack, is_new=known is None)
    cloudformation._change_sets[record["ChangeSetId"]] = record
    tags = parent["Tags"] if parent["_tags_given"] else None
    try:
        own = _plan(stack, plan.properties(logical_id))
        record.update(_resolved_params=own.parameters, _template=own.template)
        record["Parameters"] = [
            {"ParameterKey": key, "ParameterValue": value["Value"]} for key, value in own.parameters.items()
        ]
        record["Changes"] = foresight.changes_of(own, tags=tags)
        record.update(Status="CREATE_COMPLETE", StatusReason=_FROM_THE_ROOT)
        if not complete(record, own) and not record["Changes"] and not foresight.outputs_differ(own):
            record.update(Status="FAILED", StatusReason=NO_CHANGES)
        outputs = {
            f"Outputs.{name}": str(own.resolve(output["Value"]))
            for name, output in own.template.get("Outputs", {}).items()
        }
        plan.future[logical_id] = {"PhysicalResourceId": stack["StackId"], "Attributes": outputs}
    except ValueError as error:
        record.update(Status="FAILED", StatusReason=str(error))
    return record


def _empty(parent: Record, stack: Record, *, is_new: bool) -> Record:
    """Return the change set of a nested stack with what it has of its parent's, and nothing else."""
    name = f"{parent['ChangeSetName'][:80]}-{stack['StackName'].rsplit('-', 1)[-1]}"
    region = ":".join(stack["StackId"].split(":")[:5])
    return {
        "ChangeSetId": f"{region}:changeSet/{name}/{new_uuid()}",
        "ChangeSetName": name,
        "StackId": stack["StackId"],
        "StackName": stack["StackName"],
        "ChangeSetType": "CREATE" if is_new else "UPDATE",
        "CreationTime": now_iso(),
        "ExecutionStatus": "UNAVAILABLE",
        "Capabilities": parent["Capabilities"],
        "OnStackFailure": parent.get("OnStackFailure", ""),
        "Tags": parent["Tags"],
        "IncludeNestedStacks": True,
        "ParentChangeSetId": parent["ChangeSetId"],
        "RootChangeSetId": parent.get("RootChangeSetId", parent["ChangeSetId"]),
        "Changes": [],
        "Parameters": [],
        "_children": [],
        "_stack_is_new": is_new,
        "_tags_given": parent["_tags_given"],
    }


def _plan(stack: Record, properties: Record) -> Plan:
    """Return what a nested stack is to become.

    Raises:
        ValueError: its template or its parameters are no good.
    """
    url = properties.get("TemplateURL")
    body, error = helpers._resolve_template({"TemplateURL": [url]})
    if error is not None or not body:
        raise ValueError(f"TemplateURL must reference a valid S3 object to which you have access: {url}")
    template = engine._parse_template(body)
    values = {
        name: "" if value is None else str(value)
        for name, value in (properties.get("Parameters") or {}).items()
    }
    declared = {
        name: _without_constraints(each) if UNKNOWN in values.get(name, "") else each
        for name, each in template.get("Parameters", {}).items()
    }
    given = [{"Key": name, "Value": value} for name, value in values.items()]
    parameters = engine._resolve_parameters({**template, "Parameters": declared}, given)
    engine.validate_template_support(template, engine._evaluate_conditions(template, parameters), parameters)
    return Plan(stack=stack, template=template, parameters=parameters)


def _without_constraints(parameter: Record) -> Record:
    is_list = "List" in str(parameter.get("Type", ""))
    return {"Type": "CommaDelimitedList" if is_list else "String", "NoEcho": parameter.get("NoEcho", False)}


def drop(record: Record) -> None:
    """Remove the nested change sets of one that is gone, and the stacks that are in review for them."""
    for child in descendants(record):
        cloudformation._change_sets.pop(child["ChangeSetId"], None)
        children.forget_review(child["StackName"], child["StackId"])


def descendants(record: Record) -> list[Record]:
    """Return the nested change sets of one, as deep as they go."""
    found: list[Record] = []
    for change_set in record.get("_children", []):
        child = cloudformation._change_sets.get(change_set)
        if child is not None:
            found += [child, *descendants(child)]
    return found
