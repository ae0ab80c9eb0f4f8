"""Spread names over groups so that one more name moves none of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable

FEW, MANY = 8, 32
NAMES_IN_FEW = 320


def group_count(names: int) -> int:
    """Return into how many groups so many names go; another count moves every name."""
    return FEW if names <= NAMES_IN_FEW else MANY


def spread(names: Iterable[str], count: int) -> dict[int, tuple[str, ...]]:
    """Return the names by number of their group, 1 to `count`, without empty groups.

    >>> spread(["api", "web"], 8)
    {2: ('web',), 8: ('api',)}
    """
    groups: dict[int, list[str]] = {}
    for name in names:
        groups.setdefault(crc32(name.encode()) % count + 1, []).append(name)
    return {number: tuple(groups[number]) for number in sorted(groups)}
