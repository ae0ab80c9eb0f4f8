"""What differs between two trees of templates, stack by stack.

What only AWS can know is left to it: what follows in others when an attribute turns out different.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from private_fargate.plan.model import Action, Change
from private_fargate.plan.trees import ABSENT, STACK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.plan.trees import StackTemplate

_SUBSTITUTED = re.compile(r"\$\{([^!.}]+)[^}]*\}")  # the name in "${Name}" and "${Name.Attribute}"
_ATTRIBUTES = ("Type", "Properties", "Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy")


def compare(
    old: StackTemplate | None, new: StackTemplate | None, moved: frozenset[str] = frozenset()
) -> tuple[Change, ...]:
    """Return what changes from `old` to `new`, in order of logical ID; None is a stack that is not there.

    `moved` names the parameters whose value differs although the expression for it does not.
    """
    old, new = old or ABSENT, new or ABSENT
    touched = _touched(old, new, moved)
    changes: list[Change] = []
    for logical_id in sorted({*old.resources, *new.resources}):
        was, becomes = old.resources.get(logical_id), new.resources.get(logical_id)
        given = new.children.get(logical_id, ABSENT).arguments
        within = compare(
            old.children.get(logical_id),
            new.children.get(logical_id),
            frozenset(name for name, value in given.items() if _names(value) & touched),
        )
        action = _action(was, becomes, touched) or ("Modify" if within else None)
        if action is not None:
            kind = str((becomes or was or {})["Type"])
            changes.append(Change(logical_id=logical_id, type=kind, action=action, within=within))
    return tuple(changes)


def _action(
    was: Mapping[str, Any] | None, becomes: Mapping[str, Any] | None, touched: frozenset[str]
) -> Action | None:
    """Return what becomes of one resource by its own definition, None if nothing does."""
    if was is None:
        return "Add"
    if becomes is None:
        return "Remove"
    if becomes.get("Condition") in touched:
        return "Dynamic"
    definition = _definition(becomes)
    if _definition(was) != definition or _names(definition) & touched:
        return "Modify"
    return None


def _definition(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a resource can change it: all but metadata, and where a child's template lies."""
    definition = {key: resource[key] for key in _ATTRIBUTES if key in resource}
    if resource["Type"] == STACK:
        properties = cast("dict[str, Any]", definition.get("Properties", {}))
        definition["Properties"] = {k: v for k, v in properties.items() if k != "TemplateURL"}
    return definition


def _touched(old: StackTemplate, new: StackTemplate, moved: frozenset[str]) -> frozenset[str]:
    """Return the parameters whose value differs, and the conditions that differ or depend on one of these."""
    parameters = {*old.body.get("Parameters", {}), *new.body.get("Parameters", {})}
    touched = {name for name in parameters if old.argument(name) != new.argument(name)} | moved
    before = cast("dict[str, Any]", old.body.get("Conditions", {}))
    conditions = cast("dict[str, Any]", new.body.get("Conditions", {}))
    touched |= {name for name, value in conditions.items() if before.get(name) != value}
    while more := {n for n, value in conditions.items() if n not in touched and _names(value) & touched}:
        touched |= more  # a condition may name another, so until no more are found
    return frozenset(touched)


def _names(value: object) -> set[str]:
    """Return every parameter and condition that an expression may refer to."""
    found: set[str] = set()
    if isinstance(value, str):
        found.update(_SUBSTITUTED.findall(value))
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            found |= _names(item)
    elif isinstance(value, dict):
        for key, item in cast("dict[str, object]", value).items():
            if key in {"Ref", "Condition"}:
                found.add(str(item))
            elif key == "Fn::If":
                found.add(str(cast("list[object]", item)[0]))
            found |= _names(item)
    return found
