"""The router of the VPC: the bridges of its subnets, its route tables, its ACLs and its internet gateway."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Final

from private_fargate.fabric.linux import borders
from private_fargate.fabric.linux.chains import Chain, Rule
from private_fargate.fabric.linux.matching import addressed, of_version_4, one_of
from private_fargate.fabric.linux.routing import tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from ipaddress import IPv4Address

    from private_fargate.fabric.linux.layout import Layout

_ROUTES_FIRST: Final = -10
_GATEWAY_LAST: Final = 20
_BEFORE_ROUTING: Final = -150
_AT_THE_END: Final = 100


def links(layout: Layout) -> str:
    """Return all links of the router, with their far ends in the other namespaces, and its routes."""
    return "".join(
        [
            "link set lo up\n",
            *_bridges(layout),
            *_ports(layout),
            *_lines(layout),
            *(f"address add {each}/32 dev lo\n" for each in layout.resolver_addresses),
            *(each.text() for each in tables(layout)),
        ]
    )


def _bridges(layout: Layout) -> Iterator[str]:
    for subnet in layout.subnets:
        bridge = layout.bridges[subnet.id]
        # The first address is that of AWS's router.
        # Source: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
        yield f"link add {bridge} type bridge\n"
        yield f"address add {subnet.block[1]}/{subnet.block.prefixlen} dev {bridge}\nlink set {bridge} up\n"


def _ports(layout: Layout) -> Iterator[str]:
    for each in layout.interfaces:
        port, bridge = layout.ports[each.id], layout.bridges[each.subnet_id]
        yield f"link add {port} type veth peer name eth0 netns {each.id}\n"
        yield f"link set {port} master {bridge} up\n"


def _lines(layout: Layout) -> Iterator[str]:
    for line in layout.lines:
        yield f"link add {line.link} type veth peer name eth0 netns {line.space}\n"
        yield f"address add {line.near}/31 dev {line.link}\nlink set {line.link} up\n"


def chains(layout: Layout) -> list[Chain]:
    """Return the rules of the router; it remembers no connection."""
    routes = (rule for each in tables(layout) for rule in each.drops())
    return [
        Chain(name="routes", hook="forward", priority=_ROUTES_FIRST, rules=tuple(routes)),
        *borders.chains(layout),
        *_internet_gateway(layout),
        *_own(layout),
    ]


def _internet_gateway(layout: Layout) -> Iterator[Chain]:
    """Yield what the internet gateway does: it translates one to one, and drops what it has no address for.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
    """
    if layout.gateway is None:
        return
    key = layout.gateway.id
    pairs = layout.public_addresses()
    others = {address for each in layout.regional_addresses.values() for address in each.values()}
    enters = tuple(_translation("iifname internet", "daddr", {public: own for own, public in pairs.items()}))
    leaves = tuple(_translation("oifname internet", "saddr", pairs))
    yield Chain(
        name="from-internet",
        hook="prerouting",
        priority=_BEFORE_ROUTING,
        rules=(
            Rule(
                match=_none_of("iifname internet", "daddr", [*pairs.values(), *others]),
                verdict="drop",
                comment=f"{key} nobody's address",
                meaning=f"internet gateway {key}: nothing in the VPC has this public address",
            ),
            *enters,
        ),
    )
    yield Chain(
        name="to-internet",
        hook="forward",
        priority=_GATEWAY_LAST,
        rules=(
            Rule(
                match=_none_of("oifname internet", "saddr", [*pairs, *others]),
                verdict="drop",
                comment=f"{key} no public address",
                meaning=f"internet gateway {key}: the sender has no public address",
            ),
            Rule(
                match="oifname internet",
                verdict="accept",
                comment=f"{key} out",
                meaning=f"internet gateway {key}: the sender has a public address, by which it goes out",
            ),
            Rule(
                match="iifname internet",
                verdict="accept",
                comment=f"{key} in",
                meaning=f"internet gateway {key}: the public address belongs to something in the VPC",
            ),
        ),
    )
    yield Chain(name="translation", hook="postrouting", priority=_AT_THE_END, rules=leaves)


def _none_of(link: str, field: str, addresses: Iterable[IPv4Address]) -> str:
    blocks = of_version_4(IPv4Network(each) for each in addresses)
    if not blocks:
        return link
    return f"{link} {addressed('saddr' if field == 'saddr' else 'daddr', blocks, other=True)}"


def _translation(link: str, field: str, pairs: Mapping[IPv4Address, IPv4Address]) -> Iterator[Rule]:
    if pairs:
        mapping = ", ".join(f"{before} : {after}" for before, after in sorted(pairs.items()))
        yield Rule(match=f"{link} ip {field} set ip {field} map {{ {mapping} }}", verdict="")


def _own(layout: Layout) -> Iterator[Chain]:
    """Yield what the router itself does: nothing but to resolve names, and it complains about nothing."""
    yield Chain(
        name="to-router",
        hook="input",
        drops=True,
        rules=(
            *_questions(layout),
            Rule(
                match="",
                verdict="drop",
                comment="router in",
                meaning="the packet is for the router of the VPC, which answers nothing but DNS",
            ),
        ),
    )
    yield Chain(
        name="from-router",
        hook="output",
        drops=True,
        rules=(
            Rule(
                match="meta l4proto { tcp, udp } th sport 53",
                verdict="accept",
                comment="resolver out",
                meaning="the resolver of the VPC answers",
            ),
            Rule(
                match="",
                verdict="drop",
                comment="router out",
                meaning="the router of the VPC tells nobody that it cannot deliver",
            ),
        ),
    )


def _questions(layout: Layout) -> Iterator[Rule]:
    if layout.bridges and layout.network.vpc.has_dns_support:
        addresses = addressed("daddr", of_version_4(IPv4Network(each) for each in layout.resolver_addresses))
        names = one_of(layout.bridges.values())
        yield Rule(
            match=f"iifname {names} {addresses} meta l4proto {{ tcp, udp }} th dport 53",
            verdict="accept",
            comment="resolver in",
            meaning="DNS to the resolver of the VPC, which no network ACL and no security group filters",
        )
