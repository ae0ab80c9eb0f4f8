"""NAT gateways: they let out, and let nothing in but what answers.

They pass on TCP, UDP and ICMP, answer nobody themselves, and have no security group.
Source: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html and
https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.fabric.linux.chains import Chain, Rule
from private_fargate.fabric.linux.matching import addressed, of_version_4

if TYPE_CHECKING:
    from collections.abc import Iterable
    from ipaddress import IPv4Address

    from private_fargate.fabric.linux.layout import Layout, Line

_SOURCE_TRANSLATION: Final = 100  # priority


def regional_links(line: Line) -> str:
    """Return the links of a regional NAT gateway."""
    return (
        f"link set lo up\naddress add {line.far}/31 dev eth0\nlink set eth0 up\n"
        f"route add default via {line.near} dev eth0 onlink\n"
    )


def zonal_chains(layout: Layout, gateway_id: str, address: IPv4Address) -> list[Chain]:
    """Return the rules of a NAT gateway in a subnet: all goes on from its private address."""
    translation = Rule(
        match="oifname eth0",
        verdict=f"snat to {address}",
        comment=f"{gateway_id} translation",
        meaning=f"NAT gateway {gateway_id}: the packet goes on from its address {address}",
    )
    return _chains(layout, gateway_id, [translation])


def regional_chains(layout: Layout, gateway_id: str) -> list[Chain]:
    """Return the rules of a regional NAT gateway: each zone has an address from which packets go on."""
    addresses = layout.regional_addresses[gateway_id]
    rules = [
        Rule(
            match=f"oifname eth0 ip saddr {subnet.block}",
            verdict=f"snat to {addresses.get(subnet.zone, addresses[''])}",
            comment=f"{gateway_id} {subnet.block}",
            meaning=(
                f"NAT gateway {gateway_id}: from {subnet.zone} the packet goes on from its address "
                f"{addresses.get(subnet.zone, addresses[''])}"
            ),
        )
        for subnet in layout.subnets
    ]
    return _chains(layout, gateway_id, rules)


def _chains(layout: Layout, gateway_id: str, translations: Iterable[Rule]) -> list[Chain]:
    nat = f"NAT gateway {gateway_id}:"
    inside = addressed("saddr", of_version_4(layout.network.vpc.blocks))
    silence = f"{nat} it answers nobody itself"
    through = (
        Rule(
            match="ct state established,related",
            verdict="accept",
            comment=f"{gateway_id} connection",
            meaning=f"{nat} the packet belongs to a connection that began in the VPC",
        ),
        Rule(
            match=f"{inside} meta l4proto {{ icmp, tcp, udp }} ct state new",
            verdict="accept",
            comment=f"{gateway_id} out",
            meaning=f"{nat} the packet begins a connection, from the VPC",
        ),
        _drop(
            f"{gateway_id} no connection", f"{nat} the packet belongs to no connection that began in the VPC"
        ),
    )
    return [
        Chain(name="in", hook="input", drops=True, rules=(_drop(f"{gateway_id} for itself", silence),)),
        Chain(name="out", hook="output", drops=True, rules=(_drop(f"{gateway_id} by itself", silence),)),
        Chain(name="through", hook="forward", drops=True, rules=through),
        Chain(
            name="translation",
            hook="postrouting",
            priority=_SOURCE_TRANSLATION,
            translates=True,
            rules=tuple(translations),
        ),
    ]


def _drop(comment: str, meaning: str) -> Rule:
    return Rule(match="", verdict="drop", comment=comment, meaning=meaning)
