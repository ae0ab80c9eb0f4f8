"""Stack policies: which resources an update may change.

Without a policy it may change all; with one, only what a statement allows and none denies.
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from ministack.services.cloudformation import provisioners

if TYPE_CHECKING:
    from collections.abc import Mapping


def check_update(
    stack: Mapping[str, Any], logical_id: str, resource_type: str, old: dict[str, Any], new: dict[str, Any]
) -> None:
    """Refuse a change of a resource that the policy of its stack does not allow.

    Raises:
        ValueError: it does not.
    """
    replaces = provisioners._replacing_change(resource_type, old, new)
    _check(stack, "Update:Replace" if replaces else "Update:Modify", logical_id, resource_type)


def check_removal(stack: Mapping[str, Any], logical_id: str, resource_type: str) -> None:
    """Refuse the removal of a resource by an update that the policy of its stack does not allow.

    Raises:
        ValueError: it does not.
    """
    _check(stack, "Update:Delete", logical_id, resource_type)


def _check(stack: Mapping[str, Any], action: str, logical_id: str, resource_type: str) -> None:
    policy = stack.get("_stack_policy")
    if not policy:
        return
    allowed = False
    for number, statement in enumerate(_list(json.loads(policy).get("Statement")), 1):
        if not _is_about(statement, action, logical_id, resource_type):
            continue
        if statement["Effect"] == "Deny":
            raise ValueError(
                f"Action denied by stack policy: Statement [#{number}] does not allow [{action}] "
                f"for resource [{logical_id}]"
            )
        allowed = True
    if not allowed:
        raise ValueError(
            f"Action not allowed by stack policy: no statement allows [{action}] for resource [{logical_id}]"
        )


def _is_about(statement: Mapping[str, Any], action: str, logical_id: str, resource_type: str) -> bool:
    if not _matches(statement, "Action", action):
        return False
    if not _matches(statement, "Resource", f"LogicalResourceId/{logical_id}"):
        return False
    for operator, condition in statement.get("Condition", {}).items():
        types = _list(condition.get("ResourceType"))
        wildcards = operator == "StringLike"
        if not any(
            fnmatchcase(resource_type, each) if wildcards else resource_type == each for each in types
        ):
            return False
    return True


def _matches(statement: Mapping[str, Any], key: str, value: str) -> bool:
    if f"Not{key}" in statement:
        return not any(fnmatchcase(value, each) for each in _list(statement[f"Not{key}"]))
    return any(fnmatchcase(value, each) for each in _list(statement.get(key)))


def _list(value: Any) -> list[Any]:  # noqa: ANN401 -- one, or a list of them
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
