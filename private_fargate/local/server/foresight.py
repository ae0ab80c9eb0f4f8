"""What an update of one stack will change, and what is known before it about the values that it brings.

A value that only the update itself can tell, such as the ID of a resource to be made, is written as AWS
writes it in a change set, `UNKNOWN`.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from ministack.services.cloudformation import changesets, engine, provisioners, stacks

from private_fargate.aws.create_only import replacement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

UNKNOWN = "{{changeSet:KNOWN_AFTER_APPLY}}"
NESTED = "AWS::CloudFormation::Stack"

Record: TypeAlias = dict[str, Any]

_recreation = provisioners._property_recreation
_RECREATION = {"always": "Always", "never": "Never", "sometimes": "Conditionally"}


def repair() -> None:
    """Let change sets know what replaces a resource where ministack does not."""
    stacks._property_recreation = _property_recreation  # descriptions only: updates ask provisioners' own


def _property_recreation(resource_type: str, name: str) -> str:
    if resource_type == NESTED:  # it stays, whatever becomes of what is in it
        return "Never"
    known = replacement(resource_type, name)
    return _recreation(resource_type, name) if known is None else _RECREATION[known]


class _Unknown(dict[str, str]):
    """The attributes of a resource that is not there yet: it has every one, with a value that none knows."""

    def __contains__(self, key: object) -> bool:
        return True

    def __getitem__(self, key: str) -> str:
        return UNKNOWN


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a stack is to become.

    Attributes:
        stack: ministack's record of it, as it is.
        template: the new one, parsed.
        parameters: by name, as ministack resolves them; those that are not known have the value `UNKNOWN`.
        future: what `Ref` and `Fn::GetAtt` will give, by logical ID; filled by those who work it out.
    """

    stack: Record
    template: Record
    parameters: dict[str, Record]
    future: dict[str, Record] = field(default_factory=dict[str, Record])

    @property
    def conditions(self) -> dict[str, bool]:
        """Which conditions hold; one that hangs on what is not known is taken as evaluated with that text."""
        return engine._evaluate_conditions(self.template, self.parameters)

    def resolve(self, value: Any) -> Any:  # noqa: ANN401 -- any value of a template
        """Return a value as it will be; `UNKNOWN` if that cannot be said."""
        try:
            return engine._resolve_refs(
                copy.deepcopy(value),
                self.future,
                self.parameters,
                self.conditions,
                self.template.get("Mappings", {}),
                self.stack["StackName"],
                self.stack["StackId"],
            )
        except Exception:  # noqa: BLE001 -- such as the third of a list of which nothing is known
            return UNKNOWN

    def properties(self, logical_id: str) -> Record:
        """Return the properties of a resource as they will be; those without a value are left out."""
        raw = self.template["Resources"][logical_id].get("Properties") or {}
        resolved = {name: self.resolve(value) for name, value in raw.items()}
        return {name: value for name, value in resolved.items() if value is not engine._NO_VALUE}

    def order(self) -> list[str]:
        """Return the logical IDs of what will be there, each after those that it refers to."""
        resources, conditions = self.template.get("Resources", {}), self.conditions
        order = engine._topological_sort(resources, conditions)
        return [each for each in order if conditions.get(resources[each].get("Condition"), True)]


def changes_of(plan: Plan, *, tags: list[Record] | None = None) -> list[Record]:
    """Return the changes of a stack's own resources, as DescribeChangeSet has them.

    Args:
        plan: what it is to become.
        tags: of the stack from now on; None if they stay.
    """
    stack, unknown = plan.stack, _unknown(plan.parameters)
    old_parameters = stack.get("_resolved_params", {})
    name, stack_id = stack["StackName"], stack["StackId"]
    old = changesets._resolve_props_for_diff(stack.get("_template", {}), old_parameters, name, stack_id)
    new = changesets._resolve_props_for_diff(plan.template, plan.parameters, name, stack_id)
    differing = {
        key
        for key, value in plan.parameters.items()
        if old_parameters.get(key, {}).get("Value") != value["Value"]
    }
    retagged = tags is not None and stacks._stack_tags_changed(stack, tags, tags_given=True)
    there = stack.get("_resources", {})
    changes: list[Record] = stacks._diff_resources(
        old, new, there, plan.template, differing, there if retagged else ()
    )
    _weaken(changes, unknown)
    return changes


