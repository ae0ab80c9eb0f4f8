"""Instances: made, given other values, and deleted, in accounts by Regions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ministack.services.cloudformation import engine

from tests.fakes.stack_sets import operations, stacks, targets, templates
from tests.fakes.stack_sets.forms import RefusalError, page
from tests.fakes.stack_sets.records import Instance

if TYPE_CHECKING:
    from tests.fakes.stack_sets.records import StackSet
    from tests.fakes.stack_sets.running import Work

Record = dict[str, Any]

_MOST = 100_000  # instances of a StackSet
_roles: dict[tuple[str, str], asyncio.Lock] = {}  # by StackSet and account


def applying(stack_set: StackSet) -> Work:
    """Return what makes the stack of an instance, or brings it up to date."""

    async def work(instance: Instance) -> None:
        if stack_set.role_template is not None:
            name = f"stacksets-exec-{stack_set.set_id.split(':')[-1]}"
            async with _roles.setdefault((stack_set.set_id, instance.account), asyncio.Lock()):
                await stacks.make_role(stack_set, instance.account, name)
        await stacks.apply(stack_set, instance)

    return work


def create(parameters: Record) -> Record:
    """Make instances; those that are there are brought up to date."""
    stack_set = operations.found(parameters)
    if known := operations.again(stack_set, parameters):
        return known
    operations.check_request(stack_set, parameters)
    chosen = targets.of(stack_set, parameters, creates=True)
    _check_overrides(stack_set, parameters)
    if len(stack_set.instances.keys() | chosen.keys()) > _MOST:
        raise RefusalError("LimitExceededException", f"A StackSet can have at most {_MOST} instances")
    for target, unit in chosen.items():
        instance = stack_set.instances.setdefault(target, Instance(*target, unit=unit))
        _override(instance, parameters)
    return operations.begin(stack_set, parameters, "CREATE", chosen, applying(stack_set))


def update(parameters: Record) -> Record:
    """Give instances other values, and bring them up to date."""
    stack_set = operations.found(parameters)
    if known := operations.again(stack_set, parameters):
        return known
    operations.check_request(stack_set, parameters)
    chosen = targets.of(stack_set, parameters)
    _check_overrides(stack_set, parameters)
    there = [stack_set.instance(*each) for each in chosen]
    for instance in there:
        _override(instance, parameters)
    usable = [each.target for each in there if each.status != "INOPERABLE"]
    return operations.begin(stack_set, parameters, "UPDATE", usable, applying(stack_set))


def delete(parameters: Record) -> Record:
    """Delete instances, with their stacks unless these are to be retained."""
    stack_set = operations.found(parameters)
    if known := operations.again(stack_set, parameters):
        return known
    operations.check_request(stack_set, parameters)
    chosen = [each for each in targets.of(stack_set, parameters) if each in stack_set.instances]

    async def work(instance: Instance) -> None:
        if not parameters["RetainStacks"]:
            await stacks.remove(stack_set, instance)

    return operations.begin(stack_set, parameters, "DELETE", chosen, work)


def _check_overrides(stack_set: StackSet, parameters: Record) -> None:
    template = engine._parse_template(stack_set.template)
    templates.check_values(template, parameters.get("ParameterOverrides", []), complete=False)


def _override(instance: Instance, parameters: Record) -> None:
    """Replace the values of an instance, if the request says anything of them."""
    if "ParameterOverrides" not in parameters:
        return
    own = {each["ParameterKey"] for each in instance.overrides}
    asked = parameters["ParameterOverrides"]
    kept = [each for each in asked if not each.get("UsePreviousValue") or each["ParameterKey"] in own]
    instance.overrides = templates.merged(kept, instance.overrides)


def describe(parameters: Record) -> Record:
    """Describe one instance."""
    stack_set = operations.found(parameters)
    instance = stack_set.instance(parameters["StackInstanceAccount"], parameters["StackInstanceRegion"])
    return {"StackInstance": {**_summary(stack_set, instance), "ParameterOverrides": instance.overrides}}


def list_all(parameters: Record) -> Record:
    """List the instances of a StackSet that the filters let through."""
    stack_set = operations.found(parameters)
    found = [
        _summary(stack_set, each)
        for each in stack_set.instances.values()
        if parameters.get("StackInstanceAccount") in {None, each.account}
        and parameters.get("StackInstanceRegion") in {None, each.region}
        and all(_passes(each, one) for one in parameters.get("Filters", []))
    ]
    return page(found, parameters, "Summaries")


def _passes(instance: Instance, asked: Record) -> bool:
    values = {
        "DETAILED_STATUS": instance.detailed_status,
        "LAST_OPERATION_ID": instance.last_operation,
        "DRIFT_STATUS": instance.drift_status,
    }
    return values[asked["Name"]] in asked["Values"].split(",")


def _summary(stack_set: StackSet, instance: Instance) -> Record:
    described = {
        "StackSetId": stack_set.set_id,
        "Region": instance.region,
        "Account": instance.account,
        "StackId": instance.stack_id,
        "Status": instance.status,
        "StatusReason": instance.reason,
        "StackInstanceStatus": {"DetailedStatus": instance.detailed_status},
        "OrganizationalUnitId": instance.unit,
        "DriftStatus": instance.drift_status,
        "LastDriftCheckTimestamp": instance.drift_checked,
        "LastOperationId": instance.last_operation,
    }
    return {key: value for key, value in described.items() if value is not None}
