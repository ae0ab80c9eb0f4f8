"""Which addresses subnets, VPCs and network interfaces have, as far as templates tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.verify.templates.values import as_bool, as_items, as_text, same

if TYPE_CHECKING:
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System
    from private_fargate.verify.templates.values import Truth


def public_address(setting: Value, subnet: Resource | None) -> Truth:
    """Say whether a network interface gets a public address: as it is set, else as its subnet has it."""
    if setting is not None:
        return as_bool(setting)
    return None if subnet is None else subnet.flag("MapPublicIpOnLaunch")


def blocks_of(system: System, subnet: Value) -> tuple[str, ...]:
    """Give the address ranges of a subnet, as far as they are written down; IPv4 first."""
    resource = system.find(subnet, "EC2::Subnet")
    if resource is None:
        return ()
    values = [resource.get("CidrBlock"), resource.get("Ipv6CidrBlock")]
    return tuple(as_text(value) for value in values if value is not None)


def vpc_blocks(system: System, vpc: Value) -> tuple[str, ...]:
    """Give the address ranges of a VPC of ours, those that were associated later included."""
    resource = system.find(vpc, "EC2::VPC")
    first = [resource.get("CidrBlock")] if resource else []
    more = [
        block.get("CidrBlock")
        for block in system.of("EC2::VPCCidrBlock")
        if same(block.get("VpcId"), vpc) is True
    ]
    return tuple(as_text(value) for value in (*first, *more) if value is not None)


def zones_of(system: System, subnets: Value) -> list[Value]:
    """Give the Availability Zone of each subnet of a list, None where it is not known."""
    found = (system.find(subnet, "EC2::Subnet") for subnet in as_items(subnets).values)
    return [subnet.get("AvailabilityZone") if subnet else None for subnet in found]
