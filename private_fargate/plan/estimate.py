"""How long a deployment will about take: the longest chain of resources that wait for each other.

The durations are single readings from public logs; see `private_fargate.aws.durations`.
"""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Final, cast

from private_fargate.aws.durations import NESTED_STACK, OTHER, seconds
from private_fargate.plan.references import names_in
from private_fargate.plan.trees import ABSENT, STACK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.plan.model import Change
    from private_fargate.plan.trees import StackTemplate

# An update waits until its new tasks are healthy; what else is changed in place is changed at once.
_SLOW_TO_UPDATE: Final = frozenset({"AWS::ECS::Service"})

Path = tuple[str, ...]


def estimates(changes: tuple[Change, ...], new: StackTemplate, path: Path = ()) -> dict[Path, float]:
    """Return the seconds that each stack in which something changes will about take.

    Args:
        changes: of the stack at the path.
        new: its template, as it would be deployed.
        path: the logical IDs of the nested stacks that lead to it.

    Returns:
        Path -> seconds, the stack's own beginning and end included.
    """
    found: dict[Path, float] = {}
    own: dict[str, float] = {}
    for change in changes:
        if change.type == STACK:
            below = (*path, change.logical_id)
            child = new.children.get(change.logical_id, ABSENT)
            found |= estimates(change.within, child, below)
            own[change.logical_id] = found[below] + NESTED_STACK.seconds
        else:
            own[change.logical_id] = _seconds(change)
    found[path] = _longest(own, new.resources)
    return found


def _seconds(change: Change) -> float:
    in_place = change.action != "Add" and change.replacement == "no"
    return OTHER.seconds if in_place and change.type not in _SLOW_TO_UPDATE else seconds(change.type)


def _longest(own: Mapping[str, float], resources: Mapping[str, Mapping[str, object]]) -> float:
    """Return the seconds of the longest chain."""
    waits = {name: _awaited(resources.get(name, {})) & own.keys() - {name} for name in own}
    ends: dict[str, float] = {}
    for name in TopologicalSorter(waits).static_order():
        ends[name] = own[name] + max((ends[other] for other in waits[name]), default=0)
    return max(ends.values(), default=0)


def _awaited(resource: Mapping[str, object]) -> set[str]:
    """Return the names that a resource refers to or depends on."""
    told = resource.get("DependsOn", [])
    named = {told} if isinstance(told, str) else set(cast("list[str]", told))
    return named | names_in(resource.get("Properties", {})) | _attributes(resource.get("Properties", {}))


def _attributes(value: object) -> set[str]:
    """Return the resources whose attributes an expression takes."""
    if isinstance(value, list):
        return {name for item in cast("list[object]", value) for name in _attributes(item)}
    if not isinstance(value, dict):
        return set()
    found: set[str] = set()
    for key, item in cast("dict[str, object]", value).items():
        if key == "Fn::GetAtt":
            found.add(_resource_of(item))
        found |= _attributes(item)
    return found


def _resource_of(attribute: object) -> str:
    """Return the resource of a `Fn::GetAtt`, which is a list or a text with a dot."""
    parts = cast("list[object]", attribute) if isinstance(attribute, list) else str(attribute).split(".")
    return str(parts[0])
