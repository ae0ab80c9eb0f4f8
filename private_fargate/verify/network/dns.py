"""Private names: hosted zones of one's own that lead the name of an AWS API to its endpoint.

Source: Route53/latest/DeveloperGuide/hosted-zones-private.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.aws.endpoint_names import PRIVATE_DNS_NAMES
from private_fargate.verify.templates.values import any_of, as_text, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.network.endpoints import Endpoint
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System
    from private_fargate.verify.templates.values import Truth


def public_name(system: System, service: str) -> str:
    """Give the public name of an endpoint service, `*.` included where it has one; empty if not known."""
    pseudo = system.world.pseudo
    template = PRIVATE_DNS_NAMES.get(service, "")
    return template.format(region=pseudo("AWS::Region"), suffix=pseudo("AWS::URLSuffix"))


def has_zone(system: System, endpoint: Endpoint) -> Truth:
    """Say whether a private hosted zone in the endpoint's VPC answers for its public name."""
    return any_of(
        same(vpc.get("VPCId"), endpoint.vpc)
        for zone in _zones(system, endpoint.name)
        for vpc in zone.items("VPCs").values
        if isinstance(vpc, dict)
    )


def zones_for(system: System, service: str, vpc: Value | None) -> Iterator[Resource]:
    """Give the private hosted zones that may answer, in a VPC, for the public name of a service."""
    for zone in _zones(system, service):
        vpcs = zone.items("VPCs").values
        if any(same(item.get("VPCId"), vpc) is not False for item in vpcs if isinstance(item, dict)):
            yield zone


def _zones(system: System, service: str) -> Iterator[Resource]:
    name = public_name(system, service).removeprefix("*.")
    for zone in system.of("Route53::HostedZone") if name else ():
        if as_text(zone.get("Name") or "").rstrip(".").removeprefix("*.") == name:
            yield zone
