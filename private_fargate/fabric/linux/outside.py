"""What is beyond the VPC: the internet, and the services behind gateway endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.fabric.linux.plans import INTERNET, Space, settings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from ipaddress import IPv4Address

    from private_fargate.fabric.linux.layout import Layout, Line


def spaces(layout: Layout) -> list[Space]:
    """Return the namespaces in which every address is at home that a packet comes for."""
    found = [_space(line, returns=()) for line in layout.endpoints.values()]
    if layout.internet is None:
        return found
    public = {*layout.public_addresses().values()}
    public |= {address for each in layout.regional_addresses.values() for address in each.values()}
    internet = _space(layout.internet, returns=sorted(public), visitor=layout.visitor)
    return [internet, *found]


def _space(line: Line, *, returns: Iterable[IPv4Address], visitor: IPv4Address | None = None) -> Space:
    """Return a namespace.

    The local table has all addresses, or nothing there could answer from them; so what is sent from there
    has to look into the main table before, and only then into the local one.

    Args:
        line: to the router.
        returns: public addresses of the VPC, which lie beyond the router.
        visitor: whose address it has that calls from there.
    """
    back = f"via {line.near} dev eth0 onlink"
    return Space(
        name=line.space,
        settings=settings(forwards=line.space == INTERNET),  # from one public address of the VPC to another
        links="".join(
            [
                "link set lo up\n",
                f"address add {line.far}/31 dev eth0\nlink set eth0 up\n",
                "route add local default dev lo table local\n",
                f"route add default {back}{f' src {visitor}' if visitor else ''}\n",
                *(f"route add {each} {back} table 100\n" for each in returns),
                "rule add priority 10 iif lo to 127.0.0.0/8 lookup local\n",
                "rule add priority 20 iif lo lookup main\n",
                "rule add priority 30 iif eth0 lookup 100\n",
                "rule add priority 40 lookup local\n",
                "rule del priority 0\n",
            ]
        ),
        rules="",
    )
