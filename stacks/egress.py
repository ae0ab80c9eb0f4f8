"""The way from the private subnets to the internet, apart from the network it belongs to.

NAT gateways take minutes, and nothing that speaks only to VPC endpoints has to wait for them.
The internet gateway is attached by then, because this stack starts when the network is complete.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from troposphere import GetAtt, Ref, Select, ec2

from private_fargate.config.derived import zone_count
from private_fargate.kit import kinds
from private_fargate.kit.texts import name_tag
from private_fargate.kit.zones import Zones

if TYPE_CHECKING:
    from private_fargate.config.models import Environment
    from private_fargate.kit.scope import Scope


@dataclass(frozen=True, kw_only=True)
class Config:
    """How many NAT gateways, and of which kind.

    Attributes:
        name: prefix of the Name tags, if none is asked for.
        mode: one in each zone, one for all zones, or one that spans the Region.
        zones: number of zones, at most.
    """

    name: str
    mode: Literal["nat-per-zone", "nat-single", "nat-regional"]
    zones: int

    @classmethod
    def of(cls, environment: Environment) -> Config | None:
        """Return the egress that an environment asks for, or None for no way out."""
        mode = environment.network.egress
        if mode == "none":
            return None
        return cls(name=environment.name, mode=mode, zones=zone_count(environment))


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Where the gateways stand, by VPC or by subnet, and whose routes lead to them."""

    vpc_id: kinds.VpcId | None
    private_route_table_ids: kinds.PrivateRouteTableIds
    public_subnet_ids: kinds.PublicSubnetIds | None
    name: kinds.SystemName | None = None
    zone_count: kinds.ZoneCount | None = None


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """The addresses that the internet sees; a regional gateway chooses its own as it grows."""

    nat_addresses: kinds.NatAddresses | None


def build(scope: Scope, config: Config, inputs: Inputs) -> Outputs:
    """Egress: NAT gateways, and the default routes of the private subnets to them."""
    zones = Zones.of(scope, config.zones, inputs.zone_count)
    addresses: list[ec2.EIP] = []
    if config.mode == "nat-regional":
        gateways = [_regional_gateway(scope, config, inputs)] * config.zones
    elif config.mode == "nat-single":
        addresses = [_address(scope, config, inputs, zones, 1)]
        gateways = [_zonal_gateway(scope, config, inputs, zones, 1, addresses[0])] * config.zones
    else:
        addresses = [_address(scope, config, inputs, zones, zone) for zone in zones.numbers]
        gateways = [
            _zonal_gateway(scope, config, inputs, zones, zone, address)
            for zone, address in enumerate(addresses, start=1)
        ]
    for zone, gateway in enumerate(gateways, start=1):
        scope.add(
            ec2.Route(
                f"PrivateSubnet{zone}DefaultRoute",
                RouteTableId=Select(zone - 1, inputs.private_route_table_ids),
                DestinationCidrBlock="0.0.0.0/0",
                NatGatewayId=Ref(gateway),
            ),
            why=f"What is neither in the VPC nor behind an endpoint leaves zone {zone} here",
            condition=zones.condition(zone),
        )
    return Outputs(nat_addresses=zones.wire(kinds.NatAddresses, addresses) if addresses else None)


def _address(scope: Scope, config: Config, inputs: Inputs, zones: Zones, zone: int) -> ec2.EIP:
    return scope.add(
        ec2.EIP(f"NatAddress{zone}", Domain="vpc", Tags=name_tag(inputs.name or config.name, f"NAT {zone}")),
        why="The address that others see and may allow",
        must="A new address breaks every allow-list that names this one",
        condition=zones.condition(zone),
    )


def _zonal_gateway(  # noqa: PLR0913, PLR0917  # where, for whom, and with which address
    scope: Scope, config: Config, inputs: Inputs, zones: Zones, zone: int, address: ec2.EIP
) -> ec2.NatGateway:
    return scope.add(
        ec2.NatGateway(
            f"NatGateway{zone}",
            AllocationId=GetAtt(address, "AllocationId"),
            SubnetId=Select(zone - 1, inputs.public_subnet_ids),
            Tags=name_tag(inputs.name or config.name, str(zone)),
        ),
        why="Lets tasks call out without being reachable",
        condition=zones.condition(zone),
    )


def _regional_gateway(scope: Scope, config: Config, inputs: Inputs) -> ec2.NatGateway:
    return scope.add(
        ec2.NatGateway(
            "RegionalNatGateway",
            AvailabilityMode="regional",
            VpcId=inputs.vpc_id,
            Tags=name_tag(inputs.name or config.name),
        ),
        why="One gateway for all zones, in no subnet; it grows into a zone that has traffic",
    )
