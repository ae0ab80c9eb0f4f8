"""The addresses of subnets, and the zones that they stand in."""

from __future__ import annotations

import ipaddress
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final, TypeAlias

from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.templates.symbols import has_symbol, has_unknown
from private_fargate.verify.templates.values import as_text, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_SUBNET: Final = "EC2::Subnet"
_SUBNET_PAGE: Final = "vpc/latest/userguide/subnet-sizing.html"
_ZONE: Final = re.compile(r"([a-z]{2,4}(?:-[a-z]+)+-\d+)[a-z]")
_LARGEST: Final = 16
_SMALLEST: Final = 28


@rule(
    "CFN-005",
    "info",
    "A zone is chosen from those of the region",
    symptom=(
        "Value (ap-northeast-1b) for parameter availabilityZone is invalid. Subnets can currently only be "
        "created in the following availability zones"
    ),
    fix=(
        'Write `!Select [0, !GetAZs ""]`, or take the zone as a parameter of the type '
        "AWS::EC2::AvailabilityZone::Name."
    ),
    source="AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getavailabilityzones.html",
)
def zones_are_not_written_down(model: Model) -> Iterator[Fault]:
    """It deploys where it was written, and in no other region; some accounts do not have the zone at all."""
    region = model.system.world.region
    for resource in model.system.of(_SUBNET, "EC2::Instance"):
        written = resource.raw.get("AvailabilityZone")
        match = _ZONE.fullmatch(written) if isinstance(written, str) else None
        if match is None:
            continue
        at = ("AvailabilityZone",)
        if region and match[1] != region:
            message = f"{written} is no zone of {region}, where the stack is to be"
            yield Fault(resource, message, at=at, severity="error")
        else:
            yield Fault(resource, f"{written} is written down, so that the stack fits {match[1]} only", at=at)


@rule(
    "CFN-006",
    "error",
    "The subnets of a VPC do not overlap",
    symptom="The CIDR '10.0.1.0/24' conflicts with another subnet",
    fix="Give each subnet a block of its own: `!Select [N, !Cidr [!GetAtt Vpc.CidrBlock, 8, 8]]`.",
    source=_SUBNET_PAGE,
)
def subnets_do_not_overlap(model: Model) -> Iterator[Fault]:
    """Each block is legal alone; EC2 compares it with the others only when the subnet is made."""
    for property_ in ("CidrBlock", "Ipv6CidrBlock"):
        by_vpc: dict[tuple[str, int], list[tuple[Network, Resource]]] = defaultdict(list)
        for subnet in model.system.of(_SUBNET):
            block, vpc = block_of(subnet.get(property_)), subnet.text("VpcId")
            if block is not None and vpc is not None:
                by_vpc[vpc, block.version].append((block, subnet))
        for blocks in by_vpc.values():
            yield from _overlaps(blocks, property_)


def _overlaps(blocks: list[tuple[Network, Resource]], property_: str) -> Iterator[Fault]:
    """Look through blocks in the order of their addresses; what overlaps overlaps the widest so far."""
    number = {id(subnet): index for index, (_, subnet) in enumerate(blocks)}
    in_order = sorted(blocks, key=lambda pair: (int(pair[0].network_address), pair[0].prefixlen))
    widest: tuple[Network, Resource] | None = None
    for block, subnet in in_order:
        if widest and int(block.network_address) <= int(widest[0].broadcast_address):
            first, second = sorted((widest, (block, subnet)), key=lambda pair: number[id(pair[1])])
            message = f"{second[0]} overlaps {first[0]} of {first[1].address}, in the same VPC"
            yield Fault(second[1], message, at=(property_,))
        if widest is None or int(block.broadcast_address) > int(widest[0].broadcast_address):
            widest = (block, subnet)


def block_of(value: Value) -> Network | None:
    """Read a block of addresses; None if it is not known, or is none."""
    if value is None or has_symbol(value):
        return None
    try:
        return ipaddress.ip_network(as_text(value), strict=False)
    except ValueError:
        return None


@rule(
    "CFN-007",
    "error",
    "A subnet lies within its VPC",
    symptom="The CIDR '10.1.0.0/24' is invalid",
    fix=("Take a block between /16 and /28 from the VPC's, or add the range with an AWS::EC2::VPCCidrBlock."),
    source=_SUBNET_PAGE,
)
def subnets_lie_within_their_vpc(model: Model) -> Iterator[Fault]:
    """The two blocks stand in different resources, often in different templates, and drift apart."""
    for subnet in model.system.of(_SUBNET):
        block = block_of(subnet.get("CidrBlock"))
        if block is None or block.version != 4:  # noqa: PLR2004 -- the version of the protocol
            continue
        if not _LARGEST <= block.prefixlen <= _SMALLEST:
            message = f"{block} is not between a /{_LARGEST} and a /{_SMALLEST}"
            yield Fault(subnet, message, at=("CidrBlock",))
            continue
        ranges = _ranges(model.system, subnet.get("VpcId"))
        if ranges and not any(_holds(wide, block) for wide in ranges):
            listed = ", ".join(str(wide) for wide in ranges)
            yield Fault(subnet, f"{block} is not within {listed}, its VPC", at=("CidrBlock",))


def _ranges(system: System, vpc: Value) -> list[Network]:
    """Give all IPv4 ranges of a VPC of ours; none if one of them is not known."""
    resource = system.find(vpc, "EC2::VPC")
    if resource is None:
        return []
    first = block_of(resource.get("CidrBlock"))
    found = [first] if first else []
    for more in system.of("EC2::VPCCidrBlock"):
        belongs = same(more.get("VpcId"), vpc)
        if belongs is False or (belongs and _is_ipv6(more)):
            continue
        block = block_of(more.get("CidrBlock"))
        if block is None or has_unknown(more.get("VpcId")):
            return []
        found.append(block)
    return found if first else []


def _is_ipv6(block: Resource) -> bool:
    names = ("AmazonProvidedIpv6CidrBlock", "Ipv6CidrBlock", "Ipv6IpamPoolId", "Ipv6Pool")
    return block.get("CidrBlock") is None and any(block.get(name) is not None for name in names)


def _holds(wide: Network, narrow: Network) -> bool:
    if isinstance(wide, ipaddress.IPv4Network) and isinstance(narrow, ipaddress.IPv4Network):
        return narrow.subnet_of(wide)
    return False


RULES: Final[tuple[Rule, ...]] = (
    zones_are_not_written_down,
    subnets_do_not_overlap,
    subnets_lie_within_their_vpc,
)
