"""What nested stacks replace: the old is removed when the root has succeeded, and is back if it has not.

Until then nothing that still uses the old resource misses it, and a rollback finds it as it was.
"""

from __future__ import annotations

import contextvars
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from ministack.services import cloudformation
from ministack.services.cloudformation import provisioners, stacks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Removal: TypeAlias = tuple["Callable[..., None]", tuple[Any, ...], dict[str, Any]]
Made: TypeAlias = tuple[str, dict[str, Any]]

_delete_predecessor = provisioners._delete_predecessor
_outputs = stacks._resolve_stack_outputs
_predecessors: contextvars.ContextVar[list[Removal] | None] = contextvars.ContextVar(
    "predecessors", default=None
)


@dataclass(frozen=True)
class Old:
    """A resource that was replaced, and what has come in its place."""

    resource_type: str
    physical_id: str
    properties: dict[str, Any]
    attributes: dict[str, Any]
    new_physical_id: str
    new_properties: dict[str, Any]


_pending: dict[str, list[Removal]] = {}  # by stack ID: what the root's success will remove
_left: dict[str, list[Removal]] = {}  # by stack ID: what could not be removed then
_old: dict[tuple[str, str], Old] = {}  # by stack name and logical ID


def repair() -> None:
    """Put off the removal of what is replaced."""
    provisioners._delete_predecessor = _remember
    stacks._resolve_stack_outputs = _outputs_and_removals


def _remember(remove: Callable[..., None], *arguments: object, **options: object) -> None:
    removals = _predecessors.get()
    if removals is None or provisioners._RETAIN_REPLACED.get():
        _delete_predecessor(remove, *arguments, **options)
    else:
        removals.append((remove, arguments, options))


@contextmanager
def updating(stack_id: str, *, takes_back: bool) -> Iterator[None]:
    """Update a nested stack, and put off what is to be removed; a rollback removes what it takes back."""
    removals: list[Removal] = []
    token = _predecessors.set(removals)
    if takes_back:
        _pending.pop(stack_id, None)
    try:
        yield
    finally:
        _predecessors.reset(token)
        if takes_back:
            _left[stack_id] = run([*_left.pop(stack_id, []), *removals])
        else:
            _pending[stack_id] = [*_pending.get(stack_id, []), *removals]


def note(stack: str, logical_id: str, old: Old) -> None:
    """Note what a nested stack has replaced, so that it can be taken back."""
    if old.physical_id != old.new_physical_id and _predecessors.get() is not None:
        _old[stack, logical_id] = old


def taken_back(stack: str, logical_id: str, properties: dict[str, Any]) -> Made | None:
    """Return the resource that was replaced, if these are its properties; then the new one is removed."""
    old = _old.get((stack, logical_id))
    if old is None or old.properties != properties:
        return None
    del _old[stack, logical_id]
    removals = _predecessors.get()
    if removals is not None:
        arguments = (old.resource_type, old.new_physical_id, old.new_properties, stack, logical_id)
        removals.append((provisioners._delete_resource, arguments, {}))
    return old.physical_id, old.attributes


def run(removals: list[Removal]) -> list[Removal]:
    """Remove what was replaced, the last first; return what something still uses."""
    failed: list[Removal] = []
    for remove, arguments, options in reversed(removals):
        try:
            remove(*arguments, **options)
        except Exception:  # noqa: BLE001 -- whatever the service refuses it for, the next update tries again
            failed.insert(0, (remove, arguments, options))
    return failed


def remove_left(stack_id: str) -> None:
    """Remove what earlier updates of a stack could not."""
    run([*_left.pop(stack_id, []), *_pending.pop(stack_id, [])])


def _outputs_and_removals(*arguments: Any) -> Any:  # noqa: ANN401 -- what ministack returns
    """Resolve the outputs of a root, which then has succeeded; remove what its nested stacks replaced."""
    found = _outputs(*arguments)
    root = arguments[-2]
    for stack in list(cloudformation._stacks.values()):
        if _is_below(stack, root):
            stack_id = stack["StackId"]
            _left[stack_id] = run([*_left.pop(stack_id, []), *_pending.pop(stack_id, [])])
            for key in [key for key in _old if key[0] == stack["StackName"]]:
                del _old[key]
    return found


def _is_below(stack: dict[str, Any], root: str) -> bool:
    while parent := stack.get("_parent_stack_name"):
        if parent == root:
            return True
        stack = cloudformation._stacks.get(parent, {})
    return False
