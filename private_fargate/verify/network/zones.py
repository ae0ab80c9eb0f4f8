"""Availability Zones of subnets, as they are written: by a name, by an id, or by a number in a region."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from private_fargate.verify.templates.symbols import Attribute, has_symbol
from private_fargate.verify.templates.values import as_text, same

if TYPE_CHECKING:
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System

ZONE_NAME: Final = re.compile(r"([a-z]{2,4}(?:-[a-z]+)+-\d+)[a-z]")
"""The name of a zone, and in it that of its region."""

_ZONE_NUMBER: Final = re.compile(r"zone \d+ (of .*)", re.DOTALL)


def zone_of(system: System, subnet: Value) -> Value | None:
    """Give the Availability Zone of a subnet, by its name or its id; None if it is not written."""
    resource = system.find(subnet, "EC2::Subnet")
    if resource is None:
        return None
    name = resource.get("AvailabilityZone")
    return resource.get("AvailabilityZoneId") if name is None else name


def are_apart(system: System, one: Value | None, other: Value | None) -> bool:
    """Say whether two zones are certainly two: of a name and a number nobody can tell."""
    if one is None or other is None or same(one, other) is not False:
        return False
    return _kind(system, one) == _kind(system, other) is not None


def _kind(system: System, zone: Value) -> str | None:
    """Give what a zone is called by: its name, its id, or its number in a region."""
    meaning = system.world.symbols.attribute_in(zone)
    if isinstance(meaning, Attribute):
        found = _ZONE_NUMBER.fullmatch(meaning.resource.logical_id)
        return found[1] if found and meaning.name == "Zone" else None
    if has_symbol(zone):
        return None
    return "name" if ZONE_NAME.fullmatch(as_text(zone)) else "id"
