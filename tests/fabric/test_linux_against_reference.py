"""Networks drawn from a seed: packets go where a judgement on paper, written by itself, says they go.

The judgement walks route tables, network ACLs and security groups one packet at a time and knows nothing of
Linux.  `FABRIC_SEEDS=100-200` draws others than those of every day.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network
from random import Random
from typing import TYPE_CHECKING

import pytest
from handmade import ANYWHERE, EVERYTHING, Handmade, entry, route, rule, tcp
from packets import Attempt, Experiment, Listener, send

from private_fargate.fabric.linux import plan
from private_fargate.fabric.parts.filters import Members

if TYPE_CHECKING:
    from private_fargate.fabric.model import Network
    from private_fargate.fabric.parts.filters import Traffic
    from private_fargate.fabric.parts.places import Block, Interface, Route

pytestmark = pytest.mark.fabric

OUTSIDE = IPv4Address("93.184.216.34")
VISITOR = IPv4Address("192.0.2.1")
PORTS = (80, 81)


@dataclass(frozen=True)
class Packet:
    source: IPv4Address
    target: IPv4Address
    from_port: int
    port: int
    is_reply: bool = False


class Paper:
    """The judgement on paper."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.at = {each.address: each for each in network.interfaces.values()}
        self.waiting: dict[int, Interface] = {}
        self.by_public = {each.public_address: each for each in self.at.values() if each.public_address}

    def answer(self, packet: Packet) -> str:
        """Return who answers and whom it saw; empty if nobody does."""
        there = self.arrive(packet)
        if there is None:
            return ""
        back = Packet(there.target, there.source, packet.port, packet.from_port, is_reply=True)
        if there.target in self.at:
            name, found = self.at[there.target].id, self.leave(back, self.at[there.target])
        else:
            name, found = "internet", self.enter(back)
        # Who called gets nothing from an answer that comes from another address.
        is_answer = found is not None and found.source == packet.target
        return f"{name} saw {there.source}" if is_answer else ""

    def arrive(self, packet: Packet) -> Packet | None:
        """Return the packet as its target sees it; None if it gets lost."""
        sender = self.at.get(packet.source)
        return self.leave(packet, sender) if sender else self.enter(packet)

    def enter(self, packet: Packet) -> Packet | None:
        """Come from the internet: to whom has the address, or to a NAT gateway that waits for it."""
        own = self.by_public.get(packet.target)
        if own is None:
            return None
        inside = replace(packet, target=own.address)
        if not self.acl(own.subnet_id, "in", inside):
            return None
        if not self.is_nat(own):
            return inside if self.group(own, "in", inside) else None
        sender = self.waiting.get(packet.port) if packet.is_reply else None
        if sender is None:
            return None
        last = replace(packet, target=sender.address)
        crosses = own.subnet_id != sender.subnet_id
        passes = self.acl(own.subnet_id, "out", last) and self.acl(sender.subnet_id, "in", last)
        return last if passes or not crosses else None

    def leave(self, packet: Packet, sender: Interface) -> Packet | None:
        """Go out of an interface."""
        if not self.group(sender, "out", packet):
            return None
        receiver = self.at.get(packet.target)
        if receiver and receiver.subnet_id == sender.subnet_id:
            return packet if self.group(receiver, "in", packet) else None
        found = self.route(sender.subnet_id, packet.target)
        if found is None or found.is_blackhole:
            return None
        if found.target == "NAT gateway":
            return self.translate(packet, sender, f"eni-{found.target_id}")
        return self.cross(packet, sender, found) if self.acl(sender.subnet_id, "out", packet) else None

    def cross(self, packet: Packet, sender: Interface, found: Route) -> Packet | None:
        """Go on from the border of a subnet: into another one, or to the internet."""
        receiver = self.at.get(packet.target)
        if found.target == "local" and receiver:
            passes = self.acl(receiver.subnet_id, "in", packet) and self.group(receiver, "in", packet)
            return packet if passes else None
        if found.target == "internet gateway" and sender.public_address:
            return replace(packet, source=sender.public_address)
        return None

    def translate(self, packet: Packet, sender: Interface, interface_id: str) -> Packet | None:
        """Go through a NAT gateway, which remembers from which port."""
        nat = self.network.interfaces[interface_id]
        if nat.subnet_id != sender.subnet_id:
            passes = self.acl(sender.subnet_id, "out", packet) and self.acl(nat.subnet_id, "in", packet)
            if not passes:
                return None
        onward = replace(packet, source=nat.address)
        found = self.route(nat.subnet_id, packet.target)
        if found is None or found.target != "internet gateway" or nat.public_address is None:
            return None
        if not self.acl(nat.subnet_id, "out", onward):
            return None
        self.waiting[packet.from_port] = sender
        return replace(packet, source=nat.public_address)

    def is_nat(self, interface: Interface) -> bool:
        return interface.owner is not None and interface.owner.kind == "NAT gateway"

    def route(self, subnet_id: str, target: IPv4Address) -> Route | None:
        """Return the route with the longest prefix."""
        best: Route | None = None
        length = -1
        for each in self.network.route_table_of(subnet_id).routes:
            block = each.destination
            if isinstance(block, IPv4Network) and target in block and block.prefixlen > length:
                best, length = each, block.prefixlen
        return best

    def acl(self, subnet_id: str, direction: str, packet: Packet) -> bool:
        for each in self.network.acls[self.network.subnets[subnet_id].acl_id].entries:
            peer = packet.source if direction == "in" else packet.target
            if each.direction == direction and peer in each.block and covers(each.traffic, packet.port):
                return each.allows
        return False

    def group(self, interface: Interface, direction: str, packet: Packet) -> bool:
        if packet.is_reply or not interface.group_ids:
            return True
        peer = packet.source if direction == "in" else packet.target
        return any(
            each.direction == direction and covers(each.traffic, packet.port) and self.means(each.peer, peer)
            for key in interface.group_ids
            for each in self.network.groups[key].rules
        )

    def means(self, peer: Block | object, address: IPv4Address) -> bool:
        if isinstance(peer, Members):
            members = self.network.interfaces.values()
            return any(peer.group_id in each.group_ids and each.address == address for each in members)
        assert isinstance(peer, IPv4Network)
        return address in peer


