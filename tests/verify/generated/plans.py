"""What is drawn for a system as a whole, before its parts are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Egress: TypeAlias = Literal["none", "nat per zone", "one nat", "regional nat", "public"]
Speech: TypeAlias = Literal["group", "vpc", "subnets"]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What was drawn for a system as a whole."""

    region: str
    block: str
    zones: int
    egress: Egress
    admits: Speech
    tight: bool
    acls: bool
    policies: bool
    managed: bool
    one_group: bool
    one_role: bool
    one_table: bool
    base_group: bool
    door_zones: int
    beside: tuple[str, ...]

    @property
    def place(self) -> str:
        """Where tasks run."""
        return "Public" if self.egress == "public" else "Private"

    def subnets(self, kind: str = "") -> tuple[str, ...]:
        return tuple(f"{kind or self.place}{zone + 1}" for zone in range(self.zones))
