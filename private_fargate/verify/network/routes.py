"""Where a packet goes that leaves a subnet: the route table in force, and what its routes lead to.

A VPC that the templates create is a closed world: what they do not put in it is not there.  Of a VPC that
is only named, nothing is known but what they add.

Source: vpc/latest/userguide/VPC_Route_Tables.html; vpc/latest/userguide/vpc-nat-gateway.html;
vpc/latest/userguide/security-vpc-bpa.html
"""

from __future__ import annotations

import ipaddress
from functools import cached_property
from typing import TYPE_CHECKING, Final

from private_fargate.verify.network.ways import Family, RouteTable, Way
from private_fargate.verify.templates.remembering import remembered
from private_fargate.verify.templates.symbols import has_symbol, has_unknown, is_unknown
from private_fargate.verify.templates.values import RANK, all_of, any_of, as_text, negation, same

if TYPE_CHECKING:
    from collections.abc import Callable

    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System
    from private_fargate.verify.templates.values import Truth


class Routes:
    """The routes of a system."""

    def __init__(self, system: System) -> None:
        """Look at the network of a system."""
        self.system = system
        # Bound here, so that what is remembered goes when the system goes.
        self.table_of = remembered(self._table_of)
        self.vpc_of = remembered(self._vpc_of)
        self.internet = remembered(self._internet)
        self.default_routes = remembered(self._default_routes)

    def _vpc_of(self, subnet: Value) -> Value | None:
        """Give the VPC of a subnet, None if the subnet is not ours."""
        resource = self.system.find(subnet, "EC2::Subnet")
        return resource.get("VpcId") if resource else None

    def is_ours(self, vpc: Value | None) -> bool:
        """Say whether the templates create a VPC, so that nothing is in it but what they put there."""
        return self.system.is_whole and self.system.find(vpc, "EC2::VPC") is not None

    @cached_property
    def _associations(self) -> dict[Value, list[Resource]]:
        found: dict[Value, list[Resource]] = {}
        for association in self.system.of("EC2::SubnetRouteTableAssociation"):
            found.setdefault(as_text(association.get("SubnetId") or ""), []).append(association)
        return found

    @cached_property
    def _routes(self) -> dict[Value, list[Resource]]:
        found: dict[Value, list[Resource]] = {}
        for route in self.system.of("EC2::Route"):
            found.setdefault(as_text(route.get("RouteTableId") or ""), []).append(route)
        return found

    def _table_of(self, subnet: Value) -> RouteTable:
        """Give the route table in force for a subnet: its association's, else the VPC's main one."""
        for association in self._associations.get(as_text(subnet), ()):
            value = association.get("RouteTableId")
            if self.system.find(value, "EC2::RouteTable"):
                return RouteTable(value, association)
            why = self.system.why_unknown(value) or "the route table is not in the templates"
            return RouteTable(value, association, known=False, why=why)
        if self.is_ours(self.vpc_of(subnet)):
            if any(is_unknown(key) for key in self._associations):
                return RouteTable(None, known=False, why="an association names a subnet that is not known")
            return RouteTable(None)
        why = self.system.why_unknown(subnet) or "the subnet's VPC is not in the templates"
        return RouteTable(None, known=False, why=why)

    def routes_of(self, table: RouteTable) -> list[Resource]:
        """Give the routes of a table that the templates declare."""
        return [] if table.value is None else self._routes.get(as_text(table.value), [])

    def _default_routes(self, subnet: Value, family: Family) -> tuple[Resource, ...]:
        """Give the routes from a subnet that lead everywhere else, or to half of everywhere."""
        routes = self.routes_of(self.table_of(subnet))
        return tuple(route for route in routes if _leads_everywhere(_destination(route, family)))

    def _internet(
        self, subnet: Value, public_address: Truth = False, family: Family = "ipv4", *, nat: bool = False
    ) -> Way:
        """Say how packets from a subnet get to the internet.

        Args:
            subnet: What refers to the subnet.
            public_address: Whether the sender has a public address, which an internet gateway demands.
            family: The version of the protocol; with IPv6 every address is public.
            nat: Whether the sender is a NAT gateway, which Block Public Access may spare.
        """
        table = self.table_of(subnet)
        routes = self.default_routes(subnet, family)
        if not routes:
            return self._no_route(subnet, table, family)
        has_address = True if family == "ipv6" else public_address
        first, second = (
            self._half(routes, half, family, lambda route: self._through(route, subnet, has_address, nat=nat))
            or self._no_route(subnet, table, family)
            for half in _HALVES[family]
        )
        if first.holds is second.holds:
            return second if first.obstacle == "no route" else first
        return first if first.holds is None else second if second.holds is None else _torn(first, second)

    @staticmethod
    def _half(
        routes: tuple[Resource, ...],
        half: str,
        family: Family,
        through: Callable[[Resource], Way],
    ) -> Way | None:
        """Follow the most specific of the default routes for one half of all addresses; None if none is."""
        wanted = ipaddress.ip_network(half)
        networks = (
            (ipaddress.ip_network(as_text(_destination(route, family)), strict=False), route)
            for route in routes
        )
        about = [(network.prefixlen, route) for network, route in networks if network.overlaps(wanted)]
        longest = max((length for length, _ in about), default=0)
        ways = (through(route) for length, route in about if length == longest)
        return max(ways, key=lambda way: RANK[way.holds], default=None)

    def _no_route(self, subnet: Value, table: RouteTable, family: Family) -> Way:
        if not table.known:
            return Way(None, obstacle="unknown", why=table.why)
        unsure = [r for r in self.routes_of(table) if self._may_lead_out(r, family)]
        if unsure:
            why = f"whether {unsure[0].address} leads to what is called is not known"
            return Way(None, by=unsure[0], obstacle="unknown", why=why)
        if table.value is not None and any(is_unknown(key) for key in self._routes):
            return Way(None, obstacle="unknown", why="a route is in a route table that is not known")
        name = self.system.show(subnet)
        if table.association is None:
            why = f"{name} has no route table of its own, and the main one leads only inside the VPC"
            return Way(False, obstacle="no association", why=why)
        why = f"{self.system.show(table.value)}, the route table of {name}, leads nowhere else"
        return Way(False, by=table.association, obstacle="no route", why=why)

    def _may_lead_out(self, route: Resource, family: Family) -> bool:
        """Say whether a route that is not a default one may lead to a part of the internet."""
        blocks = [_destination(route, family)]
        prefix_list = route.get("DestinationPrefixListId")
        if prefix_list is not None:
            own = self.system.find(prefix_list, "EC2::PrefixList")
            entries = own.items("Entries").values if own else (None,)
            blocks += [entry.get("Cidr") if isinstance(entry, dict) else prefix_list for entry in entries]
        parts = [block for block in blocks if block is not None and not _leads_everywhere(block)]
        return any(_may_be_public(block, family) for block in parts)

    def _through(self, route: Resource, subnet: Value, public_address: Truth, *, nat: bool) -> Way:
        """Follow a default route to what it names."""
        if (target := route.get("NatGatewayId")) is not None:
            return self._through_nat(route, target)
        if (target := route.get("GatewayId")) is not None:
            return self._through_gateway(route, target, subnet, public_address, nat=nat)
        if (target := route.get("EgressOnlyInternetGatewayId")) is not None:
            way = Way(True, "egress-only internet gateway", self._ours(target) or route)
            return self._unblocked(way, self.vpc_of(subnet), subnet, nat=True)
        for name, kind in _ELSEWHERE.items():
            if (target := route.get(name)) is not None:
                article = "an" if kind[0] in "aeiou" else "a"
                why = f"{route.address} leads to {article} {kind}; the way on is not in the templates"
                return Way(None, kind, route, "unknown", why)
        return Way(False, by=route, obstacle="dead target", why=f"{route.address} names no target")

    def _ours(self, target: Value) -> Resource | None:
        return self.system.find(
            target, "EC2::NatGateway", "EC2::InternetGateway", "EC2::EgressOnlyInternetGateway"
        )

    def _through_gateway(
        self, route: Resource, target: Value, subnet: Value, public_address: Truth, *, nat: bool
    ) -> Way:
        if self.system.find(target, "EC2::VPNGateway") or as_text(target).startswith("vgw-"):
            why = f"{route.address} leads to a VPN gateway; the way on from there is not in the templates"
            return Way(None, "VPN gateway", route, "unknown", why)
        vpc = self.vpc_of(subnet)
        attached = self.is_attached(target, vpc)
        if attached is False:
            why = f"{self.system.show(target)} is not attached to {self.system.show(vpc)}"
            return Way(False, "internet gateway", route, "gateway not attached", why)
        if public_address is False and not has_unknown(target):
            why = f"{route.address} leads to an internet gateway, which drops what has no public address"
            return Way(False, "internet gateway", route, "no public address", why)
        holds = all_of([attached, public_address])
        holds = None if holds is False else holds  # an unknown gateway may be one of a VPN
        why = "" if holds else self._why(target, "whether the sender has a public address is not known")
        way = Way(holds, "internet gateway", route, None if holds else "unknown", why)
        return self._unblocked(way, vpc, subnet, nat=nat)

    def _why(self, value: Value, otherwise: str) -> str:
        return self.system.why_unknown(value) or otherwise

    def is_attached(self, gateway: Value, vpc: Value | None) -> Truth:
        """Say whether an internet gateway is attached to a VPC."""
        found = None if vpc is None else self._attached(gateway, vpc)
        # What attaches it may be elsewhere; what is here is enough.
        all_here = self.is_ours(vpc) and self.system.find(gateway, "EC2::InternetGateway") is not None
        return found if found or all_here else None

    def _attached(self, gateway: Value, vpc: Value) -> Truth:
        return any_of(
            all_of([same(attachment.get("InternetGatewayId"), gateway), same(attachment.get("VpcId"), vpc)])
            for attachment in self.system.of("EC2::VPCGatewayAttachment")
        )

    def has_internet_gateway(self, vpc: Value | None) -> Truth:
        """Say whether any internet gateway is attached to a VPC."""
        attachments = self.system.of("EC2::VPCGatewayAttachment")
        found = any_of(
            same(attachment.get("VpcId"), vpc)
            for attachment in attachments
            if attachment.get("InternetGatewayId")
        )
        return found if found or self.is_ours(vpc) else None

    def _through_nat(self, route: Resource, target: Value) -> Way:
        nat = self.system.find(target, "EC2::NatGateway")
        if nat is None:
            why = self._why(target, f"{self.system.show(target)} is not in the templates")
            return Way(None, "NAT gateway", route, "unknown", why)
        mode = nat.text("AvailabilityMode") or "zonal"
        if has_unknown(mode):
            return Way(None, "NAT gateway", nat, "unknown", self._why(mode, ""))
        if mode.lower() == "regional":
            return self._through_regional_nat(nat)
        return self._through_zonal_nat(nat, nat.get("SubnetId"))

    def _through_zonal_nat(self, nat: Resource, subnet: Value) -> Way:
        connectivity = nat.text("ConnectivityType") or "public"
        for route in self.default_routes(subnet, "ipv4"):
            if (target := route.get("NatGatewayId")) is not None:
                # A private one may hand on to a public one; a public one is for an internet gateway.
                wrong = target == nat.ref or connectivity.lower() == "public"
                obstacle = "NAT without internet" if wrong else "unknown"
                why = (
                    f"{nat.address} stands in {self.system.show(subnet)}, which leads to a NAT gateway itself"
                )
                return Way(False if wrong else None, "NAT gateway", nat, obstacle, why)
        out = self.internet(subnet, True, nat=True)
        if connectivity.lower() == "private" and out.holds is not None:
            why = f"{nat.address} is a private NAT gateway, which leads to other networks only"
            return Way(False, "NAT gateway", nat, "private NAT", why)
        if out.holds is False:
            why = (
                f"{nat.address} stands in {self.system.show(subnet)}, from where nothing gets out: {out.why}"
            )
            known = out.obstacle in ("gateway not attached", "public access blocked")
            return Way(False, "NAT gateway", nat, out.obstacle if known else "NAT without internet", why)
        if has_unknown(connectivity):
            return Way(None, "NAT gateway", nat, "unknown", self._why(connectivity, ""))
        return Way(out.holds, "NAT gateway", nat, None if out.holds else "unknown", out.why)

    def _through_regional_nat(self, nat: Resource) -> Way:
        vpc = nat.get("VpcId")
        attached = self.has_internet_gateway(vpc)
        if attached is False:
            why = f"no internet gateway is attached to {self.system.show(vpc)}, the VPC of {nat.address}"
            return Way(False, "regional NAT gateway", nat, "gateway not attached", why)
        why = "" if attached else f"whether {self.system.show(vpc)} has an internet gateway is not known"
        way = Way(attached, "regional NAT gateway", nat, None if attached else "unknown", why)
        return self._unblocked(way, vpc, None, nat=True)

    def _unblocked(self, way: Way, vpc: Value | None, subnet: Value | None, *, nat: bool) -> Way:
        """Give a way as Block Public Access of the account leaves it.

        `block-ingress` lets through what NAT gateways and egress-only gateways began.
        """
        modes = [as_text(options.get("InternetGatewayBlockMode")) for options in self.system.of(_BLOCK)]
        stopping = ("block-bidirectional",) if nat else ("block-bidirectional", "block-ingress")
        blocked = any_of(same(mode, stop) for mode in modes for stop in stopping)
        spared = any_of(
            same(exclusion.get(name), value)
            for exclusion in self.system.of(_EXCLUSION)
            for name, value in (("VpcId", vpc), ("SubnetId", subnet))
            if value is not None and exclusion.get(name) is not None
        )
        stopped = all_of([blocked, negation(spared)])
        if stopped is False or way.holds is False:
            return way
        why = (
            "Block Public Access of the account is on, and neither the VPC nor the subnet is excluded from it"
        )
        if stopped:
            return Way(False, "internet gateway", way.by, "public access blocked", why)
        return Way(None, way.kind, way.by, "unknown", "whether Block Public Access is on is not known")