def covers(traffic: Traffic, port: int) -> bool:
    return traffic.protocol == "any" or (
        traffic.protocol == "tcp" and (traffic.ports is None or traffic.ports[0] <= port <= traffic.ports[1])
    )


def draw(seed: int) -> Handmade:
    """Return a network of three subnets, a NAT gateway in the first; each rule may be narrow."""
    chance = Random(seed)  # noqa: S311 -- the same networks every time
    made = Handmade()
    if chance.random() < 0.9:
        made.internet_gateway()
    blocks = ["10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"]
    ways = (
        route(ANYWHERE, "internet gateway", "igw-1", gone="igw-1" not in made.internet_gateways),
        route(ANYWHERE, "NAT gateway", "nat-1"),
    )
    halves = (
        route("10.0.0.0/8", "transit gateway", "tgw-1"),
        route("93.184.0.0/16", "transit gateway", "tgw-1"),
    )
    for number, block in enumerate(blocks):
        default = ways[0] if number == 0 and chance.random() < 0.9 else chance.choice(ways)
        more = [default] if chance.random() < 0.9 else []
        made.table(f"rtb-{number}", *more, *(each for each in halves if chance.random() < 0.1))
        _draw_acl(chance, made, number, blocks)
        made.subnet(f"subnet-{number}", block, table=f"rtb-{number}", acl=f"acl-{number}")
    names = ["sg-0", "sg-1", "sg-2"]
    for name in names:
        peers = [ANYWHERE, "10.0.0.0/16", *blocks, *names]
        made.group(
            name,
            *(
                rule(side, _draw_traffic(chance, ports=(80, 81)), chance.choice(peers))
                for side in ("in", "out")
                for _ in range(chance.randint(1, 3))
            ),
        )
    for number in range(5):
        public = f"198.51.100.{10 + number}" if chance.random() < 0.5 else None
        groups = chance.sample(names, chance.randint(1, 2))
        subnet = chance.randrange(3)
        made.host(
            f"eni-{number}", f"subnet-{subnet}", f"10.0.{subnet + 1}.{10 + number}", *groups, public=public
        )
    made.zonal_nat("nat-1", "subnet-0", "10.0.1.9", "198.51.100.9", interface="eni-nat-1")
    return made


def _draw_traffic(chance: Random, ports: tuple[int, int]) -> Traffic:
    return chance.choice([EVERYTHING, tcp(ports[0]), tcp(*ports), tcp(1, 65535)])


def _draw_acl(chance: Random, made: Handmade, number: int, blocks: list[str]) -> None:
    """Add an ACL with a few narrow entries before one that is open, if there is such a one."""
    entries = [
        entry(
            position,
            side,
            _draw_traffic(chance, ports=chance.choice([(80, 81), (42000, 42020)])),
            chance.choice([ANYWHERE, *blocks]),
            allows=chance.random() < 0.6,
        )
        for side in ("in", "out")
        for position in range(chance.randint(0, 2))
    ]
    open_sides = [side for side in ("in", "out") if chance.random() < 0.9]
    entries += [entry(100, side, EVERYTHING, ANYWHERE) for side in open_sides]
    made.acl(f"acl-{number}", *entries)


def attempts_in(network: Network) -> list[tuple[Attempt, Packet]]:
    """Return an attempt from each host to each other one, and to and from the internet, on each port."""
    hosts = [each for each in network.interfaces.values() if each.id != "eni-nat-1"]
    wanted = [
        (each.id, each.address, other.address) for each in hosts for other in hosts if each is not other
    ]
    if network.internet_gateways:
        wanted += [(each.id, each.address, OUTSIDE) for each in hosts]
        public = [each.public_address for each in network.interfaces.values() if each.public_address]
        wanted += [("internet", VISITOR, address) for address in public]
    found: list[tuple[Attempt, Packet]] = []
    for port in PORTS:
        for space, source, target in wanted:
            from_port = 42000 + len(found)
            attempt = Attempt(space=space, to=str(target), port=port, source_port=from_port)
            found.append((attempt, Packet(source, target, from_port, port)))
    return found


def seeds() -> range:
    first, last = os.environ.get("FABRIC_SEEDS", "0-6").split("-")
    return range(int(first), int(last))


def test_packets_go_where_a_judgement_on_paper_says() -> None:
    networks = [draw(seed).network() for seed in seeds()]
    experiments: list[Experiment] = []
    for network in networks:
        planned = plan(network)
        spaces = [each.name for each in planned.spaces if each.name not in {"router", "eni-nat-1"}]
        experiments.append(
            Experiment(
                plan=planned,
                listeners=[Listener(space=name, port=port) for name in spaces for port in PORTS],
                attempts=[attempt for attempt, _ in attempts_in(network)],
            )
        )
    outcomes = send(*experiments)
    reached = 0
    for seed, network, outcome in zip(seeds(), networks, outcomes, strict=True):
        for (attempt, packet), answer in zip(attempts_in(network), outcome.answers, strict=True):
            expected = Paper(network).answer(packet) or "silence"
            assert answer == expected, (seed, attempt)
            reached += answer != "silence"
    total = sum(len(each.answers) for each in outcomes)
    assert 0.1 * total < reached < 0.9 * total
