"""The services behind the VPC endpoints: whether each is offered in every zone that will be used.

Source: vpc/latest/privatelink/create-interface-endpoint.html: a subnet in a zone without the service is
refused, when the endpoints are made and the VPC is there already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from private_fargate.deploy.doctor.model import Check, failed, ok
from private_fargate.deploy.session import code_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from private_fargate.deploy.doctor.model import Case
    from private_fargate.deploy.session import Client
    from private_fargate.live.checkup import Finding

_PRESENT: Final = [
    {"Name": "state", "Values": ["available"]},
    {"Name": "zone-type", "Values": ["availability-zone"]},
]
_OF_THE_REGION: Final = [{"Name": "default-for-az", "Values": ["true"]}]


def zones_of(case: Case) -> tuple[list[str], list[str]]:
    """Return the zones that the stack will use, and all that there are.

    Those that nobody named are the first that `Fn::GetAZs` gives: in the order of their names, and only zones
    with a default subnet, unless none has one.

    Source: AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getavailabilityzones.html
    """
    ec2 = case.session.client("ec2")
    zones = ec2.describe_availability_zones(Filters=_PRESENT)["AvailabilityZones"]
    every = sorted(zone["ZoneName"] for zone in zones)
    if case.needs.zones:
        return list(case.needs.zones), every
    subnets = ec2.describe_subnets(Filters=_OF_THE_REGION)["Subnets"]
    usual = {subnet["AvailabilityZone"] for subnet in subnets}
    return [zone for zone in every if not usual or zone in usual][: case.needs.zone_count], every


def _zones(case: Case) -> Iterator[Finding]:
    chosen, every = zones_of(case)
    region = case.session.region
    if absent := [zone for zone in chosen if zone not in every]:
        yield failed(
            f"{region} has no {', '.join(absent)} for this account",
            f"name others in network.zones: {', '.join(every)}",
        )
        return
    if len(chosen) < case.needs.zone_count:
        yield failed(
            f"{region} offers {len(chosen)} zones ({', '.join(chosen)}), not {case.needs.zone_count}",
            f"write network.zones: {len(chosen)}, or deploy to another Region",
        )
        return
    offered = _offered(case.session.client("ec2"), case.needs.endpoints)
    yield from _gaps(case, chosen, every, offered)


def _gaps(
    case: Case, chosen: Sequence[str], every: Sequence[str], offered: dict[str, set[str]]
) -> Iterator[Finding]:
    good = [zone for zone in every if all(zone in zones for zones in offered.values())]
    whole = True
    for name in case.needs.endpoints:
        if name not in offered:
            whole = False
            yield failed(
                f"{name}: there is no such endpoint service in {case.session.region}",
                "leave it out of network.endpoints and give the tasks a way out (network.egress), or "
                "deploy to another Region",
            )
        elif absent := [zone for zone in chosen if zone not in offered[name]]:
            whole = False
            yield failed(
                f"{name} is not offered in {', '.join(absent)}",
                f"name zones that have everything in network.zones: {', '.join(good) or 'there is none'}",
            )
    if whole:
        yield ok(f"{len(case.needs.endpoints)} endpoint services are offered in {', '.join(chosen)}")


def _offered(ec2: Client, names: Sequence[str]) -> dict[str, set[str]]:
    """Return the zones of each service that exists; a gateway has those of the Region."""
    try:
        return _described(ec2, names)
    except ClientError as error:
        if code_of(error) != "InvalidServiceName":
            raise
    found: dict[str, set[str]] = {}
    for name in names:  # one that does not exist makes AWS refuse to tell of the others
        try:
            found |= _described(ec2, [name])
        except ClientError as error:
            if code_of(error) != "InvalidServiceName":
                raise
    return found


def _described(ec2: Client, names: Sequence[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    if not names:
        return found
    details: list[dict[str, Any]] = ec2.describe_vpc_endpoint_services(ServiceNames=list(names))[
        "ServiceDetails"
    ]
    for service in details:
        found.setdefault(service["ServiceName"], set()).update(service["AvailabilityZones"])
    return found


ZONES: Final = Check(
    name="endpoint services",
    claim="each endpoint's service is offered in each zone",
    calls=("ec2:DescribeVpcEndpointServices", "ec2:DescribeAvailabilityZones", "ec2:DescribeSubnets"),
    look=_zones,
)
