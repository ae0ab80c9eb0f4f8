"""The way from the private subnets to the internet, apart from the network it belongs to.

NAT gateways take minutes, and nothing that speaks only to VPC endpoints has to wait for them.
The internet gateway is attached by then, because this stack starts when the network is complete.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from troposphere import GetAtt, Ref, Select, Tags, ec2

from private_fargate.config.derived import zone_count
from private_fargate.kit import kinds

if TYPE_CHECKING:
    from private_fargate.config.models import Environment
    from private_fargate.kit.scope import Scope


@dataclass(frozen=True, kw_only=True)
class Config:
    """How many NAT gateways, and of which kind.

    Attributes:
        name: prefix of the Name tags.
        mode: one in each zone, one for all zones, or one that spans the Region.
        zones: number of zones.
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


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """The addresses that the internet sees; a regional gateway chooses its own as it grows."""

    nat_addresses: kinds.NatAddresses | None


def build(scope: Scope, config: Config, inputs: Inputs) -> Outputs:
    """Egress: NAT gateways, and the default routes of the private subnets to them."""
    zones = range(1, config.zones + 1)
    addresses: list[ec2.EIP] = []
    if config.mode == "nat-regional":
        gateways = [_regional_gateway(scope, config, inputs)] * config.zones
    elif config.mode == "nat-single":
        addresses = [_address(scope, config, 1)]
        gateways = [_zonal_gateway(scope, config, inputs, 1, addresses[0])] * config.zones
    else:
        addresses = [_address(scope, config, zone) for zone in zones]
        gateways = [
            _zonal_gateway(scope, config, inputs, zone, address)
            for zone, address in zip(zones, addresses, strict=True)
        ]
    for zone, gateway in zip(zones, gateways, strict=True):
        scope.add(
            ec2.Route(
                f"PrivateSubnet{zone}DefaultRoute",
                RouteTableId=Select(zone - 1, inputs.private_route_table_ids),
                DestinationCidrBlock="0.0.0.0/0",
                NatGatewayId=Ref(gateway),
            ),
            why=f"What is neither in the VPC nor behind an endpoint leaves zone {zone} here",
        )
    return Outputs(nat_addresses=kinds.NatAddresses.of_all(addresses) if addresses else None)


def _address(scope: Scope, config: Config, zone: int) -> ec2.EIP:
    return scope.add(
        ec2.EIP(f"NatAddress{zone}", Domain="vpc", Tags=Tags(Name=f"{config.name} NAT {zone}")),
        why="The address that others see and may allow",
        must="A new address breaks every allow-list that names this one",
    )


def _zonal_gateway(
    scope: Scope, config: Config, inputs: Inputs, zone: int, address: ec2.EIP
) -> ec2.NatGateway:
    return scope.add(
        ec2.NatGateway(
            f"NatGateway{zone}",
            AllocationId=GetAtt(address, "AllocationId"),
            SubnetId=Select(zone - 1, inputs.public_subnet_ids),
            Tags=Tags(Name=f"{config.name} {zone}"),
        ),
        why="Lets tasks call out without being reachable",
    )


def _regional_gateway(scope: Scope, config: Config, inputs: Inputs) -> ec2.NatGateway:
    return scope.add(
        ec2.NatGateway(
            "RegionalNatGateway",
            AvailabilityMode="regional",
            VpcId=inputs.vpc_id,
            Tags=Tags(Name=config.name),
        ),
        why="One gateway for all zones, in no subnet; it grows into a zone that has traffic",
    )
