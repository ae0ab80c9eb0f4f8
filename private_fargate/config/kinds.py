"""Tell apart the ways in which a setting can be written: as a text, a list, a mapping or a number.

A setting that can be written in two ways is judged by the way in which it was, so that a mistake
in a mapping is not reported as a text that is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pydantic import BaseModel

TAGS = frozenset({"text", "list", "mapping", "number", "switch"})
"""Names of the ways, as they stand in the path of an error and in no setting's."""


def by_kind(*, other: str, **kinds: str) -> Callable[[object], str]:
    """Return what names the way in which a value is written.

    Args:
        other: the way of all values that `kinds` does not name.
        kinds: `mapping`, `list` and `text`, with the name of that way.
    """

    def name(value: object) -> str:
        if isinstance(value, (Mapping, BaseModel)):
            return kinds.get("mapping", other)
        if isinstance(value, (tuple, list)):
            return kinds.get("list", other)
        if isinstance(value, str):
            return kinds.get("text", other)
        return other

    return name
