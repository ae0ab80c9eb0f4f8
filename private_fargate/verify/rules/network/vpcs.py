"""A rule about networks: what is put together is in one VPC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from private_fargate.verify.rules.paths import plain
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.tasks.balancing import balancers_of
from private_fargate.verify.templates.values import as_items, as_text, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System

    Path: TypeAlias = tuple[str | int, ...]

_DEFAULT: Final = "the default VPC of the account"

_TYPES: Final = (
    "EC2::NetworkAcl",
    "EC2::RouteTable",
    "EC2::SecurityGroup",
    "EC2::Subnet",
    "ElasticLoadBalancingV2::TargetGroup",
)

_TOGETHER: Final = {
    "EC2::SubnetNetworkAclAssociation": ("SubnetId", "NetworkAclId"),
    "EC2::SubnetRouteTableAssociation": ("SubnetId", "RouteTableId"),
    "EC2::VPCEndpoint": ("VpcId", "SubnetIds", "SecurityGroupIds", "RouteTableIds"),
    "EFS::MountTarget": ("SubnetId", "SecurityGroups"),
    "ElasticLoadBalancingV2::LoadBalancer": ("Subnets", "SecurityGroups"),
    "EC2::Route": ("RouteTableId", "NatGatewayId", "GatewayId"),
}
"""A type of resource -> the properties whose values are in one VPC."""

_LISTS: Final = frozenset((name,) for names in _TOGETHER.values() for name in names)


@dataclass(frozen=True, slots=True)
class _Place:
    at: Path
    name: str
    vpc: Value


@rule(
    "NET-045",
    "error",
    "What is put together is in one VPC",
    symptom="You have specified two resources that belong to different networks",
    fix="Take the subnet, the security group, the route table and the target group from the same VPC.",
    source="vpc/latest/userguide/vpc-security-groups.html; AWSEC2/latest/APIReference/errors-overview.html",
)
def networks_are_not_mixed(model: Model) -> Iterator[Fault]:
    """A reference says which resource it is, not where; a group without VpcId is in the default VPC."""
    for resource, paths in _together(model):
        places = [place for at, value in paths for place in _places(model, at, value)]
        apart = next((place for place in places if _are_apart(model.system, places[0].vpc, place.vpc)), None)
        if apart:
            first = places[0]
            message = (
                f"{first.name} is in {plain(model, first.vpc)},"
                f" and {apart.name} is in {plain(model, apart.vpc)}"
            )
            yield Fault(resource, message, at=apart.at)


def _together(model: Model) -> Iterator[tuple[Resource, list[tuple[Path, Value]]]]:
    """Give each resource that puts things together, with these things."""
    for name, properties in _TOGETHER.items():
        for resource in model.system.of(name):
            yield resource, [((key,), resource.get(key)) for key in properties]
    for workload in model.workloads:
        resource = workload.resource
        at: Path = ("NetworkConfiguration",) if resource.get("NetworkConfiguration") is not None else ()
        listed: list[tuple[Path, Value]] = [
            (at, list(workload.subnets.values)),
            (at, list(workload.groups.values)),
        ]
        balancers = resource.get("LoadBalancers")
        for index, balancer in enumerate(as_items(balancers).values):
            group = balancer.get("TargetGroupArn") if isinstance(balancer, dict) else None
            if not _is_apart_from_its_balancer(model, group):
                listed.append((("LoadBalancers", index), group))
        yield resource, listed


def _is_apart_from_its_balancer(model: Model, group: Value) -> bool:
    """Say whether a target group is in another VPC than its load balancer, which is a fault of its own."""
    target = model.system.find(group, "ElasticLoadBalancingV2::TargetGroup")
    if target is None:
        return False
    subnets = [s for balancer in balancers_of(model.system, target) for s in balancer.items("Subnets").values]
    vpcs = [model.routes.vpc_of(subnet) for subnet in subnets]
    return any(vpc is not None and _are_apart(model.system, target.get("VpcId"), vpc) for vpc in vpcs)


def _places(model: Model, at: Path, value: Value) -> Iterator[_Place]:
    """Give where each item of a property is, as far as that is written."""
    if at == ("VpcId",):
        if value is not None:
            yield _Place(at, "the endpoint", value)
        return
    is_list = isinstance(value, list)
    for index, item in enumerate(as_items(value).values):
        found = _vpc_of(model, item)
        if found is not None:
            yield _Place((*at, index) if is_list and at in _LISTS else at, plain(model, item), found)


def _vpc_of(model: Model, value: Value) -> Value | None:
    """Give the VPC of something by what refers to it; None if it is not written."""
    system = model.system
    nat = system.find(value, "EC2::NatGateway")
    if nat is not None:
        return model.routes.vpc_of(nat.get("SubnetId"))
    gateway = system.find(value, "EC2::InternetGateway")
    if gateway is not None:
        return _attached_to(system, gateway)
    resource = system.find(value, *_TYPES)
    if resource is None:
        return None
    vpc = resource.get("VpcId")
    if vpc is None and resource.type == "AWS::EC2::SecurityGroup":
        return _DEFAULT
    return vpc


def _attached_to(system: System, gateway: Resource) -> Value | None:
    """Give the VPC of an internet gateway, if only one attachment can be its."""
    found = [
        attachment
        for attachment in system.of("EC2::VPCGatewayAttachment")
        if same(attachment.get("InternetGatewayId") or "", gateway.ref) is not False
    ]
    return found[0].get("VpcId") if len(found) == 1 else None


def _are_apart(system: System, one: Value, other: Value) -> bool:
    """Say whether two VPCs are certainly two; what is not ours may be the default one."""
    if as_text(one) == as_text(other):
        return False
    if _DEFAULT in (one, other):
        return system.find(other if one == _DEFAULT else one, "EC2::VPC") is not None
    return same(one, other) is False


RULES: Final[tuple[Rule, ...]] = (networks_are_not_mixed,)
