"""How carefully an operation goes on: in which order, in how many accounts at once, and how many may fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.fakes.stack_sets.forms import invalid

Record = dict[str, Any]

_PERCENT = 100


def check(preferences: Record) -> None:
    """Refuse preferences that contradict each other.

    Raises:
        RefusalError: a count and a percentage of the same, or fewer accounts at once than one.
    """
    for name in ("FailureTolerance", "MaxConcurrent"):
        if f"{name}Count" in preferences and f"{name}Percentage" in preferences:
            raise invalid(f"Either {name}Count or {name}Percentage can be specified, but not both")
    for name, least in (("FailureTolerance", 0), ("MaxConcurrent", 1)):
        count = preferences.get(f"{name}Count", least)
        if count < least:
            raise invalid(f"{name}Count must be at least {least}, and is {count}")
        percentage = preferences.get(f"{name}Percentage", least)
        if not least <= percentage <= _PERCENT:
            raise invalid(f"{name}Percentage must be from {least} to {_PERCENT}, and is {percentage}")


def is_strict(preferences: Record) -> bool:
    """Say whether failures lower the number of accounts at once, which is the default."""
    return bool(preferences.get("ConcurrencyMode", "STRICT_FAILURE_TOLERANCE") == "STRICT_FAILURE_TOLERANCE")


@dataclass(frozen=True)
class Pace:
    """How it goes on in one Region.

    Attributes:
        at_once: accounts at once, if nothing has failed.
        tolerance: accounts that may fail before no more are begun.
        strict: whether failures lower the number at once.
    """

    at_once: int
    tolerance: int
    strict: bool

    @classmethod
    def of(cls, preferences: Record, accounts: int) -> Pace:
        """Return the pace in a Region with so many accounts; percentages are rounded down."""
        at_once = _amount(preferences, "MaxConcurrent", accounts, 1)
        return cls(
            max(1, at_once), _amount(preferences, "FailureTolerance", accounts, 0), is_strict(preferences)
        )

    def allowed(self, failures: int) -> int:
        """Return how many accounts may be at work after so many failures."""
        if failures > self.tolerance:
            return 0
        return min(self.at_once, self.tolerance + 1 - failures) if self.strict else self.at_once


def _amount(preferences: Record, name: str, accounts: int, default: int) -> int:
    if f"{name}Percentage" in preferences:
        return int(accounts * preferences[f"{name}Percentage"] / _PERCENT)
    return int(preferences.get(f"{name}Count", default))


def regions_in_order(preferences: Record, regions: list[str]) -> list[str]:
    """Return Regions in the order that is asked for; those that it does not name come last."""
    order = [region for region in preferences.get("RegionOrder", []) if region in regions]
    return [*order, *(region for region in regions if region not in order)]
