"""Where each route of a route table leads on Linux.

The kernel chooses the longest prefix, as AWS does.  What leads nowhere is sent to the loopback of the router,
where a rule drops it: so it is told by a comment, and nobody gets an ICMP message about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Final

from private_fargate.fabric.linux.chains import Rule
from private_fargate.fabric.linux.layout import AVAILABLE
from private_fargate.fabric.linux.matching import EVERYWHERE, one_of
from private_fargate.fabric.parts.places import Listed, Route, RouteTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.fabric.linux.layout import Layout, Line
    from private_fargate.fabric.parts.places import Interface

NOWHERE: Final = "lo"

_FIRST_TABLE: Final = 1000
_FROM_OUTSIDE: Final = 900  # number of the table for what comes from gateways and endpoints
_PRIORITY: Final = 100  # of the first `ip rule`: after the addresses of the router itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A route of the kernel.

    Attributes:
        link: of the router.
        via: the next address; None if the destination is on the link.
        why: of what leads nowhere, the reason; a clause after the route itself.
    """

    destination: IPv4Network
    link: str
    via: IPv4Address | None = None
    why: str = ""

    def text(self, table: int) -> str:
        """Return the line for `ip -batch`."""
        via = f" via {self.via}" if self.via else ""
        onlink = " onlink" if self.via else ""
        return f"route add {self.destination}{via} dev {self.link}{onlink} table {table}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """A table of the kernel, and the links whose packets look into it."""

    number: int
    table_id: str
    links: tuple[str, ...]
    ways: tuple[Way, ...]

    def text(self) -> str:
        """Return the lines for `ip -batch`."""
        rules = "".join(
            f"rule add priority {_PRIORITY + self.number} iif {link} lookup {self.number}\n"
            for link in self.links
        )
        return rules + "".join(way.text(self.number) for way in self.ways)

    def drops(self) -> Iterator[Rule]:
        """Yield the rules for what leads nowhere, the longest prefix first."""
        origin = f"iifname {one_of(self.links)} oifname {NOWHERE}"
        for way in sorted(self.ways, key=lambda each: -each.destination.prefixlen):
            if way.link == NOWHERE:
                is_all = way.destination == EVERYWHERE
                yield Rule(
                    match=origin if is_all else f"{origin} ip daddr {way.destination}",
                    verdict="drop",
                    comment=f"{self.table_id} {way.destination}",
                    meaning=f"route table {self.table_id}: {way.why}",
                )


def tables(layout: Layout) -> tuple[Ways, ...]:
    """Return the tables of the router: one for each route table in use, one for what comes from outside."""
    network = layout.network
    by_table: dict[str, list[str]] = {}
    for subnet in layout.subnets:
        by_table.setdefault(subnet.route_table_id, []).append(layout.bridges[subnet.id])
    found: dict[str, RouteTable] = {key: network.route_tables[key] for key in by_table}
    for gateway_id, line in layout.regional.items():
        table = _table_of_regional(layout, gateway_id)
        found[table.id] = table
        by_table.setdefault(table.id, []).append(line.link)
    outside = _from_outside(layout)
    inside = (
        Ways(number=number, table_id=key, links=tuple(by_table[key]), ways=ways_of(layout, found[key]))
        for number, key in enumerate(sorted(found), start=_FIRST_TABLE)
    )
    return (*([outside] if outside.links else []), *inside)


def _table_of_regional(layout: Layout, gateway_id: str) -> RouteTable:
    """Return the route table of a regional NAT gateway; if EC2 does not show it, as AWS makes it.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html
    """
    shown = layout.network.nat_gateways[gateway_id].route_table_id
    if shown is not None and shown in layout.network.route_tables:
        return layout.network.route_tables[shown]
    out = Route(
        destination=EVERYWHERE,
        target="internet gateway",
        target_id=layout.gateway.id if layout.gateway else None,
        is_blackhole=layout.gateway is None,
    )
    return RouteTable(id=f"{gateway_id} routes", is_main=False, routes=(out,))


def _from_outside(layout: Layout) -> Ways:
    """Return how packets go on that come from gateways and endpoints: to a subnet, or back to a NAT."""
    lines = [*([layout.internet] if layout.internet else []), *layout.endpoints.values()]
    ways = [Way(destination=each.block, link=layout.bridges[each.id]) for each in layout.subnets]
    for gateway_id, line in layout.regional.items():
        addresses = sorted(set(layout.regional_addresses[gateway_id].values()))
        ways += (Way(destination=IPv4Network(each), link=line.link, via=line.far) for each in addresses)
    ways.append(
        Way(destination=EVERYWHERE, link=NOWHERE, why="only what is in the VPC is reached from outside")
    )
    return Ways(
        number=_FROM_OUTSIDE,
        table_id="from outside",
        links=tuple(each.link for each in lines),
        ways=tuple(ways),
    )


def ways_of(layout: Layout, table: RouteTable) -> tuple[Way, ...]:
    """Return where the routes of a table lead, in the order of their destinations."""
    routes = _by_destination(layout, table)
    ways = {destination: _way(layout, destination, route) for destination, route in routes.items()}
    for subnet in layout.subnets:
        if _longest(routes, subnet.block).target == "local":
            ways[subnet.block] = Way(destination=subnet.block, link=layout.bridges[subnet.id])
    ways.setdefault(
        EVERYWHERE, Way(destination=EVERYWHERE, link=NOWHERE, why="no route is about this destination")
    )
    return tuple(ways[destination] for destination in sorted(ways))


def _by_destination(layout: Layout, table: RouteTable) -> dict[IPv4Network, Route]:
    """Return one route for each destination: a single one before those of a prefix list.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
    """
    found: dict[IPv4Network, Route] = {}
    for route in sorted(table.routes, key=lambda each: isinstance(each.destination, Listed)):
        of_list = isinstance(route.destination, Listed)
        for block in layout.network.blocks_of(route.destination) if of_list else (route.destination,):
            if isinstance(block, IPv4Network):
                found.setdefault(block, route)
    for block in layout.network.vpc.blocks:
        found.setdefault(block, Route(destination=block, target="local", target_id=None, is_blackhole=False))
    return found


def _longest(routes: Mapping[IPv4Network, Route], block: IPv4Network) -> Route:
    """Return the route by which a whole block goes: one about the VPC is always among them."""
    return routes[max((each for each in routes if block.subnet_of(each)), key=lambda each: each.prefixlen)]


def _way(layout: Layout, destination: IPv4Network, route: Route) -> Way:
    if route.target == "local":
        return Way(
            destination=destination, link=NOWHERE, why=f"{destination} is local, and no subnet is there"
        )
    reached = "its target is gone" if route.is_blackhole else _target(layout, route)
    if isinstance(reached, Way):
        return Way(destination=destination, link=reached.link, via=reached.via)
    return Way(
        destination=destination,
        link=NOWHERE,
        why=f"{destination} leads to {route.target} {route.target_id or ''}, but {reached}".replace(
            " ,", ","
        ),
    )


def _target(layout: Layout, route: Route) -> Way | str:
    """Return the way to a target, or why there is none."""
    target_id = route.target_id or ""
    if route.target == "internet gateway":
        is_ours = layout.gateway is not None and layout.gateway.id == target_id
        return _along(layout.internet if is_ours else None) or "it is not attached to the VPC"
    if route.target == "endpoint":
        return _along(layout.endpoints.get(target_id)) or "it is no gateway endpoint that is available"
    if route.target == "NAT gateway":
        return _to_nat_gateway(layout, target_id)
    if route.target == "interface":
        interface = layout.network.interfaces.get(target_id)
        if interface is None or target_id not in layout.ports:
            return "nothing that runs is attached to it"
        return _to(layout, interface)
    return "what is behind it is not part of this network"


def _to_nat_gateway(layout: Layout, gateway_id: str) -> Way | str:
    gateway = layout.network.nat_gateways.get(gateway_id)
    if gateway is None or gateway.state != AVAILABLE:
        return "it is not available"
    if gateway.mode == "regional":
        return _along(layout.regional.get(gateway_id)) or "it is not public"
    interface = layout.interface_of(gateway_id)
    return _to(layout, interface) if interface else "it has no network interface"


def _along(line: Line | None) -> Way | None:
    return Way(destination=EVERYWHERE, link=line.link, via=line.far) if line else None


def _to(layout: Layout, interface: Interface) -> Way:
    return Way(destination=EVERYWHERE, link=layout.bridges[interface.subnet_id], via=interface.address)
