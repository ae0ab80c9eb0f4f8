"""Where things are, and the ways between them: subnets, routes, gateways, endpoints, interfaces."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Block: TypeAlias = IPv4Network | IPv6Network

Target: TypeAlias = Literal[
    "local",
    "internet gateway",
    "NAT gateway",
    "endpoint",
    "interface",
    "egress-only internet gateway",
    "virtual private gateway",
    "transit gateway",
    "peering connection",
    "other",
]

Belonging: TypeAlias = Literal["task", "instance", "NAT gateway", "endpoint", "load balancer"]

EndpointKind: TypeAlias = Literal["Interface", "Gateway", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vpc:
    """The network as a whole.

    Attributes:
        blocks: the first one decides where the resolver is: at its base address plus two.
        has_dns_support: whether that resolver answers.
        has_dns_hostnames: whether it knows private names, if it answers.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
    """

    id: str
    blocks: tuple[IPv4Network, ...]
    has_dns_support: bool
    has_dns_hostnames: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    """A part of the VPC in one zone.

    Attributes:
        zone: by name: `us-east-1a`.
        route_table_id: the table in force: its own, or the main one of the VPC.
        acl_id: the network ACL at its border.
    """

    id: str
    block: IPv4Network
    zone: str
    route_table_id: str
    acl_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """All addresses of a prefix list, which may be one that EC2 does not know."""

    prefix_list_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where packets to a destination go.

    Attributes:
        target_id: of what the target is; None for `local`.
        is_blackhole: whether it leads to what is gone; packets that it catches are dropped.
    """

    destination: Block | Listed
    target: Target
    target_id: str | None
    is_blackhole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTable:
    """The routes that some subnets share; of those that match, the one with the longest prefix counts.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
    """

    id: str
    is_main: bool
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InternetGateway:
    """The door of the VPC to the internet, for interfaces that have a public address."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NatAddress:
    """One address pair of a NAT gateway.

    Attributes:
        zone: whose traffic leaves by it; None if it is not said.
        private: its address in the VPC; None for a regional gateway, which is in no subnet.
        public: what the internet sees; None for a private gateway.
    """

    zone: str | None
    private: IPv4Address | None
    public: IPv4Address | None
    interface_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NatGateway:
    """Lets those out that have no public address.

    Attributes:
        state: `available` or `pending`: it translates nothing before it is available.
        mode: in one subnet, or in all zones at once.
        is_public: whether it leads to the internet; a private one leads to other networks.
        subnet_id: None for a regional one.
        route_table_id: of a regional one, by which it reaches the internet; None for a zonal one.
        addresses: none, where EC2 shows none; then they are not known.
    """

    id: str
    state: str
    mode: Literal["zonal", "regional"]
    is_public: bool
    subnet_id: str | None
    route_table_id: str | None
    addresses: tuple[NatAddress, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A private door to one service.

    Attributes:
        service_name: in full: `com.amazonaws.us-east-1.ecr.dkr`.
        state: in small letters; nobody gets through before it is `available`.
        interface_ids: one for each subnet, if it is reached by address.
        route_table_ids: whose routes lead to it, if it is reached by route.
        has_private_dns: whether the service's public name leads here.
        names: DNS names that EC2 shows; an embedded AWS shows its own name only.
        policy: who may do what through it; None if it has none, as one of another kind.
    """

    id: str
    service_name: str
    kind: EndpointKind
    state: str
    interface_ids: tuple[str, ...]
    route_table_ids: frozenset[str]
    group_ids: frozenset[str]
    has_private_dns: bool
    names: tuple[str, ...]
    policy: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrefixList:
    """Blocks under one name: `com.amazonaws.us-east-1.s3`."""

    id: str
    name: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """What an interface belongs to, by its ID; tasks and load balancers by their ARN."""

    kind: Belonging
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """A network card of something: packets come and go here, and security groups judge them here.

    Attributes:
        address: the primary one.
        owner: None if it is attached to nothing in the model.
        checks_addresses: whether packets that are neither from nor to its own address are dropped.
    """

    id: str
    subnet_id: str
    address: IPv4Address
    public_address: IPv4Address | None
    group_ids: frozenset[str]
    owner: Owner | None
    checks_addresses: bool
