"""The way of one packet: sent from somewhere in the network, and followed through all that judges it."""

from __future__ import annotations

import errno
import random
import socket
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from typing import TYPE_CHECKING, Final

from private_fargate.aws.endpoint_names import PRIVATE_DNS_NAMES
from private_fargate.fabric import namespaces
from private_fargate.fabric.errors import FabricError
from private_fargate.fabric.linux import INTERNET, ROUTER
from private_fargate.fabric.names import suffix_of
from private_fargate.fabric.parts.places import Listed
from private_fargate.fabric.watching import Sight, sights, watched

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from private_fargate.fabric.building import Fabric
    from private_fargate.fabric.directory import Inhabitant
    from private_fargate.fabric.linux import Plan
    from private_fargate.fabric.model import Network
    from private_fargate.fabric.parts.places import Block, Route

_HTTP: Final = 80
_HTTPS: Final = 443
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    found: tuple[str, ...]
    address: IPv4Address | None
    port: int


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
    aim = _understood(fabric, sender, target, port)
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
    answered = error in {0, errno.ECONNREFUSED}
    outcome = _outcome(error, f"{aim.address}:{aim.port}")
    return Way(
        source=source,
        target=target,
        found=aim.found,
        hops=hops,
        connected=error == 0 and answered,
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


def _understood(fabric: Fabric, sender: Inhabitant, target: str, port: int | None) -> _Target:
    host, _, number = target.partition(":")
    port = port or (int(number) if number.isdecimal() else None)
    if host in fabric.people:
        return _somebody(fabric, host, port)
    address = _address(host)
    if address is not None:
        return _Target(found=(), address=address, port=port or _HTTPS)
    name = _host_name(fabric, host)
    if "." not in name:
        known = ", ".join(dict.fromkeys([*(each.name for each in fabric.people.values()), "ecr.api", "s3"]))
        message = f"{target}: no such target; name a host, an address, or one of {known}"
        raise FabricError(message)
    found = _resolved(sender, name)
    said = f"{name} is {', '.join(map(str, found)) or 'unknown to the resolver'}"
    return _Target(
        found=(said,),
        address=found[0] if found else None,
        port=port or (_HTTP if _is_private(fabric, name) else _HTTPS),
    )


def _is_private(fabric: Fabric, name: str) -> bool:
    """Say whether a name is that of a service in a namespace of the VPC, which speaks no TLS by itself."""
    return any(name.endswith(f".{each.name}") for each in fabric.network.namespaces.values())


def _somebody(fabric: Fabric, name: str, port: int | None) -> _Target:
    person = fabric.people[name]
    task = fabric.network.tasks.get(person.key)
    listens = [each.number for one in task.containers for each in one.ports] if task else []
    chosen = port or next(iter(listens), _HTTPS)
    return _Target(found=(f"{name} is {person.address}",), address=person.address, port=chosen)


def _address(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except AddressValueError:
        return None


def _host_name(fabric: Fabric, short: str) -> str:
    """Return the name by which a client calls a service of AWS; what is none stays as it is."""
    region, account, suffix = fabric.network.region, fabric.account, suffix_of(fabric.network.region)
    if short == "ecr.dkr":
        return f"{account}.dkr.ecr.{region}.{suffix}"
    if short == "s3":
        return f"prod-{region}-starport-layer-bucket.s3.{region}.{suffix}"
    pattern = PRIVATE_DNS_NAMES.get(short)
    return pattern.format(region=region, suffix=suffix).removeprefix("*.") if pattern else short


def _resolved(sender: Inhabitant, name: str) -> list[IPv4Address]:
    """Return what the resolver answers to somebody in the VPC, asked by the C library as by any program."""
    try:
        answer = namespaces.run(namespaces.entering(sender.interface_id, ["getent", "ahostsv4", name]))
    except FabricError:
        return []
    return [IPv4Address(each) for each in dict.fromkeys(line.split()[0] for line in answer.splitlines())]


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
        for block in _blocks(network, route)
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


def _blocks(network: Network, route: Route) -> tuple[Block, ...]:
    return network.blocks_of(route.destination)
