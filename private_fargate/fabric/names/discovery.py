"""The names of Cloud Map: one zone for each namespace of the VPC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.fabric.names.records import Choice, Zone

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from private_fargate.fabric.model import Network
    from private_fargate.fabric.parts.workloads import DiscoveryInstance, DiscoveryService, Namespace

# Source: https://docs.aws.amazon.com/cloud-map/latest/api/API_DnsConfig.html
_MOST: Final = {"MULTIVALUE": 8, "WEIGHTED": 1}
_PRIORITY_AND_WEIGHT: Final = (
    "1 1"  # Source: https://docs.aws.amazon.com/cloud-map/latest/api/API_DnsRecord.html
)


def zones(network: Network, without: Collection[str]) -> list[Zone]:
    """Return the zones of the namespaces.

    Args:
        network: with its namespaces and what is registered in them.
        without: instances that are to be taken for deregistered, as ECS does with a task that stops.
    """
    return [_zone(network, each, without) for each in network.namespaces.values()]


def _zone(network: Network, namespace: Namespace, without: Collection[str]) -> Zone:
    domain = namespace.name.lower().rstrip(".")
    names: dict[str, Mapping[str, Choice]] = {}
    for service in network.discovery_services.values():
        if service.namespace_id == namespace.id:
            there = [each for each in service.instances if each.id not in without]
            names |= _names(service, f"{service.name.lower()}.{domain}", there)
    return Zone(name=domain, names=names)


def _names(
    service: DiscoveryService, name: str, instances: list[DiscoveryInstance]
) -> dict[str, Mapping[str, Choice]]:
    """Return the records of a service: without an instance its name is not there.

    An SRV record leads to a name of the instance's own, which has its address.
    Source: https://docs.aws.amazon.com/cloud-map/latest/api/API_DnsRecord.html
    """
    with_address = [each for each in instances if each.address is not None]
    with_port = [each for each in with_address if each.port is not None]
    values = {
        "A": [str(each.address) for each in with_address],
        "SRV": [f"{_PRIORITY_AND_WEIGHT} {each.port} {each.id}.{name}." for each in with_port],
    }
    own = {
        kind: Choice(ttl=life, values=tuple(values[kind]), most=_MOST.get(service.routing or ""))
        for kind, life in service.lives.items()
        if values.get(kind)
    }
    found: dict[str, Mapping[str, Choice]] = {name: own} if own else {}
    if "SRV" in own:
        for each in with_port:
            target = Choice(ttl=own["SRV"].ttl, values=(str(each.address),))
            found[f"{each.id.lower()}.{name}"] = {"A": target}
    return found