_BLOCK: Final = "EC2::VPCBlockPublicAccessOptions"
_EXCLUSION: Final = "EC2::VPCBlockPublicAccessExclusion"
_HALVES: Final = {"ipv4": ("0.0.0.0/1", "128.0.0.0/1"), "ipv6": ("::/1", "8000::/1")}
_ELSEWHERE: Final = {
    "TransitGatewayId": "transit gateway",
    "CoreNetworkArn": "core network",
    "VpcEndpointId": "Gateway Load Balancer endpoint",
    "NetworkInterfaceId": "network interface",
    "InstanceId": "instance",
    "VpcPeeringConnectionId": "peering connection",
    "CarrierGatewayId": "carrier gateway",
    "LocalGatewayId": "local gateway",
}


def _torn(first: Way, second: Way) -> Way:
    """Give what is known where one half of the internet is reached and the other is not."""
    lost = first if first.holds is False else second
    return Way(None, lost.kind, lost.by, "unknown", f"one half of the internet is out of reach: {lost.why}")


def _may_be_public(block: Value, family: Family) -> bool:
    """Say whether a block may hold public addresses."""
    if has_symbol(block):
        return has_unknown(block)
    try:
        found = ipaddress.ip_network(as_text(block), strict=False)
    except ValueError:
        return True
    return f"ipv{found.version}" == family and not found.is_private


def _destination(route: Resource, family: Family) -> Value:
    name = "DestinationCidrBlock" if family == "ipv4" else "DestinationIpv6CidrBlock"
    return route.get(name)


def _leads_everywhere(destination: Value) -> bool:
    """Say whether a route takes what no other takes; half of all addresses counts as such too.

    >>> _leads_everywhere("0.0.0.0/0"), _leads_everywhere("10.0.0.0/8"), _leads_everywhere(None)
    (True, False, False)
    """
    if destination is None or has_symbol(destination):
        return False
    try:
        return ipaddress.ip_network(as_text(destination), strict=False).prefixlen <= 1
    except ValueError:
        return False
