"""`Fn::ForEach`: the loops of a template, written out before anything in it is resolved.

Source: AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from private_fargate.verify.templates.values import as_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from private_fargate.verify.templates.sources import Tree

_LOOP: Final = "Fn::ForEach::"


def has_loops(node: Tree) -> bool:
    """Say whether there is a loop anywhere below."""
    if isinstance(node, dict):
        return any(str(key).startswith(_LOOP) or has_loops(value) for key, value in node.items())
    return isinstance(node, list) and any(has_loops(item) for item in node)


def expand(node: Tree, collection: Callable[[Tree], list[Any] | str]) -> Tree:
    """Write out every loop below a node.

    Args:
        node: Any part of a template.
        collection: Gives the items of a loop from its second argument, or what stands for any of them if
            they are not known.  Such a loop is gone through once, and what it makes keeps the name that is
            written: nobody knows how many there are, but that there are none must not be thought.
    """
    if isinstance(node, list):
        return [expand(item, collection) for item in node]
    if not isinstance(node, dict):
        return node
    made: dict[str, Tree] = {}
    for key, value in node.items():
        if str(key).startswith(_LOOP):
            made |= _written_out(value, collection)
        else:
            made[key] = expand(value, collection)
    return made


def _written_out(loop: Tree, collection: Callable[[Tree], list[Any] | str]) -> dict[str, Tree]:
    match loop:
        case [str() as identifier, items, dict() as body]:
            found = collection(items)
            if isinstance(found, str):
                return expand(_replaced(body, identifier, found, in_keys=False), collection)
            made: dict[str, Tree] = {}
            for item in found:
                once = _replaced(body, identifier, as_text(item))
                made |= expand(once, collection)
            return made
        case _:
            return {}


def _replaced(node: Tree, identifier: str, item: str, *, in_keys: bool = True) -> Tree:
    """Put one item in the place of a loop's identifier, in keys, texts and references."""
    if isinstance(node, list):
        return [_replaced(value, identifier, item, in_keys=in_keys) for value in node]
    if isinstance(node, dict):
        if node == {"Ref": identifier}:
            return item
        return {
            _in_text(str(key), identifier, item) if in_keys else str(key): _replaced(
                value, identifier, item, in_keys=in_keys
            )
            for key, value in node.items()
        }
    return _in_text(node, identifier, item) if isinstance(node, str) else node


def _in_text(text: str, identifier: str, item: str) -> str:
    """Replace `${Name}`, and `&{Name}`, which also drops what a logical ID may not hold."""
    bare = re.sub(r"[^A-Za-z0-9]", "", item)
    return text.replace(f"${{{identifier}}}", item).replace(f"&{{{identifier}}}", bare)
