"""Stacks that were made otherwise, and become instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.core.responses import request_scope
from ministack.services.cloudformation import engine, handlers

from tests.fakes.stack_sets import operations, organization, records, stacks
from tests.fakes.stack_sets.forms import RefusalError, invalid
from tests.fakes.stack_sets.records import Instance

if TYPE_CHECKING:
    from tests.fakes.stack_sets.records import StackSet

Record = dict[str, Any]

_MOST = 10  # stacks of one operation
_ARN_PARTS = 6


def import_stacks(parameters: Record) -> Record:
    """Make instances of stacks; a template that is not the StackSet's is found as the operation goes on."""
    stack_set = operations.found(parameters)
    if known := operations.again(stack_set, parameters):
        return known
    operations.check_request(stack_set, parameters)
    stack_ids = parameters.get("StackIds", [])
    if not stack_ids:
        raise invalid("StackIds must be specified")
    if len(stack_ids) > _MOST:
        raise RefusalError("LimitExceededException", f"An operation can import at most {_MOST} stacks")
    found = [_importable(stack_set, each) for each in stack_ids]
    units = _units(stack_set, parameters)
    for stack in found:
        _, _, _, region, account, _ = stack["StackId"].split(":", 5)
        instance = Instance(account, region, unit=units.get(account), stack_id=stack["StackId"])
        stack_set.instances[instance.target] = instance
        instance.overrides = _differing(stack_set, stack)
    targets = [tuple(reversed(each["StackId"].split(":")[3:5])) for each in found]

    async def work(instance: Instance) -> None:
        stack = stacks.find(instance)
        if stack is None:
            raise stacks.StackError(f"Stack {instance.stack_id} does not exist")
        if stack["_template"] != engine._parse_template(stack_set.template):
            raise stacks.StackError(
                f"Stack {instance.stack_id} could not be imported: its template is not the StackSet's"
            )

    return operations.begin(stack_set, parameters, "CREATE", targets, work)


def _importable(stack_set: StackSet, stack_id: str) -> Record:
    parts = stack_id.split(":", _ARN_PARTS - 1)
    if len(parts) != _ARN_PARTS:
        raise invalid(f"{stack_id} is no stack ID")
    with request_scope(parts[4], parts[3]):
        stack: Record | None = handlers._resolve_stack(stack_id)
    if stack is None or stack["StackStatus"] == "DELETE_COMPLETE":
        raise RefusalError("StackNotFoundException", f"Stack {stack_id} not found")
    if stack.get("_parent_stack_name"):
        raise RefusalError("InvalidOperationException", f"Stack {stack_id} is nested and cannot be imported")
    for other in records.all_anywhere():
        if any(each.stack_id == stack_id for each in other.instances.values()):
            message = f"Stack {stack_id} is already associated with StackSet {other.name}"
            raise RefusalError("InvalidOperationException", message)
    if (parts[4], parts[3]) in stack_set.instances:
        message = (
            f"StackSet {stack_set.name} has an instance in account {parts[4]} and region {parts[3]} already"
        )
        raise RefusalError("InvalidOperationException", message)
    return stack


def _units(stack_set: StackSet, parameters: Record) -> dict[str, str]:
    named = parameters.get("OrganizationalUnitIds", [])
    if not stack_set.is_service_managed:
        if named:
            raise invalid("OrganizationalUnitIds can only be specified with SERVICE_MANAGED permission model")
        return {}
    return organization.accounts({"OrganizationalUnitIds": named}, creates=True)


def _differing(stack_set: StackSet, stack: Record) -> list[Record]:
    """Return the values of a stack that are not the StackSet's."""
    common = {each["ParameterKey"]: each.get("ParameterValue", "") for each in stack_set.parameters}
    declared = engine._parse_template(stack_set.template).get("Parameters", {})
    common = {**{key: str(each.get("Default", "")) for key, each in declared.items()}, **common}
    return [
        {"ParameterKey": each["ParameterKey"], "ParameterValue": str(each["ParameterValue"])}
        for each in stack["Parameters"]
        if common.get(each["ParameterKey"]) != str(each["ParameterValue"])
    ]
