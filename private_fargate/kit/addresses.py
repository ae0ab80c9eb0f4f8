"""Addresses of the subnets: each zone owns a slot of the VPC, and no zone moves another.

The range is cut into eight slots, although six zones are the most, because a slot has to be a
power of two.  Zone n always has slot n: its private subnet is the first half of it, its public
subnet the quarter after that, and the last quarter stays free.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final, Literal, TypeAlias

MAX_ZONES = 6
MASKS: Final = range(16, 24)
"""Lengths of the prefix that the range of a VPC can have: a public subnet is /28 or larger."""

_ADDRESS_BITS = 32

Tier: TypeAlias = Literal["Private", "Public"]


@dataclass(frozen=True, kw_only=True)
class Cut:
    """How the range of a VPC is cut for the subnets of one tier.

    Attributes:
        bits: by how many bits the prefix of a block is longer than that of the VPC.
        first: position of the block of zone 1, from 0.
        step: from the block of one zone to that of the next.
    """

    bits: int
    first: int
    step: int

    @property
    def count(self) -> int:
        """The number of all blocks."""
        return 1 << self.bits

    def position(self, zone: int) -> int:
        """Return the position of a zone's block among all, from 0."""
        return self.first + self.step * (zone - 1)

    def host_bits(self, mask: int) -> int:
        """Return the bits that are left inside a block of a VPC of this mask, as `Fn::Cidr` takes them."""
        return _ADDRESS_BITS - mask - self.bits


CUTS: Final[dict[Tier, Cut]] = {
    "Private": Cut(bits=4, first=0, step=2),  # the first half of each slot
    "Public": Cut(bits=5, first=2, step=4),  # its third quarter
}


@dataclass(frozen=True)
class ZoneBlocks:
    """The address ranges of one zone, in CIDR notation."""

    private: str
    public: str


def zone_blocks(vpc_cidr: str, zone: int) -> ZoneBlocks:
    """Return the ranges of a zone's private and public subnet.

    Args:
        vpc_cidr: the range of the VPC, /16 to /23.
        zone: the number of the zone, 1 to 6.

    >>> zone_blocks("10.0.0.0/16", 2)
    ZoneBlocks(private='10.0.32.0/20', public='10.0.48.0/21')
    """
    if not 1 <= zone <= MAX_ZONES:
        message = f"zone {zone} does not exist; zones are numbered 1 to {MAX_ZONES}"
        raise ValueError(message)
    private, public = (
        list(IPv4Network(vpc_cidr).subnets(cut.bits))[cut.position(zone)]
        for cut in (CUTS["Private"], CUTS["Public"])
    )
    return ZoneBlocks(private=str(private), public=str(public))


def vpc_pattern() -> str:
    """Return a pattern of all ranges that a VPC of ours can have: private, and at the beginning of itself.

    A range that does not begin where its prefix says would be mended by EC2, and not by `Fn::Cidr`.
    """
    octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
    private = (
        rf"10\.{octet}",
        r"172\.(?:1[6-9]|2[0-9]|3[01])",
        r"192\.168",
        r"100\.(?:6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])",
    )
    thirds = (f"(?:{_multiples(24 - mask)})\\.0/{mask}" for mask in MASKS)
    return rf"^(?:{'|'.join(private)})\.(?:{'|'.join(thirds)})$"


def _multiples(bits: int) -> str:
    return "|".join(str(number) for number in range(0, 256, 1 << bits))
