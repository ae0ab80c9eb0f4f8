"""The VPC and its subnets: tasks live in the private ones, and a zone can be added at any time.

The zone's number decides its addresses and its logical IDs, so a third zone changes nothing of
the first two.  Public subnets, and the internet gateway with them, exist only where something
needs them: NAT gateways of the zonal kind, or a jump host with a public address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from troposphere import Cidr, FindInMap, GetAZs, Ref, Select, Split, ec2

from private_fargate.config.derived import has_public_jump_host, zone_count
from private_fargate.kit import kinds
from private_fargate.kit.addresses import CUTS, MASKS, zone_blocks
from private_fargate.kit.texts import name_tag
from private_fargate.kit.zones import Zones

if TYPE_CHECKING:
    from collections.abc import Mapping

    from troposphere import Tags

    from private_fargate.config.models import Environment
    from private_fargate.kit.addresses import Tier
    from private_fargate.kit.form import Form
    from private_fargate.kit.scope import Scope

CUT = "SubnetBits"


@dataclass(frozen=True, kw_only=True)
class Config:
    """What is known of the network when the templates are built.

    Attributes:
        name: prefix of the Name tags, if none is asked for.
        cidr: range of the VPC, if none is asked for.
        zones: how many zones, at most.
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


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """The zones by their numbers, where they were named; otherwise the Region's, in its order.

    The rest is what the person launching chooses; the config decides it if it is None.
    """

    zone: Mapping[str, kinds.ZoneName]
    name: kinds.SystemName | None = None
    vpc_cidr: kinds.VpcCidr | None = None
    vpc_mask: kinds.VpcMask | None = None
    zone_count: kinds.ZoneCount | None = None

    @classmethod
    def of(cls, environment: Environment, form: Form) -> Inputs:
        """Return the names that an environment gives its zones, and what the form asks for."""
        zones = environment.network.zones
        names = () if isinstance(zones, int) else zones
        cidr = form.vpc_cidr
        return cls(
            zone={str(zone): kinds.ZoneName.given(name) for zone, name in enumerate(names, start=1)},
            name=form.name,
            vpc_cidr=cidr,
            # A mapping takes a parameter as its key, and no function of one: hence a parameter for this.
            vpc_mask=None if cidr is None else kinds.VpcMask.given(Select(1, Split("/", cidr))),
            zone_count=form.zone_count,
        )


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """Where things can be placed; public subnets only where there are any."""

    vpc_id: kinds.VpcId
    private_subnet_ids: kinds.PrivateSubnetIds
    private_route_table_ids: kinds.PrivateRouteTableIds
    public_subnet_ids: kinds.PublicSubnetIds | None


@dataclass(frozen=True, kw_only=True)
class Site:
    """What every part of the network is made with."""

    scope: Scope
    config: Config
    inputs: Inputs
    zones: Zones
    vpc: ec2.VPC

    def name_tag(self, of: str = "") -> Tags:
        """Return the Name tag of a part."""
        return name_tag(self.inputs.name or self.config.name, of)


def build(scope: Scope, config: Config, inputs: Inputs) -> Outputs:
    """Network: a VPC with a private subnet per zone, and public ones where something needs them."""
    vpc = scope.add(
        ec2.VPC(
            "Vpc",
            CidrBlock=inputs.vpc_cidr or config.cidr,
            EnableDnsSupport=True,
            EnableDnsHostnames=True,
            Tags=name_tag(inputs.name or config.name),
        ),
        why="Everything of this environment is inside it",
        must="DNS support and hostnames stay on: without them no endpoint is found by its public name",
    )
    if inputs.vpc_mask is not None:
        scope.template.add_mapping(CUT, _cut_bits())
    zones = Zones.of(scope, config.zones, inputs.zone_count)
    site = Site(scope=scope, config=config, inputs=inputs, zones=zones, vpc=vpc)
    private = [_subnet(site, zone, "Private") for zone in zones.numbers]
    tables = [_route_table(site, zone, subnet) for zone, subnet in enumerate(private, start=1)]
    public = [_subnet(site, zone, "Public") for zone in zones.numbers if config.public]
    if config.internet:
        _internet(site, public)
    return Outputs(
        vpc_id=kinds.VpcId.of(vpc),
        private_subnet_ids=zones.wire(kinds.PrivateSubnetIds, private),
        private_route_table_ids=zones.wire(kinds.PrivateRouteTableIds, tables),
        public_subnet_ids=zones.wire(kinds.PublicSubnetIds, public) if public else None,
    )


