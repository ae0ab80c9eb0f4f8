"""What a network takes on Linux: network namespaces, and what is in each of them."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ROUTER: Final = "router"
INTERNET: Final = "internet"

ANYWHERE: Final = IPv4Address(0)
"""Where a door listens that is reached by every address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """One network namespace.

    Attributes:
        settings: of the kernel, by the names of sysctl, in the order in which they are set: before the links.
        links: for `ip -n NAME -batch -`, after all namespaces are there and those before this one are done.
        rules: for `nft -f -`; empty if it has none.
    """

    name: str
    settings: Mapping[str, str]
    links: str
    rules: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """An address at which a service of AWS answers; `endpoint_id` is None on the internet."""

    space: str
    address: IPv4Address
    endpoint_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All of a network.

    Attributes:
        spaces: in the order in which their links can be made.
        space_of_interface: the interfaces that have a namespace, which is named as they are.
        doors: where somebody has to listen, if anybody is to answer.
        resolver_addresses: on the loopback of the router.
        meanings: by the comment of a rule, a sentence on what it stands for on AWS.
    """

    spaces: tuple[Space, ...]
    space_of_interface: Mapping[str, str]
    doors: tuple[Door, ...]
    resolver_addresses: tuple[IPv4Address, ...]
    meanings: Mapping[str, str]


def settings(*, forwards: bool) -> dict[str, str]:
    """Return what the kernel is told in a namespace that passes packets on, or does not.

    Nothing may be left to the machine, whose own settings a new namespace inherits.  A packet may leave by
    the link by which it came, and by another one than its replies.
    """
    found = {"net.ipv4.ip_forward": "1" if forwards else "0"}  # first: it resets others
    for scope in ("all", "default"):
        for name in ("rp_filter", "send_redirects", "accept_redirects"):
            found[f"net.ipv4.conf.{scope}.{name}"] = "0"
        found[f"net.ipv6.conf.{scope}.disable_ipv6"] = "1"
    return found