def outputs_differ(plan: Plan) -> bool:
    """Say whether the outputs of the template are others, which is a change although it lists none."""
    old = (plan.stack.get("_template") or {}).get("Outputs", {})
    return bool(plan.stack.get("_resources")) and old != plan.template.get("Outputs", {})


def foresee(plan: Plan, logical_id: str, change: Record | None) -> None:
    """Note what `Ref` and `Fn::GetAtt` of a resource will give, and the values of its change."""
    there = plan.stack.get("_resources", {}).get(logical_id)
    new = plan.properties(logical_id)
    if change is not None:
        _set_values(change, (there or {}).get("Properties") if there else None, new)
    replaced = change is not None and change.get("Replacement") == "True"
    if there is None or replaced:
        plan.future[logical_id] = {"PhysicalResourceId": UNKNOWN, "Attributes": _Unknown()}
    else:
        plan.future[logical_id] = there


def _set_values(change: Record, old: Record | None, new: Record | None) -> None:
    for context, properties in (("BeforeContext", old), ("AfterContext", new)):
        if properties is not None:
            change[context] = json.dumps({"Properties": properties}, sort_keys=True, default=str)
    for detail in change.get("Details", []):
        target = detail["Target"]
        name = target.get("Name")
        if target["Attribute"] != "Properties" or not name:
            continue
        before, after = (old or {}).get(name), (new or {}).get(name)
        target["Path"] = f"/Properties/{name}"
        target["AttributeChangeType"] = "Add" if before is None else "Remove" if after is None else "Modify"
        target.update(
            {
                key: _text(value)
                for key, value in (("BeforeValue", before), ("AfterValue", after))
                if value is not None
            }
        )


def foresee_removals(plan: Plan, changes: Iterable[Record]) -> None:
    """Note what is known of the resources that will be no more."""
    for change in changes:
        if change["Action"] == "Remove":
            there = plan.stack["_resources"].get(change["LogicalResourceId"], {})
            _set_values(change, there.get("Properties", {}), None)


def _text(value: Any) -> str:  # noqa: ANN401 -- any value of a template
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)


def _unknown(parameters: dict[str, Record]) -> set[str]:
    return {name for name, value in parameters.items() if UNKNOWN in str(value["Value"])}


def _weaken(changes: list[Record], unknown: set[str]) -> None:
    """Say Dynamic where AWS cannot tell, and Conditional of what hangs on that, until nothing changes."""
    settled = False
    while not settled:
        settled = True
        certain = {
            c["ResourceChange"]["LogicalResourceId"]: c["ResourceChange"].get("Replacement") for c in changes
        }
        for change in (
            each["ResourceChange"] for each in changes if each["ResourceChange"]["Action"] == "Modify"
        ):
            for detail in _about_references(change):
                cause = detail["CausingEntity"].split(".")[0]
                is_certain = certain.get(cause) == "True" if cause in certain else cause not in unknown
                if detail["Evaluation"] == "Static" and not is_certain:
                    detail["Evaluation"], settled = "Dynamic", False
            if change["Replacement"] == "True":
                same_type = all(detail["Target"].get("RequiresRecreation") for detail in change["Details"])
                weaker = stacks._replacement(change["Details"], not change["Details"] or not same_type)
                if weaker != "True":
                    change["Replacement"], settled = weaker, False
                    change.pop("PolicyAction", None)


def _about_references(change: Record) -> Iterator[Record]:
    return (detail for detail in change["Details"] if detail.get("CausingEntity"))
