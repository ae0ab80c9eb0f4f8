"""What changes as a tree: stack -> resource -> action -> property, before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text
from rich.tree import Tree

from private_fargate.plan.model import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.plan.model import Action, Change, PropertyChange

READABLE: Final = 100
"""How many changes a person reads; of more, those inside nested stacks are counted."""

_LONGEST: Final = 100  # characters of a value
_COLOURS: Final[Mapping[Action, str]] = {
    "Add": "green",
    "Modify": "yellow",
    "Remove": "red",
    "Import": "cyan",
    "Dynamic": "magenta",
}
_REPLACED: Final = {"yes": "  replaced", "perhaps": "  perhaps replaced", "no": ""}


def changes_tree(title: str, changes: tuple[Change, ...], *, values: bool = False) -> Tree:
    """Return the changes as a tree for rich to print: stack -> resource -> action.

    Of more changes than a person reads, those inside nested stacks are counted instead.

    Args:
        title: comes before the counts.
        changes: of a root.
        values: show the properties that change, before and after.
    """
    tree = Tree(Text(f"{title}: {counted(changes)}", "bold"))
    _grow(tree, changes, brief=sum(count(changes).values()) > READABLE, values=values)
    return tree


def counted(changes: tuple[Change, ...]) -> str:
    """Return how often each action occurs: `12 Add, 1 Remove`."""
    return ", ".join(f"{number} {action}" for action, number in sorted(count(changes).items()))


def shortened(value: str | None, longest: int = _LONGEST) -> str:
    """Return a value on one line, cut where nobody reads on.

    >>> shortened("word " * 9, 12), shortened(None)
    ('word word w…', 'nothing')
    """
    if value is None:
        return "nothing"
    line = " ".join(value.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _grow(tree: Tree, changes: tuple[Change, ...], *, brief: bool, values: bool) -> None:
    for change in changes:
        line = Text.assemble(
            (f"{change.action:<8}", _COLOURS[change.action]),
            change.logical_id,
            (f"  {change.type.removeprefix('AWS::')}", "dim"),
            (_REPLACED[change.replacement] if change.action == "Modify" else "", "red"),
        )
        branch = tree.add(line)
        if values and not brief:
            for each in change.properties:
                branch.add(_property(each))
        if not brief:
            _grow(branch, change.within, brief=False, values=values)
        elif change.within:
            line.append(": " + counted(change.within))


def _property(change: PropertyChange) -> Text:
    return Text.assemble(
        (change.path.removeprefix("Properties/"), "dim"),
        ": ",
        shortened(change.before),
        " -> ",
        shortened(change.after),
        (f"  ({change.cause})" if change.cause else "", "dim"),
    )
