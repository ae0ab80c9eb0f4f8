"""One line of the comparison between what was asked for and what is there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A claim about the system: asked for in the settings, found by asking the services."""

    what: str
    asked: str
    found: str

    @property
    def agrees(self) -> bool:
        """Whether what is there is what was asked for."""
        return self.asked == self.found


def count(number: int, noun: str) -> str:
    """Return a number with its noun.

    >>> count(1, "subnet"), count(0, "subnet"), count(2, "address")
    ('1 subnet', '0 subnets', '2 addresses')
    """
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun}{'es' if noun.endswith('s') else 's'}"
