"""What rules about the network ask alike: zones, the region, and whether all of a system is at hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from private_fargate.verify.values import Attribute, as_text, has_symbol, same

if TYPE_CHECKING:
    from private_fargate.verify.demands import Demand
    from private_fargate.verify.endpoint_services import Endpoint
    from private_fargate.verify.model import Model
    from private_fargate.verify.stacks import Resource
    from private_fargate.verify.systems import System
    from private_fargate.verify.values import Value
    from private_fargate.verify.workloads import Workload

_ZONE_NAME: Final = re.compile(r"([a-z]{2,4}(?:-[a-z]+)+-\d+)[a-z]")
_ZONE_NUMBER: Final = re.compile(r"zone \d+ (of .*)", re.DOTALL)


def is_whole(system: System) -> bool:
    """Say whether all nested stacks are at hand: one that is not may hold what seems to be missing."""
    return system.is_whole


def home_region(system: System) -> str | None:
    """Give the region of the deployment: as it was given, else as the name of a subnet's zone tells."""
    if system.world.region:
        return system.world.region
    zones = (as_text(subnet.get("AvailabilityZone") or "") for subnet in system.of("EC2::Subnet"))
    return next((found[1] for zone in zones if (found := _ZONE_NAME.fullmatch(zone))), None)


def zone_of(system: System, subnet: Value) -> Value | None:
    """Give the Availability Zone of a subnet, by its name or its id; None if it is not written."""
    resource = system.find(subnet, "EC2::Subnet")
    if resource is None:
        return None
    name = resource.get("AvailabilityZone")
    return resource.get("AvailabilityZoneId") if name is None else name


def are_apart(system: System, one: Value | None, other: Value | None) -> bool:
    """Say whether two zones are certainly two: of a name and a number nobody can tell."""
    if one is None or other is None or same(one, other) is not False:
        return False
    return _kind(system, one) == _kind(system, other) is not None


def _kind(system: System, zone: Value) -> str | None:
    """Give what a zone is called by: its name, its id, or its number in a region."""
    meaning = system.world.symbols.attribute_in(zone)
    if isinstance(meaning, Attribute):
        found = _ZONE_NUMBER.fullmatch(meaning.resource.logical_id)
        return found[1] if found and meaning.name == "Zone" else None
    if has_symbol(zone):
        return None
    return "name" if _ZONE_NAME.fullmatch(as_text(zone)) else "id"


def endpoints_in(model: Model, vpc: Value | None) -> list[Endpoint]:
    """Give the endpoints that may be in a VPC."""
    return [found for found in model.endpoints if vpc is not None and same(found.vpc, vpc) is not False]


def demands_of(model: Model, workload: Workload) -> list[Demand]:
    """Give what a workload asks for of APIs, each once."""
    return list(dict.fromkeys(path.demand for path in model.paths_of(workload) if path.kind == "call"))


def lacks_endpoint(model: Model, vpc: Value | None, name: str) -> bool:
    """Say whether a VPC of ours certainly has no endpoint to a service."""
    if not model.routes.is_ours(vpc) or not is_whole(model.system):
        return False
    # One that leads to who knows what may be the one.
    return all(found.name and found.name != name for found in endpoints_in(model, vpc))


def is_word(value: Value | None, word: str) -> bool:
    """Say whether a value is certainly a word, in whatever case."""
    return value is not None and as_text(value).lower() == word


def internet_attachments(system: System, vpc: Value | None) -> list[Resource]:
    """Give what attaches an internet gateway to a VPC, or may."""
    return [
        attachment
        for attachment in system.of("EC2::VPCGatewayAttachment")
        if attachment.get("InternetGatewayId") is not None
        and vpc is not None
        and same(attachment.get("VpcId"), vpc) is not False
    ]
