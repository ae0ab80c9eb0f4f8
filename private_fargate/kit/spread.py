"""Spread names over groups so that one more name moves none of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable

GROUPS = 32  # fixed: another number would move every name


def spread(names: Iterable[str]) -> dict[int, tuple[str, ...]]:
    """Return the names by number of their group, 1 to 32, without empty groups.

    >>> spread(["api", "web"])
    {16: ('api',), 18: ('web',)}
    """
    groups: dict[int, list[str]] = {}
    for name in names:
        groups.setdefault(crc32(name.encode()) % GROUPS + 1, []).append(name)
    return {number: tuple(groups[number]) for number in sorted(groups)}
