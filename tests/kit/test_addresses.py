"""Each zone owns a slot of the VPC."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

import pytest

from private_fargate.kit.addresses import MAX_ZONES, zone_blocks


@pytest.mark.parametrize("prefix", range(16, 24))
def test_blocks_of_six_zones_are_inside_the_vpc_apart_and_legal(prefix: int) -> None:
    vpc = f"10.64.0.0/{prefix}"
    zones = [zone_blocks(vpc, zone) for zone in range(1, MAX_ZONES + 1)]
    blocks = [IPv4Network(block) for zone in zones for block in (zone.private, zone.public)]
    assert all(block.subnet_of(IPv4Network(vpc)) for block in blocks)
    assert not any(one.overlaps(other) for one, other in combinations(blocks, 2))
    assert all(16 <= block.prefixlen <= 28 for block in blocks), "subnets are /16 to /28"


@pytest.mark.parametrize("zone", [0, 7])
def test_there_is_no_other_zone(zone: int) -> None:
    with pytest.raises(ValueError, match="numbered 1 to 6"):
        zone_blocks("10.0.0.0/16", zone)
