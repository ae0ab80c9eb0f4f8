"""The names of interface endpoints: those of their services, privately, and their own, publicly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.aws.endpoint_names import PRIVATE_DNS_NAMES
from private_fargate.aws.endpoints import domain_of
from private_fargate.fabric.names.records import Choice, Zone, addresses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from private_fargate.fabric.model import Network
    from private_fargate.fabric.parts.places import Endpoint, Interface

_LIFE: Final = 60
_EVERYTHING: Final = "*."

# Source: https://aws.amazon.com/blogs/storage/introducing-private-dns-support-for-amazon-s3-with-aws-privatelink/
_OF_S3: Final = tuple(
    f"{start}{label}.{{region}}.{{suffix}}"
    for label in ("s3", "s3-accesspoint", "s3-control")
    for start in ("", _EVERYTHING)
)


def zones(network: Network) -> list[Zone]:
    """Return a private zone for each domain that leads to an endpoint.

    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html
    """
    return [zone for each in _private(network) for zone in _zones(each, _interfaces(network, each))]


def _private(network: Network) -> Iterator[Endpoint]:
    for each in network.endpoints.values():
        if each.kind == "Interface" and each.state == "available" and each.has_private_dns:
            yield each


def _interfaces(network: Network, endpoint: Endpoint) -> list[Interface]:
    return [network.interfaces[each] for each in endpoint.interface_ids if each in network.interfaces]


def _zones(endpoint: Endpoint, interfaces: list[Interface]) -> Iterator[Zone]:
    found = addresses((each.address for each in interfaces), _LIFE)
    shown = (each for each in endpoint.names if not _is_own(each, endpoint))
    names = [*_of_the_service(endpoint.service_name), *shown]
    for domain, below in _by_domain(each.lower() for each in names).items():
        yield Zone(name=domain, names={each: {"A": found} for each in below if found.values})


def _is_own(name: str, endpoint: Endpoint) -> bool:
    """Say whether a name that EC2 shows is of the endpoint, and not of its service.

    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html
    """
    return name.lower().removeprefix(_EVERYTHING).startswith(f"{endpoint.id}-")


def _by_domain(names: Iterable[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in names:
        found.setdefault(each.removeprefix(_EVERYTHING), []).append(each)
    return found


def _of_the_service(service_name: str) -> list[str]:
    """Return the public names of a service of AWS; none, if it is somebody else's, or not known here.

    >>> _of_the_service("cn.com.amazonaws.cn-north-1.ecr.dkr")
    ['*.dkr.ecr.cn-north-1.amazonaws.com.cn']
    """
    start, is_ours, rest = service_name.removeprefix("cn.").partition("com.amazonaws.")
    region, _, service = rest.partition(".")
    if start or not is_ours or service not in PRIVATE_DNS_NAMES:
        return []
    patterns = _OF_S3 if service == "s3" else (PRIVATE_DNS_NAMES[service],)
    return [each.format(region=region, suffix=domain_of(region)) for each in patterns]


def own_names(network: Network) -> dict[str, Mapping[str, Choice]]:
    """Return the names of the endpoints themselves: one for all zones, and one for each."""
    found: dict[str, Mapping[str, Choice]] = {}
    for endpoint in network.endpoints.values():
        interfaces = _interfaces(network, endpoint)
        for name in (each.lower() for each in endpoint.names if _is_own(each, endpoint)):
            there = addresses((each.address for each in _meant(network, name, interfaces)), _LIFE)
            if there.values:
                found[name] = {"A": there}
    return found


def _meant(network: Network, name: str, interfaces: list[Interface]) -> list[Interface]:
    """Return the interfaces of the zone that a name ends with, before the service's part; else all."""
    label = name.removeprefix(_EVERYTHING).partition(".")[0]
    in_the_zone = [each for each in interfaces if label.endswith(f"-{network.subnets[each.subnet_id].zone}")]
    return in_the_zone or interfaces
