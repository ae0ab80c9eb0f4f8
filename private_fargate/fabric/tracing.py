"""The way of one packet: sent from somewhere in the network, and followed through all that judges it."""

from __future__ import annotations

import errno
import random
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Final

from private_fargate.fabric import namespaces
from private_fargate.fabric.linux import INTERNET, ROUTER
from private_fargate.fabric.parts.places import Listed
from private_fargate.fabric.targets import understood
from private_fargate.fabric.watching import Sight, sights, watched

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from private_fargate.fabric.building import Fabric
    from private_fargate.fabric.linux import Plan
    from private_fargate.fabric.model import Network

_PASSING_BY: Final = "same subnet"  # with which the comments of such rules begin
_PATIENCE: Final = 1.5  # seconds: the opening packet and one repetition
_PORTS: Final = (40000, 59999)  # from which packets are sent, so that no other traffic is meant


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A rule that judged the packet: `accept` or `drop`, and what it stands for in AWS."""

    verdict: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """A place to which the packet came, or its answer on the way back."""

    place: str
    is_reply: bool
    rules: tuple[Ruling, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The way of a packet, and of the answer to it.

    Attributes:
        found: how the target's name was understood, a sentence each.
        connected: whether an answer came back.
        outcome: the same in a sentence.
    """

    source: str
    target: str
    found: tuple[str, ...]
    hops: tuple[Hop, ...]
    connected: bool
    outcome: str


def trace(fabric: Fabric, source: str, target: str, port: int | None = None) -> Way:
    """Send a packet that opens a connection, and follow it.

    Args:
        fabric: the network.
        source: who sends it, by name.
        target: somebody in the network by name, the short name of an endpoint, a host name or an address.
        port: of TCP; None for what listens at the target.

    Raises:
        FabricError: a name means nothing here; the text says what does.
    """
    sender = fabric.find(source)
    aim = understood(fabric, sender, target, port)
    if aim.address is None:
        outcome = f"no packet was sent: {target} has no address that {source} could find"
        return Way(source=source, target=target, found=aim.found, hops=(), connected=False, outcome=outcome)
    chosen = random.randint(*_PORTS)  # noqa: S311 -- any will do
    with watched([space.name for space in fabric.plan.spaces], chosen) as lines:
        error = namespaces.within(
            sender.interface_id, lambda: _connect(sender.address, chosen, str(aim.address), aim.port)
        )
    seen = [sight for space, told in lines.items() for sight in sights(space, told, chosen) if _counts(sight)]
    hops = tuple(_hop(fabric, sight) for sight in _in_order(seen, sender.interface_id, _gateways(fabric)))
    outcome = _outcome(error, f"{aim.address}:{aim.port}")
    return Way(
        source=source,
        target=target,
        found=aim.found,
        hops=hops,
        connected=error == 0,
        outcome=outcome,
    )


def _counts(sight: Sight) -> bool:
    """Say whether a packet really came there: on some kernels one within a subnet passes by the router."""
    rules = sight.rules
    return not (sight.space == ROUTER and rules and all(each.startswith(_PASSING_BY) for each, _ in rules))


def _connect(own: IPv4Address, own_port: int, address: str, port: int) -> int:
    """Open a connection from a port of one's own; return the number of the error, 0 if it opened."""
    with socket.socket() as client:
        client.settimeout(_PATIENCE)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        client.bind((str(own), own_port))
        try:
            client.connect((address, port))
        except TimeoutError:
            return errno.ETIMEDOUT
        except OSError as error:
            return error.errno or errno.EIO
    return 0


def _outcome(error: int, where: str) -> str:
    if error == 0:
        return f"connected to {where}"
    if error == errno.ECONNREFUSED:
        return f"{where} answered that nothing listens there"
    if error == errno.ETIMEDOUT:
        return f"no answer from {where}: the packet or its answer was dropped, and nobody was told"
    return f"{where}: {errno.errorcode.get(error, error)}"


def _in_order(seen: Iterable[Sight], start: str, gateways: Collection[str]) -> Iterator[Sight]:
    """Yield the sights in the order of the way: there first, and then back.

    The monitors of the namespaces share no clock.  But a packet goes from its sender by a NAT gateway, if by
    any, to its target, its answer goes back the same way, and the router is between any two of them.
    """
    for is_reply in (False, True):
        there = [each for each in seen if each.is_reply == is_reply]
        others = [each for each in there if each.space != ROUTER]
        others.sort(key=lambda each: _distance(each.space, start, gateways), reverse=is_reply)
        yield from _alternating(others, [each for each in there if each.space == ROUTER])


def _distance(space: str, start: str, gateways: Collection[str]) -> int:
    if space == start:
        return 0
    return 1 if space in gateways else 2


def _alternating(others: list[Sight], passages: list[Sight]) -> Iterator[Sight]:
    while others or passages:
        if others:
            yield others.pop(0)
        if passages:
            yield passages.pop(0)


def _gateways(fabric: Fabric) -> set[str]:
    """Return the namespaces of the NAT gateways: a zonal one is where its interface is."""
    gateways = fabric.network.nat_gateways
    return set(gateways) | {
        each.interface_id for one in gateways.values() for each in one.addresses if each.interface_id
    }


def _hop(fabric: Fabric, sight: Sight) -> Hop:
    return Hop(
        place=_place(fabric, sight),
        is_reply=sight.is_reply,
        rules=(*_routing(fabric.network, sight), *_rulings(fabric.plan, sight)),
    )


def _place(fabric: Fabric, sight: Sight) -> str:
    flow = f"{sight.source} -> {sight.target}"
    if sight.space == ROUTER:
        return f"the router of the VPC, {flow}"
    person = next((each for each in fabric.people.values() if each.interface_id == sight.space), None)
    return f"{person.name if person else _title(fabric, sight.space)}, {flow}"


def _title(fabric: Fabric, space: str) -> str:
    """Return what a namespace is for, in which nobody lives."""
    interface = fabric.network.interfaces.get(space)
    owner = interface.owner.id if interface and interface.owner else space
    if owner in fabric.network.endpoints:
        return f"the endpoint {owner} of {fabric.network.endpoints[owner].service_name}"
    if owner in fabric.network.nat_gateways:
        return f"the NAT gateway {owner}"
    return f"the {space}" if space == INTERNET else space


def _rulings(plan: Plan, sight: Sight) -> Iterator[Ruling]:
    meanings: Mapping[str, str] = plan.meanings
    for comment, verdict in sight.rules:
        yield Ruling(verdict=verdict, meaning=meanings.get(comment, comment))


def _routing(network: Network, sight: Sight) -> Iterator[Ruling]:
    """Yield the route that led a packet on, which is no rule of a filter and so has no comment."""
    target = IPv4Address(sight.target)
    subnet = network.subnet_of(IPv4Address(sight.source))
    if sight.space != ROUTER or subnet is None or target in subnet.block:
        return
    table = network.route_table_of(subnet.id)
    matching = [
        (block.prefixlen, route)
        for route in table.routes
        for block in network.blocks_of(route.destination)
        if block.version == target.version and target in block
    ]
    if not matching:
        yield Ruling(verdict="drop", meaning=f"route table {table.id} has no route to {target}")
        return
    _, route = max(matching, key=lambda pair: pair[0])
    if not route.is_blackhole:
        way = f"{route.target} {route.target_id}" if route.target_id else route.target
        where = (
            route.destination
            if not isinstance(route.destination, Listed)
            else route.destination.prefix_list_id
        )
        yield Ruling(verdict="accept", meaning=f"route table {table.id}: {where} by {way}")
