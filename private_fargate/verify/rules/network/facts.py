"""What rules about the network ask alike: the region, and whether all of a system is at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.verify.network.zones import ZONE_NAME
from private_fargate.verify.templates.values import as_text, same

if TYPE_CHECKING:
    from private_fargate.verify.model import Model
    from private_fargate.verify.network.endpoints import Endpoint
    from private_fargate.verify.tasks.demand import Demand
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System


def home_region(system: System) -> str | None:
    """Give the region of the deployment: as it was given, else as the name of a subnet's zone tells."""
    if system.world.region:
        return system.world.region
    zones = (as_text(subnet.get("AvailabilityZone") or "") for subnet in system.of("EC2::Subnet"))
    return next((found[1] for zone in zones if (found := ZONE_NAME.fullmatch(zone))), None)


def endpoints_in(model: Model, vpc: Value | None) -> list[Endpoint]:
    """Give the endpoints that may be in a VPC."""
    return [found for found in model.endpoints if vpc is not None and same(found.vpc, vpc) is not False]


def demands_of(model: Model, workload: Workload) -> list[Demand]:
    """Give what a workload asks for of APIs, each once."""
    return list(dict.fromkeys(path.demand for path in model.paths_of(workload) if path.kind == "call"))


def lacks_endpoint(model: Model, vpc: Value | None, name: str) -> bool:
    """Say whether a VPC of ours certainly has no endpoint to a service."""
    if not model.routes.is_ours(vpc) or not model.system.is_whole:
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
