"""What a deletion takes away, and what it leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.text import Text

from private_fargate.plan.meaning import harm, meaning
from private_fargate.plan.model import each
from private_fargate.plan.trees import STACK

if TYPE_CHECKING:
    from private_fargate.plan.model import Change

_LOST: Final = frozenset({"data lost", "address changed"})  # the rest is what deleting means


def removal_text(stack: str, changes: tuple[Change, ...]) -> Group:
    """Return what is deleted, what is retained, and what is lost by it, for rich to print.

    Args:
        stack: the root's name.
        changes: what becomes of every resource, with its fate.
    """
    every = [("/".join((*path, change.logical_id)), change) for path, change in each(changes)]
    resources = [(name, change) for name, change in every if change.type != STACK]
    kept = [(name, change) for name, change in resources if change.fate != "Delete"]
    lost = [(n, c) for n, c in resources if c.fate == "Delete" and harm(c) in _LOST]
    lines = [
        Text(f"Deleting {stack}: {len(resources) - len(kept)} resources go, {len(kept)} stay", "bold"),
        *(Text(f"  {name} ({change.type}): {meaning(change)}", "red") for name, change in lost),
        *(Text(f"  stays: {name} ({change.type}) {change.physical_id}", "green") for name, change in kept),
    ]
    return Group(*lines)
