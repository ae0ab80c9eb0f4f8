"""How the tests find their way in a network whose settings they know: three zones in 10.0.0.0/16."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from private_fargate.fabric.model import Network
    from private_fargate.fabric.parts.filters import SecurityGroup
    from private_fargate.fabric.parts.places import Endpoint, Route

ANYWHERE = IPv4Network("0.0.0.0/0")
VPC = IPv4Network("10.0.0.0/16")
PRIVATE = {"us-east-1a": "10.0.0.0/20", "us-east-1b": "10.0.32.0/20", "us-east-1c": "10.0.64.0/20"}
PUBLIC = {"us-east-1a": "10.0.16.0/21", "us-east-1b": "10.0.48.0/21", "us-east-1c": "10.0.80.0/21"}


def subnet(network: Network, block: str) -> str:
    """Return the ID of the subnet with a block."""
    (found,) = [each.id for each in network.subnets.values() if each.block == IPv4Network(block)]
    return found


def private(network: Network) -> set[str]:
    return {subnet(network, block) for block in PRIVATE.values()}


def named(network: Network, part: str) -> SecurityGroup:
    (found,) = [group for group in network.groups.values() if f"-{part}-" in group.name]
    return found


def endpoints(network: Network, kind: str) -> dict[str, Endpoint]:
    return {
        each.service_name.removeprefix("com.amazonaws.us-east-1."): each
        for each in network.endpoints.values()
        if each.kind == kind
    }


def only(mapping: Any) -> Any:
    (value,) = mapping.values()
    return value


def default_routes(network: Network) -> dict[str, Route | None]:
    """Return by private block the route to anywhere."""
    return {
        block: next(
            (
                route
                for route in network.route_table_of(subnet(network, block)).routes
                if route.destination == ANYWHERE
            ),
            None,
        )
        for block in PRIVATE.values()
    }


def ids(network: Network) -> set[str]:
    return {
        key
        for held in (
            network.subnets,
            network.route_tables,
            network.internet_gateways,
            network.nat_gateways,
            network.endpoints,
            network.acls,
            network.groups,
            network.interfaces,
            network.instances,
            network.tasks,
            network.namespaces,
            network.discovery_services,
        )
        for key in held
    }
