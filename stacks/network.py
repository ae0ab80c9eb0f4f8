"""The VPC and its subnets: tasks live in the private ones, and a zone can be added at any time.

The zone's number decides its addresses and its logical IDs, so a third zone changes nothing of
the first two.  Public subnets, and the internet gateway with them, exist only where something
needs them: NAT gateways of the zonal kind, or a jump host with a public address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from troposphere import GetAZs, Ref, Select, Tags, ec2

from private_fargate.config.derived import has_public_jump_host, zone_count
from private_fargate.kit import kinds
from private_fargate.kit.addresses import zone_blocks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.config.models import Environment
    from private_fargate.kit.scope import Scope


@dataclass(frozen=True, kw_only=True)
class Config:
    """What is known of the network when the templates are built.

    Attributes:
        name: prefix of the Name tags.
        cidr: range of the VPC.
        zones: how many zones.
        internet: whether there is an internet gateway.
        public: whether there are public subnets.
    """

    name: str
    cidr: str
    zones: int
    internet: bool
    public: bool

    @classmethod
    def of(cls, environment: Environment) -> Config:
        """Return the network that an environment asks for."""
        settings = environment.network
        public = settings.egress in {"nat-per-zone", "nat-single"} or has_public_jump_host(environment)
        return cls(
            name=environment.name,
            cidr=settings.cidr,
            zones=zone_count(environment),
            internet=public or settings.egress == "nat-regional",
            public=public,
        )

    @property
    def zone_numbers(self) -> range:
        """The numbers of the zones, from 1."""
        return range(1, self.zones + 1)


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """The zones by their numbers, where they were named; otherwise the Region's, in its order."""

    zone: Mapping[str, kinds.ZoneName]

    @classmethod
    def of(cls, environment: Environment) -> Inputs:
        """Return the names that an environment gives its zones."""
        zones = environment.network.zones
        names = () if isinstance(zones, int) else zones
        return cls(zone={str(zone): kinds.ZoneName.given(name) for zone, name in enumerate(names, start=1)})


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """Where things can be placed; public subnets only where there are any."""

    vpc_id: kinds.VpcId
    private_subnet_ids: kinds.PrivateSubnetIds
    private_route_table_ids: kinds.PrivateRouteTableIds
    public_subnet_ids: kinds.PublicSubnetIds | None


def build(scope: Scope, config: Config, inputs: Inputs) -> Outputs:
    """Network: a VPC with a private subnet per zone, and public ones where something needs them."""
    vpc = scope.add(
        ec2.VPC(
            "Vpc",
            CidrBlock=config.cidr,
            EnableDnsSupport=True,
            EnableDnsHostnames=True,
            Tags=Tags(Name=config.name),
        ),
        why="Everything of this environment is inside it",
        must="DNS support and hostnames stay on: without them no endpoint is found by its public name",
    )
    private = [_subnet(scope, config, inputs, vpc, zone, "Private") for zone in config.zone_numbers]
    tables = [_route_table(scope, config, vpc, subnet) for subnet in private]
    public = [
        _subnet(scope, config, inputs, vpc, zone, "Public") for zone in config.zone_numbers if config.public
    ]
    if config.internet:
        _internet(scope, config, vpc, public)
    return Outputs(
        vpc_id=kinds.VpcId.of(vpc),
        private_subnet_ids=kinds.PrivateSubnetIds.of_all(private),
        private_route_table_ids=kinds.PrivateRouteTableIds.of_all(tables),
        public_subnet_ids=kinds.PublicSubnetIds.of_all(public) if public else None,
    )


def _subnet(  # noqa: PLR0913, PLR0917  # where, in which tier, and of what
    scope: Scope, config: Config, inputs: Inputs, vpc: ec2.VPC, zone: int, tier: str
) -> ec2.Subnet:
    blocks = zone_blocks(config.cidr, zone)
    return scope.add(
        ec2.Subnet(
            f"{tier}Subnet{zone}",
            VpcId=Ref(vpc),
            AvailabilityZone=inputs.zone.get(str(zone)) or Select(zone - 1, GetAZs("")),
            CidrBlock=blocks.private if tier == "Private" else blocks.public,
            # Even here no address is given unasked: what must be public says so itself.
            MapPublicIpOnLaunch=False,
            Tags=Tags(Name=f"{config.name} {tier.lower()} {zone}"),
        ),
        why=f"{tier} addresses of zone {zone}",
    )


def _route_table(scope: Scope, config: Config, vpc: ec2.VPC, subnet: ec2.Subnet) -> ec2.RouteTable:
    table = scope.add(
        ec2.RouteTable(
            f"{subnet.title}RouteTable",
            VpcId=Ref(vpc),
            Tags=Tags(Name=f"{config.name} {subnet.title}"),
        ),
        why="One table for each private subnet, so that each zone can have its own way out",
    )
    _associate(scope, subnet, table)
    return table


def _associate(scope: Scope, subnet: ec2.Subnet, table: ec2.RouteTable) -> None:
    scope.add(
        ec2.SubnetRouteTableAssociation(
            f"{subnet.title}RouteTableAssociation", SubnetId=Ref(subnet), RouteTableId=Ref(table)
        ),
        why="Without it the subnet would use the VPC's main table, which has no routes of ours",
    )


def _internet(scope: Scope, config: Config, vpc: ec2.VPC, public: list[ec2.Subnet]) -> None:
    gateway = scope.add(
        ec2.InternetGateway("InternetGateway", Tags=Tags(Name=config.name)),
        why="The way out for NAT gateways and for a public jump host",
    )
    attachment = scope.add(
        ec2.VPCGatewayAttachment("InternetGatewayAttachment", VpcId=Ref(vpc), InternetGatewayId=Ref(gateway)),
        why="A gateway routes nothing until it is attached",
    )
    if not public:
        return
    table = scope.add(
        ec2.RouteTable("PublicRouteTable", VpcId=Ref(vpc), Tags=Tags(Name=f"{config.name} public")),
        why="All public subnets leave by the same gateway",
    )
    scope.add(
        ec2.Route(
            "PublicDefaultRoute",
            DependsOn=attachment.title,
            RouteTableId=Ref(table),
            DestinationCidrBlock="0.0.0.0/0",
            GatewayId=Ref(gateway),
        ),
        why="Public subnets are public by this route",
    )
    for subnet in public:
        _associate(scope, subnet, table)
