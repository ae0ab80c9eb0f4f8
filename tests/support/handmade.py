"""Networks written by hand, as `Network` values: what a test does not name is open or absent."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, ip_network
from typing import TYPE_CHECKING, Literal

from private_fargate.fabric.model import Network
from private_fargate.fabric.parts.filters import Acl, AclEntry, GroupRule, Members, SecurityGroup, Traffic
from private_fargate.fabric.parts.places import (
    Endpoint,
    Interface,
    InternetGateway,
    Listed,
    NatAddress,
    NatGateway,
    Owner,
    PrefixList,
    Route,
    RouteTable,
    Subnet,
    Vpc,
)

if TYPE_CHECKING:
    from private_fargate.fabric.parts.filters import Direction, Peer
    from private_fargate.fabric.parts.places import Belonging, Block, Target
    from private_fargate.fabric.parts.workloads import Instance

ANYWHERE = "0.0.0.0/0"
EVERYTHING = Traffic(protocol="any")
OPEN = "acl-open"
FREE = "sg-free"


def tcp(first: int, last: int | None = None) -> Traffic:
    return Traffic(protocol="tcp", ports=(first, last or first))


def rule(direction: Direction, traffic: Traffic, peer: str) -> GroupRule:
    return GroupRule(direction=direction, traffic=traffic, peer=peer_of(peer))


def peer_of(text: str) -> Peer:
    if text.startswith("sg-"):
        return Members(group_id=text)
    return Listed(prefix_list_id=text) if text.startswith("pl-") else ip_network(text)


def entry(
    number: int, direction: Direction, traffic: Traffic, block: str, *, allows: bool = True
) -> AclEntry:
    return AclEntry(
        number=number, direction=direction, allows=allows, traffic=traffic, block=ip_network(block)
    )


def route(destination: str, target: Target, target_id: str | None = None, *, gone: bool = False) -> Route:
    found: Block | Listed = (
        Listed(prefix_list_id=destination) if destination.startswith("pl-") else ip_network(destination)
    )
    return Route(destination=found, target=target, target_id=target_id, is_blackhole=gone)


@dataclass
class Handmade:
    """A VPC to which things are added."""

    blocks: tuple[str, ...] = ("10.0.0.0/16",)
    has_dns: bool = True
    subnets: dict[str, Subnet] = field(default_factory=dict)
    tables: dict[str, RouteTable] = field(default_factory=dict)
    internet_gateways: dict[str, InternetGateway] = field(default_factory=dict)
    nat_gateways: dict[str, NatGateway] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    prefix_lists: dict[str, PrefixList] = field(default_factory=dict)
    acls: dict[str, Acl] = field(default_factory=dict)
    groups: dict[str, SecurityGroup] = field(default_factory=dict)
    interfaces: dict[str, Interface] = field(default_factory=dict)
    instances: dict[str, Instance] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.acl(OPEN, *(entry(100, each, EVERYTHING, ANYWHERE) for each in ("in", "out")))
        self.group(FREE, *(rule(each, EVERYTHING, ANYWHERE) for each in ("in", "out")))
        self.table("rtb-local")

    def network(self) -> Network:
        vpc = Vpc(
            id="vpc-1",
            blocks=tuple(IPv4Network(each) for each in self.blocks),
            has_dns_support=self.has_dns,
            has_dns_hostnames=self.has_dns,
        )
        return Network(
            region="us-east-1",
            vpc=vpc,
            subnets=dict(self.subnets),
            route_tables=dict(self.tables),
            internet_gateways=dict(self.internet_gateways),
            nat_gateways=dict(self.nat_gateways),
            endpoints=dict(self.endpoints),
            prefix_lists=dict(self.prefix_lists),
            acls=dict(self.acls),
            groups=dict(self.groups),
            interfaces=dict(self.interfaces),
            instances=dict(self.instances),
            tasks={},
            namespaces={},
            discovery_services={},
            load_balancers={},
            target_groups={},
        )

    def subnet(
        self, key: str, block: str, *, table: str = "rtb-local", acl: str = OPEN, zone: str = "us-east-1a"
    ) -> None:
        self.subnets[key] = Subnet(
            id=key, block=IPv4Network(block), zone=zone, route_table_id=table, acl_id=acl
        )

    def table(self, key: str, *routes: Route) -> None:
        local = tuple(route(each, "local") for each in self.blocks)
        self.tables[key] = RouteTable(id=key, is_main=False, routes=(*local, *routes))

    def acl(self, key: str, *entries: AclEntry) -> None:
        ordered = tuple(sorted(entries, key=lambda each: (each.direction, each.number)))
        self.acls[key] = Acl(id=key, entries=ordered)

    def group(self, key: str, *rules: GroupRule) -> None:
        self.groups[key] = SecurityGroup(id=key, name=key.removeprefix("sg-"), rules=rules)

    def internet_gateway(self, key: str = "igw-1") -> None:
        self.internet_gateways[key] = InternetGateway(id=key)

    def host(  # noqa: PLR0913 -- most have a value that is nearly always right
        self,
        key: str,
        subnet: str,
        address: str,
        *groups: str,
        public: str | None = None,
        kind: Belonging = "task",
        owner: str | None = None,
        checks: bool = True,
    ) -> None:
        self.interfaces[key] = Interface(
            id=key,
            subnet_id=subnet,
            address=IPv4Address(address),
            public_address=IPv4Address(public) if public else None,
            group_ids=frozenset(groups),
            owner=Owner(kind=kind, id=owner or f"owner-of-{key}"),
            checks_addresses=checks,
        )

    def zonal_nat(  # noqa: PLR0913 -- as above
        self,
        key: str,
        subnet: str,
        address: str,
        public: str | None,
        *,
        state: str = "available",
        interface: str | None = None,
    ) -> None:
        interface = interface or f"eni-{key}"
        self.host(interface, subnet, address, public=public, kind="NAT gateway", owner=key)
        pair = NatAddress(
            zone=self.subnets[subnet].zone,
            private=IPv4Address(address),
            public=IPv4Address(public) if public else None,
            interface_id=interface,
        )
        self.nat_gateways[key] = NatGateway(
            id=key,
            state=state,
            mode="zonal",
            is_public=public is not None,
            subnet_id=subnet,
            route_table_id=None,
            addresses=(pair,),
        )

    def regional_nat(self, key: str, table: str | None, **publics: str) -> None:
        """Add a regional NAT gateway with a public address for each zone, named with underscores."""
        self.nat_gateways[key] = NatGateway(
            id=key,
            state="available",
            mode="regional",
            is_public=True,
            subnet_id=None,
            route_table_id=table,
            addresses=tuple(
                NatAddress(
                    zone=zone.replace("_", "-"), private=None, public=IPv4Address(each), interface_id=None
                )
                for zone, each in publics.items()
            ),
        )

    def prefix_list(self, key: str, *blocks: str) -> None:
        self.prefix_lists[key] = PrefixList(
            id=key, name=f"list {key}", blocks=tuple(ip_network(each) for each in blocks)
        )

    def endpoint(
        self,
        key: str,
        *interfaces: str,
        kind: Literal["Interface", "Gateway"] = "Gateway",
        state: str = "available",
    ) -> None:
        self.endpoints[key] = Endpoint(
            id=key,
            service_name="com.amazonaws.us-east-1.s3",
            kind=kind,
            state=state,
            interface_ids=interfaces,
            route_table_ids=frozenset(),
            group_ids=frozenset(),
            has_private_dns=False,
            names=(),
            policy=None,
        )
