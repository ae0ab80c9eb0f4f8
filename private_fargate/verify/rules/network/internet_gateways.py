"""Rules about internet gateways: attached, and before what needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.network.facts import internet_attachments, is_word
from private_fargate.verify.rules.paths import plain
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.templates.values import same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System

_GATEWAY: Final = "EC2::InternetGateway"
_DEPENDS_ON: Final = "AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html"


def _attachments(system: System, gateway: Resource) -> list[Resource]:
    """Give what attaches a gateway to a VPC, or may."""
    return [
        attachment
        for attachment in system.of("EC2::VPCGatewayAttachment")
        if (value := attachment.get("InternetGatewayId")) is not None
        and same(value, gateway.ref) is not False
    ]


@rule(
    "NET-026",
    "error",
    "A route to an internet gateway waits until the gateway is attached",
    symptom="route table rtb-… and network gateway igw-… belong to different networks",
    fix="Write DependsOn at the route, with the AWS::EC2::VPCGatewayAttachment.",
    source=f"{_DEPENDS_ON}, section on VPC gateway attachments",
)
def routes_wait_for_the_attachment(model: Model) -> Iterator[Fault]:
    """The route refers to the gateway, not to its attachment: which of them is first is left to chance."""
    for route in model.system.of("EC2::Route"):
        gateway = model.system.find(route.get("GatewayId"), _GATEWAY)
        found = _attachments(model.system, gateway) if gateway else []
        if gateway and found and not any(model.order.is_before(attachment, route) for attachment in found):
            message = f"the route does not wait for {found[0].address}, which attaches {gateway.address}"
            yield Fault(route, message)


@rule(
    "NET-027",
    "error",
    "An internet gateway that something needs is attached to the VPC",
    symptom="Network vpc-… has no Internet gateway attached",
    fix="Add an AWS::EC2::VPCGatewayAttachment with VpcId and InternetGatewayId.",
    source="vpc/latest/userguide/VPC_Internet_Gateway.html",
)
def gateways_are_attached(model: Model) -> Iterator[Fault]:
    """The gateway and the VPC are created without each other, so that only what comes later fails."""
    system = model.system
    if not system.is_whole:
        return
    loose = [gateway for gateway in system.of(_GATEWAY) if not _attachments(system, gateway)]
    used = {id(system.find(route.get("GatewayId"), _GATEWAY)) for route in system.of("EC2::Route")}
    for gateway in loose:
        if id(gateway) in used:
            yield Fault(gateway, f"routes lead to {gateway.address}, and nothing attaches it to a VPC")
    if any(id(gateway) in used for gateway in loose):
        return
    for nat, vpc in _public_gateways(model):
        if model.routes.is_ours(vpc) and not internet_attachments(system, vpc):
            message = f"no internet gateway is attached to {plain(model, vpc)}, the VPC of {nat.address}"
            yield Fault(nat, message)


def is_public(nat: Resource) -> bool:
    """Say whether a NAT gateway is certainly one of a zone, with a public address."""
    kind, mode = nat.get("ConnectivityType"), nat.get("AvailabilityMode")
    return (kind is None or is_word(kind, "public")) and (mode is None or is_word(mode, "zonal"))


@rule(
    "NET-028",
    "warning",
    "What gets a public address waits until the internet gateway is attached",
    symptom="Gateway.NotAttached: Network vpc-… is not attached to any internet gateway",
    fix="Write DependsOn at the gateway or the address, with the AWS::EC2::VPCGatewayAttachment.",
    source="AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-eip.html, Domain",
)
def addresses_wait_for_the_attachment(model: Model) -> Iterator[Fault]:
    """It is a race at the creation, and one at the deletion: no gateway goes while an address is mapped."""
    for resource, vpc in _mapped(model):
        if not model.routes.is_ours(vpc):
            continue
        found = internet_attachments(model.system, vpc)
        if found and not any(model.order.is_before(attachment, resource) for attachment in found):
            yield Fault(resource, f"{resource.address} does not wait for {found[0].address}")


def _mapped(model: Model) -> Iterator[tuple[Resource, Value | None]]:
    """Give what maps a public address in a VPC."""
    yield from _public_gateways(model)
    for address in model.system.of("EC2::EIP", "EC2::EIPAssociation"):
        instance = model.system.find(address.get("InstanceId"), "EC2::Instance")
        if instance is not None:
            yield address, model.routes.vpc_of(instance.get("SubnetId"))


def _public_gateways(model: Model) -> Iterator[tuple[Resource, Value | None]]:
    """Give the NAT gateways that are certainly public, with their VPC: a regional one is nothing else."""
    for nat in model.system.of("EC2::NatGateway"):
        if is_word(nat.get("AvailabilityMode"), "regional"):
            yield nat, nat.get("VpcId")
        elif is_public(nat):
            yield nat, model.routes.vpc_of(nat.get("SubnetId"))


RULES: Final[tuple[Rule, ...]] = (
    routes_wait_for_the_attachment,
    gateways_are_attached,
    addresses_wait_for_the_attachment,
)
