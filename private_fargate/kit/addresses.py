"""Addresses of the subnets: each zone owns a slot of the VPC, and no zone moves another.

The range is cut into eight slots, although six zones are the most, because a slot has to be a
power of two.  Zone n always has slot n: its private subnet is the first half of it, its public
subnet the quarter after that, and the last quarter stays free.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network

MAX_ZONES = 6
_SLOT_BITS = 3


@dataclass(frozen=True)
class ZoneBlocks:
    """The address ranges of one zone, in CIDR notation."""

    private: str
    public: str


def zone_blocks(vpc_cidr: str, zone: int) -> ZoneBlocks:
    """Return the ranges of a zone's private and public subnet.

    Args:
        vpc_cidr: the range of the VPC, /16 to /23: a public subnet is /28 or larger.
        zone: the number of the zone, 1 to 6.

    >>> zone_blocks("10.0.0.0/16", 2)
    ZoneBlocks(private='10.0.32.0/20', public='10.0.48.0/21')
    """
    if not 1 <= zone <= MAX_ZONES:
        message = f"zone {zone} does not exist; zones are numbered 1 to {MAX_ZONES}"
        raise ValueError(message)
    slot = list(IPv4Network(vpc_cidr).subnets(_SLOT_BITS))[zone - 1]
    private, rest = slot.subnets(1)
    public, _free = rest.subnets(1)
    return ZoneBlocks(private=str(private), public=str(public))
