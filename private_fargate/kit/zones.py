"""How many zones there are: all that there are resources for, or as many as the person launching chooses.

Resources of a zone that may be left out carry a condition, which each template declares for itself.  Two
zones are always there: one alone is no protection against the loss of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from troposphere import And, Condition, Equals, If, Not

from private_fargate.kit.wires import ProducedList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from troposphere import AWSObject

    from private_fargate.kit.kinds import ZoneCount
    from private_fargate.kit.scope import Scope

LEAST = 2
Listed = TypeVar("Listed", bound=ProducedList)


@dataclass(frozen=True, kw_only=True)
class Zones:
    """The zones of one template, by their numbers from 1.

    Attributes:
        built: for how many there are resources.
        is_chosen: whether the person launching chooses how many of them there are.
    """

    built: int
    is_chosen: bool

    @classmethod
    def of(cls, scope: Scope, built: int, count: ZoneCount | None) -> Zones:
        """Return the zones of a template, and declare a condition for each that may be left out."""
        zones = cls(built=built, is_chosen=count is not None)
        for zone in zones.numbers:
            name, before = zones.condition(zone), zones.condition(zone - 1)
            if name is not None:
                is_more = Not(Equals(count, str(zone - 1)))
                exists = is_more if before is None else And(Condition(before), is_more)
                scope.template.add_condition(name, exists)
        return zones

    @property
    def numbers(self) -> range:
        """All zones for which there are resources."""
        return range(1, self.built + 1)

    def condition(self, zone: int) -> str | None:
        """Return the name of the condition under which a zone exists; None if it always does."""
        return f"HasZone{zone}" if self.is_chosen and zone > LEAST else None

    def wire(self, kind: type[Listed], resources: Sequence[AWSObject]) -> Listed:
        """Return the wire that carries the resources, the first of which is that of zone 1, where they exist.

        Args:
            kind: of the wire.
            resources: one of each zone, or of the first zones only.
        """
        if not self.is_chosen or len(resources) <= LEAST:
            return kind.of_all(resources)
        found: object = kind.of_all(resources[:LEAST])
        for zone in range(LEAST + 1, len(resources) + 1):
            found = If(self.condition(zone), kind.of_all(resources[:zone]), found)
        return kind(found)
