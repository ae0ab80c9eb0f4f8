"""Network interfaces: their addresses, the check of addresses, and their security groups."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Final

from private_fargate.fabric.linux.chains import Chain, Rule
from private_fargate.fabric.linux.matching import LINK_LOCAL, addressed, describe, match, of_version_4
from private_fargate.fabric.parts.filters import Members
from private_fargate.fabric.parts.places import Listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.fabric.linux.chains import Hook
    from private_fargate.fabric.linux.layout import Layout
    from private_fargate.fabric.parts.filters import Direction, GroupRule, Peer, SecurityGroup
    from private_fargate.fabric.parts.places import Interface

_BEFORE_CONNECTIONS: Final = -300  # priority: connections are not tracked yet
_SOURCE_TRANSLATION: Final = 100

_REPLY: Final = Rule(
    match="ct state established,related",
    verdict="accept",
    comment="sg reply",
    meaning="the packet belongs to a connection that a security group let through, which needs no rule again",
)


def links(layout: Layout, interface: Interface) -> str:
    """Return the far end of the port of an interface: its address, and the router as the way to others."""
    block = layout.network.subnets[interface.subnet_id].block
    return (
        f"link set lo up\naddress add {interface.address}/{block.prefixlen} dev eth0\nlink set eth0 up\n"
        f"route add default via {block[1]}\n"
    )


def passes_on(interface: Interface) -> bool:
    """Say whether packets go through it that are for others: as a router, or as a NAT instance.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/work-with-nat-instances.html
    """
    return not interface.checks_addresses


def chains(layout: Layout, interface: Interface) -> list[Chain]:
    """Return the rules at an interface; without a security group, everything is allowed."""
    found = list(_through(layout, interface)) if passes_on(interface) else list(_checks(interface))
    if interface.group_ids:
        found += [
            _judges(layout, interface, "in", "input", 0),
            _judges(layout, interface, "out", "output", 0),
        ]
    return found


def _checks(interface: Interface) -> Iterator[Chain]:
    """Yield the check of addresses.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html
    """
    sides: tuple[tuple[Hook, str, str, str], ...] = (
        ("prerouting", "iifname", "daddr", "for"),
        ("output", "oifname", "saddr", "from"),
    )
    for hook, link, field, word in sides:
        rule = Rule(
            match=f"{link} eth0 ip {field} != {interface.address}",
            verdict="drop",
            comment=f"{interface.id} check {word}",
            meaning=f"source/destination check of {interface.id}: the packet is not {word} its own address",
        )
        yield Chain(name=f"check-{word}", hook=hook, priority=_BEFORE_CONNECTIONS, rules=(rule,))


def _through(layout: Layout, interface: Interface) -> Iterator[Chain]:
    """Yield the rules for what it passes on, of which it is taken to do what a NAT instance does.

    What runs on an instance is not in the model.  AWS says how to set up a NAT instance, and nothing else
    gets an answer from outside the VPC; within the VPC the packets stay as they are.
    """
    if interface.group_ids:
        yield _judges(layout, interface, "in", "forward", 0)
        yield _judges(layout, interface, "out", "forward", 10)
    outside = addressed("daddr", of_version_4(layout.network.vpc.blocks), other=True)
    rule = Rule(
        match=f"oifname eth0 {outside}",
        verdict=f"snat to {interface.address}",
        comment=f"{interface.id} translation",
        meaning=f"{interface.id} does not check addresses, and is taken for that of a NAT instance",
    )
    yield Chain(
        name="translation", hook="postrouting", priority=_SOURCE_TRANSLATION, translates=True, rules=(rule,)
    )


def _judges(layout: Layout, interface: Interface, direction: Direction, hook: Hook, priority: int) -> Chain:
    group_ids = sorted(interface.group_ids)
    known = [layout.network.groups[key] for key in group_ids if key in layout.network.groups]
    rules = [rule for group in known for rule in _rules(layout, group, direction)]
    names = ", ".join(_called(layout, group_id) for group_id in group_ids)
    last = Rule(
        match="",
        verdict="drop",
        comment=f"{interface.id} no rule {direction}",
        meaning=f"no rule of {names} allows this {direction} at {interface.id}",
    )
    name = f"{hook}-{direction}" if hook == "forward" else direction
    rules = (*_free(layout, direction, hook), _REPLY, *rules, last)
    return Chain(name=name, hook=hook, priority=priority, drops=True, rules=rules)


def _free(layout: Layout, direction: Direction, hook: Hook) -> Iterator[Rule]:
    """Yield the rules for what no security group filters."""
    if hook == "forward":
        return
    yield Rule(
        match=f"{'iifname' if direction == 'in' else 'oifname'} lo",
        verdict="accept",
        comment="loopback",
        meaning="the packet does not leave the machine",
    )
    field = "saddr" if direction == "in" else "daddr"
    port = "sport" if direction == "in" else "dport"
    resolvers = of_version_4(IPv4Network(each) for each in layout.resolver_addresses)
    yield Rule(
        match=f"{addressed(field, resolvers)} meta l4proto {{ tcp, udp }} th {port} 53",
        verdict="accept",
        comment=f"resolver {direction}",
        meaning="DNS with the resolver of the VPC, which no network ACL and no security group filters",
    )
    yield Rule(
        match=addressed(field, LINK_LOCAL),
        verdict="accept",
        comment=f"link-local {direction}",
        meaning="a service of AWS at a link-local address, which no security group filters",
    )


def _rules(layout: Layout, group: SecurityGroup, direction: Direction) -> Iterator[Rule]:
    for number, rule in enumerate(group.rules, start=1):
        matched = match(rule.traffic, direction, layout.network.blocks_of(rule.peer))
        if rule.direction == direction and matched is not None:
            yield Rule(
                match=matched,
                verdict="accept",
                comment=f"{group.id}#{number} {direction}",
                meaning=_meaning(layout, group, rule),
            )


def _meaning(layout: Layout, group: SecurityGroup, rule: GroupRule) -> str:
    preposition = "from" if rule.direction == "in" else "to"
    return (
        f"{_called(layout, group.id)}: {rule.direction}, {describe(rule.traffic)}, "
        f"{preposition} {_peer(layout, rule.peer)}"
    )


def _peer(layout: Layout, peer: Peer) -> str:
    if isinstance(peer, Members):
        return _called(layout, peer.group_id)
    if isinstance(peer, Listed):
        found = layout.network.prefix_lists.get(peer.prefix_list_id)
        return f"prefix list {found.name} ({found.id})" if found else f"prefix list {peer.prefix_list_id}"
    return str(peer)


def _called(layout: Layout, group_id: str) -> str:
    found = layout.network.groups.get(group_id)
    return f"security group {found.name} ({group_id})" if found else f"security group {group_id}"
