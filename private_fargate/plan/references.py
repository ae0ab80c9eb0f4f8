"""What an expression of a template refers to."""

from __future__ import annotations

import re
from typing import Final, cast

_SUBSTITUTED: Final = re.compile(r"\$\{([^!.}]+)[^}]*\}")  # the name in "${Name}" and "${Name.Attribute}"


def names_in(value: object) -> set[str]:
    """Return every parameter and condition that an expression may refer to.

    >>> sorted(names_in({"Fn::If": ["IsBig", {"Ref": "Size"}, {"Fn::Sub": "${Prefix}-${!Not}"}]}))
    ['IsBig', 'Prefix', 'Size']
    """
    found: set[str] = set()
    if isinstance(value, str):
        found.update(_SUBSTITUTED.findall(value))
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            found |= names_in(item)
    elif isinstance(value, dict):
        for key, item in cast("dict[str, object]", value).items():
            if key in {"Ref", "Condition"}:
                found.add(str(item))
            elif key == "Fn::If":
                found.add(str(cast("list[object]", item)[0]))
            found |= names_in(item)
    return found
