"""How long to wait between two looks at something that takes its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0  # seconds


def pauses(longest: float = _LONGEST_PAUSE) -> Iterator[float]:
    """Yield the seconds to wait before each next look: doubling from a tenth to the longest."""
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 2, longest)
