"""What a person means by the target of a packet: somebody, a service of AWS, a name or an address."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from typing import TYPE_CHECKING, Final

from private_fargate.aws.buckets import layer_bucket
from private_fargate.aws.endpoint_names import PRIVATE_DNS_NAMES
from private_fargate.aws.endpoints import domain_of
from private_fargate.fabric import namespaces
from private_fargate.fabric.errors import FabricError

if TYPE_CHECKING:
    from private_fargate.fabric.building import Fabric
    from private_fargate.fabric.directory import Inhabitant

_HTTP: Final = 80
_HTTPS: Final = 443


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a packet goes.

    Attributes:
        found: how the name was understood, a sentence each.
        address: None if the name leads nowhere.
    """

    found: tuple[str, ...]
    address: IPv4Address | None
    port: int


def understood(fabric: Fabric, sender: Inhabitant, target: str, port: int | None) -> Target:
    """Return where a packet is to go.

    Args:
        fabric: the network.
        sender: whose resolver is asked for names.
        target: somebody, an endpoint by its short name, a host name or an address; with `:port` or not.
        port: of TCP; None for what listens there.

    Raises:
        FabricError: it means nothing here; the text says what does.
    """
    host, _, number = target.partition(":")
    port = port or (int(number) if number.isdecimal() else None)
    if host in fabric.people:
        return _somebody(fabric, host, port)
    address = _address(host)
    if address is not None:
        return Target(found=(), address=address, port=port or _HTTPS)
    name = _host_name(fabric, host)
    if "." not in name:
        known = ", ".join(dict.fromkeys([*(each.name for each in fabric.people.values()), "ecr.api", "s3"]))
        message = f"{target}: no such target; name a host, an address, or one of {known}"
        raise FabricError(message)
    found = _resolved(sender, name)
    said = f"{name} is {', '.join(map(str, found)) or 'unknown to the resolver'}"
    return Target(
        found=(said,),
        address=found[0] if found else None,
        port=port or (_HTTP if _is_private(fabric, name) else _HTTPS),
    )


def _is_private(fabric: Fabric, name: str) -> bool:
    """Say whether a name is that of a service in a namespace of the VPC, which speaks no TLS by itself."""
    return any(name.endswith(f".{each.name}") for each in fabric.network.namespaces.values())


def _somebody(fabric: Fabric, name: str, port: int | None) -> Target:
    person = fabric.people[name]
    task = fabric.network.tasks.get(person.key)
    listens = [each.number for one in task.containers for each in one.ports] if task else []
    chosen = port or next(iter(listens), _HTTPS)
    return Target(found=(f"{name} is {person.address}",), address=person.address, port=chosen)


def _address(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except AddressValueError:
        return None


def _host_name(fabric: Fabric, short: str) -> str:
    """Return the name by which a client calls a service of AWS; what is none stays as it is."""
    region, suffix = fabric.network.region, domain_of(fabric.network.region)
    if short == "ecr.dkr":
        return f"{fabric.account}.dkr.ecr.{region}.{suffix}"
    if short == "s3":
        return f"{layer_bucket(region)}.s3.{region}.{suffix}"
    pattern = PRIVATE_DNS_NAMES.get(short)
    return pattern.format(region=region, suffix=suffix).removeprefix("*.") if pattern else short


def _resolved(sender: Inhabitant, name: str) -> list[IPv4Address]:
    """Return what the resolver answers to somebody in the VPC, asked by the C library as by any program."""
    try:
        answer = namespaces.run(namespaces.entering(sender.interface_id, ["getent", "ahostsv4", name]))
    except FabricError:
        return []
    return [IPv4Address(each) for each in dict.fromkeys(line.split()[0] for line in answer.splitlines())]
