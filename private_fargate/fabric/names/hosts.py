"""The names of network interfaces and load balancers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.fabric.names.records import Choice, Zone, addresses
from private_fargate.fabric.names.regions import private_domain_of, public_domain_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from ipaddress import IPv4Address

    from private_fargate.fabric.model import Network
    from private_fargate.fabric.parts.places import Interface
    from private_fargate.fabric.parts.workloads import LoadBalancer

_LIFE: Final = 60
_REVERSE: Final = "in-addr.arpa"


def zones(network: Network) -> list[Zone]:
    """Return the private names of the interfaces, and whose name an address is.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
    """
    domain = private_domain_of(network.region)
    interfaces = network.interfaces.values()
    forward = {_private_name(each.address, domain): _to(each.address) for each in interfaces}
    backward = {
        f"{'.'.join(reversed(str(each.address).split('.')))}.{_REVERSE}": {
            "PTR": Choice(ttl=_LIFE, values=(f"{_private_name(each.address, domain)}.",))
        }
        for each in interfaces
    }
    return [Zone(name=domain, names=forward), Zone(name=_REVERSE, names=backward)]


def _private_name(address: IPv4Address, domain: str) -> str:
    return f"ip-{_with_dashes(address)}.{domain}"


def _with_dashes(address: IPv4Address) -> str:
    return str(address).replace(".", "-")


def _to(*found: IPv4Address) -> Mapping[str, Choice]:
    return {"A": addresses(found, _LIFE)}


def public_names(network: Network) -> dict[str, Mapping[str, Choice]]:
    """Return the public names of the interfaces, which inside the VPC mean their private addresses.

    Source: as above.
    """
    domain = public_domain_of(network.region)
    return {
        f"ec2-{_with_dashes(each.public_address)}.{domain}": _to(each.address)
        for each in network.interfaces.values()
        if each.public_address is not None
    }


def balancer_names(network: Network) -> dict[str, Mapping[str, Choice]]:
    """Return the names of the load balancers; one that the internet may use has its public addresses there.

    Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html
    """
    found: dict[str, Mapping[str, Choice]] = {}
    for balancer in network.load_balancers.values():
        there = [_address(each, balancer) for each in network.interfaces.values() if _is_of(each, balancer)]
        if balancer.name:
            found[balancer.name.lower()] = _to(*(each for each in there if each is not None))
    return found


def _is_of(interface: Interface, balancer: LoadBalancer) -> bool:
    owner = interface.owner
    return owner is not None and owner.kind == "load balancer" and owner.id == balancer.arn


def _address(interface: Interface, balancer: LoadBalancer) -> IPv4Address | None:
    return interface.address if balancer.is_internal else interface.public_address
