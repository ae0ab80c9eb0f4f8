"""Which packets a rule is about, in the words of nftables and in those of people."""

from __future__ import annotations

from ipaddress import IPv4Network, collapse_addresses
from typing import TYPE_CHECKING, Literal

from private_fargate.fabric.parts.filters import EVERY_PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from private_fargate.fabric.parts.filters import Direction, Traffic
    from private_fargate.fabric.parts.places import Block

EVERYWHERE = IPv4Network("0.0.0.0/0")

# Neither groups nor ACLs filter what goes to AWS's own services at link-local addresses.
# Source: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html and
# https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
LINK_LOCAL = (IPv4Network("169.254.169.0/24"), IPv4Network("169.254.170.2/32"))


def of_version_4(blocks: Iterable[Block]) -> list[IPv4Network]:
    """Return the blocks of IPv4, none of them within another, in ascending order."""
    return list(collapse_addresses(block for block in blocks if isinstance(block, IPv4Network)))


def addressed(field: Literal["saddr", "daddr"], blocks: Iterable[IPv4Network], *, other: bool = False) -> str:
    """Return the match for packets from or to any of these blocks, of which there is at least one.

    Args:
        field: of the header.
        blocks: none of them within another.
        other: whether those are meant that are from or to none of them.
    """
    names = [str(block).removesuffix("/32") for block in blocks]
    if names == [str(EVERYWHERE)] and not other:
        return ""
    return f"ip {field} {'!= ' if other else ''}{one_of(names)}"


def one_of(names: Iterable[str]) -> str:
    """Return one thing as it is, several as a set."""
    names = list(names)
    return names[0] if len(names) == 1 else f"{{ {', '.join(names)} }}"


def match(traffic: Traffic, direction: Direction, blocks: Iterable[Block]) -> str | None:
    """Return the match for what a rule is about; None if no packet of IPv4 is.

    Args:
        traffic: of the rule.
        direction: the peer sends what comes in, and gets what goes out.
        blocks: of the peer.
    """
    found = of_version_4(blocks)
    if not found or traffic.protocol == "icmpv6":
        return None
    place = addressed("saddr" if direction == "in" else "daddr", found)
    return " ".join(words for words in (place, _protocol(traffic)) if words)


def _protocol(traffic: Traffic) -> str:
    if traffic.protocol == EVERY_PROTOCOL:
        return ""
    if traffic.ports is not None:
        first, last = traffic.ports
        return f"{traffic.protocol} dport {first if first == last else f'{first}-{last}'}"
    if traffic.protocol == "icmp" and traffic.icmp_type is not None:
        code = "" if traffic.icmp_code is None else f" icmp code {traffic.icmp_code}"
        return f"icmp type {traffic.icmp_type}{code}"
    return f"ip protocol {traffic.protocol}"


def describe(traffic: Traffic) -> str:
    """Return it for a person: `tcp 80`, `tcp 1024-65535`, `icmp type 8`, `every protocol`."""
    if traffic.protocol == EVERY_PROTOCOL:
        return "every protocol"
    if traffic.ports is not None:
        first, last = traffic.ports
        return f"{traffic.protocol} {first if first == last else f'{first}-{last}'}"
    if traffic.icmp_type is not None:
        code = "" if traffic.icmp_code is None else f" code {traffic.icmp_code}"
        return f"{traffic.protocol} type {traffic.icmp_type}{code}"
    return f"protocol {traffic.protocol}" if traffic.protocol.isdigit() else traffic.protocol
