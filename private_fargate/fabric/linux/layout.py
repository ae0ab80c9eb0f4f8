"""Which namespaces there are, and what the links and addresses between them are called."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Final

from private_fargate.fabric.linux.plans import INTERNET

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.fabric.model import Network
    from private_fargate.fabric.parts.places import (
        Endpoint,
        Interface,
        InternetGateway,
        NatGateway,
        Subnet,
    )

AVAILABLE: Final = "available"
_OFF: Final = frozenset({"stopping", "stopped", "shutting-down", "terminated"})

# No VPC and no public address can be here.
# Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
_LINES: Final = IPv4Network("169.254.240.0/20")
_FIRST_LINE: Final = 2

_MADE_UP: Final = IPv4Network("198.19.0.0/16")  # for tests of devices, not routed: RFC 2544
_VISITORS: Final = IPv4Network("192.0.2.0/24")  # for documentation: RFC 5737

_AMAZON_DNS: Final = IPv4Address("169.254.169.253")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A link between the router and one other namespace.

    Attributes:
        link: its name at the router.
        space: at the far end, where it is `eth0`.
        near: the address of the router on it; `far` is the other one.
    """

    link: str
    space: str
    near: IPv4Address
    far: IPv4Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Names and addresses of a network; what is not in it has no place there.

    Attributes:
        bridges: links of the router, by subnet, in the order of their blocks.
        ports: links of the router, by interface; they belong to the bridge of its subnet.
        gateway: of the internet; None without one, and then there is no line to the internet.
        endpoints: lines to gateway endpoints, by ID.
        regional: lines to regional NAT gateways, by ID.
        regional_addresses: as the internet sees them, by zone; `` for a zone without one of its own.
        visitor: whose address something on the internet has that calls from there.
    """

    network: Network
    bridges: Mapping[str, str]
    ports: Mapping[str, str]
    gateway: InternetGateway | None
    internet: Line | None
    endpoints: Mapping[str, Line]
    regional: Mapping[str, Line]
    regional_addresses: Mapping[str, Mapping[str, IPv4Address]]
    visitor: IPv4Address

    @property
    def subnets(self) -> list[Subnet]:
        """The subnets in the order of their bridges."""
        return [self.network.subnets[subnet_id] for subnet_id in self.bridges]

    @property
    def interfaces(self) -> list[Interface]:
        """The interfaces that have a namespace, in the order of their ports."""
        return [self.network.interfaces[interface_id] for interface_id in self.ports]

    @property
    def lines(self) -> list[Line]:
        """All lines of the router."""
        internet = [self.internet] if self.internet else []
        return [*internet, *self.endpoints.values(), *self.regional.values()]

    @property
    def resolver_addresses(self) -> tuple[IPv4Address, IPv4Address]:
        """Where the resolver is.

        Source: https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
        """
        return self.network.vpc.blocks[0][2], _AMAZON_DNS

    def nat_gateway_of(self, interface: Interface) -> NatGateway | None:
        """Return the zonal NAT gateway whose interface this is."""
        return _nat_gateway_of(self.network, interface)

    def interface_of(self, nat_gateway_id: str) -> Interface | None:
        """Return the first interface of a zonal NAT gateway; None if it has none that is in use."""
        found = [
            each
            for each in self.interfaces
            if each.owner is not None and each.owner.kind == "NAT gateway" and each.owner.id == nat_gateway_id
        ]
        order = [each.interface_id for each in self.network.nat_gateways[nat_gateway_id].addresses]
        found.sort(key=lambda each: order.index(each.id) if each.id in order else len(order))
        return found[0] if found else None

    def public_addresses(self) -> dict[IPv4Address, IPv4Address]:
        """Return what the internet gateway translates: private address -> public address."""
        found = {each.address: each.public_address for each in self.interfaces if each.public_address}
        for each in self.interfaces:
            gateway = self.nat_gateway_of(each)
            for pair in gateway.addresses if gateway and gateway.is_public else ():
                if pair.private == each.address and pair.public:
                    found.setdefault(each.address, pair.public)
        return dict(sorted(found.items()))


def lay_out(network: Network) -> Layout:
    """Return the names and addresses for a network: the same ones for the same network."""
    subnets = sorted(network.subnets.values(), key=lambda each: (each.block, each.id))
    interfaces = sorted(
        (each for each in network.interfaces.values() if _is_in_use(network, each)),
        key=lambda each: (each.address, each.id),
    )
    gateway = next((network.internet_gateways[key] for key in sorted(network.internet_gateways)), None)
    lines = _lines()
    taken = _public(network)
    regional = [each for _, each in sorted(network.nat_gateways.items()) if _is_regional(each)]
    return Layout(
        network=network,
        bridges={each.id: f"s{number}" for number, each in enumerate(subnets)},
        ports={each.id: f"p{number}" for number, each in enumerate(interfaces)},
        gateway=gateway,
        internet=_line(next(lines), INTERNET, INTERNET) if gateway else None,
        endpoints={
            each.id: _line(next(lines), f"e{number}", each.id)
            for number, each in enumerate(_gateway_endpoints(network))
        },
        regional={each.id: _line(next(lines), f"n{number}", each.id) for number, each in enumerate(regional)},
        regional_addresses=_regional_addresses(regional, taken),
        visitor=next(each for each in _VISITORS.hosts() if each not in taken),
    )


def _lines() -> Iterator[IPv4Network]:
    for number, pair in enumerate(_LINES.subnets(new_prefix=31)):
        if number >= _FIRST_LINE:
            yield pair


def _line(pair: IPv4Network, link: str, space: str) -> Line:
    return Line(link=link, space=space, near=pair[0], far=pair[1])


def _is_in_use(network: Network, interface: Interface) -> bool:
    if interface.owner is None or interface.subnet_id not in network.subnets:
        return False
    if interface.owner.kind == "NAT gateway":
        return _nat_gateway_of(network, interface) is not None
    if interface.owner.kind == "endpoint":
        endpoint = network.endpoints.get(interface.owner.id)
        return endpoint is not None and endpoint.state == AVAILABLE
    if interface.owner.kind == "instance":
        instance = network.instances.get(interface.owner.id)
        return instance is None or instance.state not in _OFF
    return True


def _nat_gateway_of(network: Network, interface: Interface) -> NatGateway | None:
    if interface.owner is None or interface.owner.kind != "NAT gateway":
        return None
    found = network.nat_gateways.get(interface.owner.id)
    return found if found and found.mode == "zonal" and found.state == AVAILABLE else None


def _is_regional(each: NatGateway) -> bool:
    return each.mode == "regional" and each.state == AVAILABLE and each.is_public


def _gateway_endpoints(network: Network) -> list[Endpoint]:
    return [
        each
        for _, each in sorted(network.endpoints.items())
        if each.kind == "Gateway" and each.state == AVAILABLE
    ]


def _public(network: Network) -> set[IPv4Address]:
    pairs = (pair for each in network.nat_gateways.values() for pair in each.addresses)
    found = {pair.public for pair in pairs} | {each.public_address for each in network.interfaces.values()}
    return {address for address in found if address is not None}


def _regional_addresses(
    gateways: list[NatGateway], taken: set[IPv4Address]
) -> dict[str, dict[str, IPv4Address]]:
    """Return the addresses as EC2 shows them; where it shows none, one of ours for all zones."""
    ours = (each for each in _MADE_UP.hosts() if each not in taken)
    found: dict[str, dict[str, IPv4Address]] = {}
    for gateway in gateways:
        shown = {pair.zone or "": pair.public for pair in reversed(gateway.addresses) if pair.public}
        any_of_them = min(shown.values(), default=None) or next(ours)
        found[gateway.id] = {"": any_of_them} | shown
    return found
