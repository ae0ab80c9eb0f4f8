"""A plan for people: what is given up first, then the tree of what changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from rich.tree import Tree

from private_fargate.plan.model import count

if TYPE_CHECKING:
    from private_fargate.plan.model import Action, Change

_READABLE = 100  # changes
_COLOURS: dict[Action, str] = {
    "Add": "green",
    "Modify": "yellow",
    "Remove": "red",
    "Import": "cyan",
    "Dynamic": "magenta",
}


def changes_tree(title: str, changes: tuple[Change, ...]) -> Tree:
    """Return the changes as a tree for rich to print: stack -> resource -> action.

    Of more changes than a person reads, those inside nested stacks are counted instead.
    """
    tree = Tree(Text(f"{title}: {_counted(changes)}", "bold"))
    _grow(tree, changes, brief=sum(count(changes).values()) > _READABLE)
    return tree


def _counted(changes: tuple[Change, ...]) -> str:
    """Return how often each action occurs: `12 Add, 1 Remove`."""
    return ", ".join(f"{number} {action}" for action, number in sorted(count(changes).items()))


def _grow(tree: Tree, changes: tuple[Change, ...], *, brief: bool) -> None:
    for change in changes:
        line = Text.assemble(
            (f"{change.action:<8}", _COLOURS[change.action]),
            change.logical_id,
            (f"  {change.type.removeprefix('AWS::')}", "dim"),
        )
        branch = tree.add(line)
        if not brief:
            _grow(branch, change.within, brief=False)
        elif change.within:
            line.append(": " + _counted(change.within))
