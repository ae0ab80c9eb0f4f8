"""Private names: hosted zones of one's own that lead the name of an AWS API to its endpoint.

Source: Route53/latest/DeveloperGuide/hosted-zones-private.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.aws.endpoint_names import PRIVATE_DNS_NAMES
from private_fargate.verify.values import any_of, as_text, same

if TYPE_CHECKING:
    from private_fargate.verify.endpoint_services import Endpoint
    from private_fargate.verify.systems import System
    from private_fargate.verify.values import Truth


def public_name(system: System, service: str) -> str:
    """Give the public name of an endpoint service, `*.` included where it has one; empty if not known."""
    pseudo = system.world.pseudo
    template = PRIVATE_DNS_NAMES.get(service, "")
    return template.format(region=pseudo("AWS::Region"), suffix=pseudo("AWS::URLSuffix"))


def has_zone(system: System, endpoint: Endpoint) -> Truth:
    """Say whether a private hosted zone in the endpoint's VPC answers for its public name."""
    name = public_name(system, endpoint.name).removeprefix("*.")
    if not name:
        return False
    zones = (
        zone
        for zone in system.of("Route53::HostedZone")
        if as_text(zone.get("Name") or "").rstrip(".").removeprefix("*.") == name
    )
    return any_of(
        same(vpc.get("VPCId"), endpoint.vpc)
        for zone in zones
        for vpc in zone.items("VPCs").values
        if isinstance(vpc, dict)
    )