def _cut_bits() -> dict[str, dict[str, int]]:
    """Return for each mask of a VPC how many bits `Fn::Cidr` leaves to the subnets of each tier."""
    return {str(mask): {tier: cut.host_bits(mask) for tier, cut in CUTS.items()} for mask in MASKS}


def _subnet(site: Site, zone: int, tier: Tier) -> ec2.Subnet:
    return site.scope.add(
        ec2.Subnet(
            f"{tier}Subnet{zone}",
            VpcId=Ref(site.vpc),
            AvailabilityZone=site.inputs.zone.get(str(zone)) or Select(zone - 1, GetAZs("")),
            CidrBlock=_block(site, zone, tier),
            # Even here no address is given unasked: what must be public says so itself.
            MapPublicIpOnLaunch=False,
            Tags=site.name_tag(f"{tier.lower()} {zone}"),
        ),
        why=f"{tier} addresses of zone {zone}",
        condition=site.zones.condition(zone),
    )


def _block(site: Site, zone: int, tier: Tier) -> object:
    """Return the range of a subnet: worked out now, or by CloudFormation if the VPC's is asked for."""
    chosen, mask = site.inputs.vpc_cidr, site.inputs.vpc_mask
    if chosen is None or mask is None:
        blocks = zone_blocks(site.config.cidr, zone)
        return blocks.private if tier == "Private" else blocks.public
    cut = CUTS[tier]
    return Select(cut.position(zone), Cidr(chosen, cut.count, FindInMap(CUT, mask, tier)))


def _route_table(site: Site, zone: int, subnet: ec2.Subnet) -> ec2.RouteTable:
    table = site.scope.add(
        ec2.RouteTable(
            f"{subnet.title}RouteTable",
            VpcId=Ref(site.vpc),
            Tags=site.name_tag(f"{subnet.title}"),
        ),
        why="One table for each private subnet, so that each zone can have its own way out",
        condition=site.zones.condition(zone),
    )
    _associate(site, zone, subnet, table)
    return table


def _associate(site: Site, zone: int, subnet: ec2.Subnet, table: ec2.RouteTable) -> None:
    site.scope.add(
        ec2.SubnetRouteTableAssociation(
            f"{subnet.title}RouteTableAssociation", SubnetId=Ref(subnet), RouteTableId=Ref(table)
        ),
        why="Without it the subnet would use the VPC's main table, which has no routes of ours",
        condition=site.zones.condition(zone),
    )


def _internet(site: Site, public: list[ec2.Subnet]) -> None:
    scope, vpc = site.scope, site.vpc
    gateway = scope.add(
        ec2.InternetGateway("InternetGateway", Tags=site.name_tag()),
        why="The way out for NAT gateways and for a public jump host",
    )
    attachment = scope.add(
        ec2.VPCGatewayAttachment("InternetGatewayAttachment", VpcId=Ref(vpc), InternetGatewayId=Ref(gateway)),
        why="A gateway routes nothing until it is attached",
    )
    if not public:
        return
    table = scope.add(
        ec2.RouteTable("PublicRouteTable", VpcId=Ref(vpc), Tags=site.name_tag("public")),
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
    for zone, subnet in enumerate(public, start=1):
        _associate(site, zone, subnet, table)
