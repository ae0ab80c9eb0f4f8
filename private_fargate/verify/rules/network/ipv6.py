"""Rules about tasks in subnets with IPv6: which of AWS's names and features have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.network.facts import demands_of, endpoints_in, is_word, lacks_endpoint
from private_fargate.verify.rules.paths import listed
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.tasks.balancing import balancers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value

_NETWORKING: Final = "AmazonECS/latest/developerguide/fargate-task-networking.html, IPv6-only mode"


def _ipv6_only(model: Model, task: Workload) -> list[Resource]:
    """Give the subnets of a task that certainly have no IPv4."""
    found = (model.system.find(subnet, "EC2::Subnet") for subnet in task.subnets.values)
    return [subnet for subnet in found if subnet is not None and subnet.flag("Ipv6Native")]


@rule(
    "NET-051",
    "error",
    "A task without IPv4 pulls from ECR by the name that has IPv6",
    symptom="CannotPullContainerError: dial tcp: lookup ….dkr.ecr.…: no such host, or network is unreachable",
    fix="Name the image ACCOUNT.dkr-ecr.REGION.on.aws/REPOSITORY, and lead ::/0 to an egress-only gateway.",
    source=f"AmazonECR/latest/userguide/ecr-requests.html; {_NETWORKING}",
)
def images_have_names_with_ipv6(model: Model) -> Iterator[Fault]:
    """The usual name of a registry has addresses of IPv4 only, in every region."""
    for task in model.tasks:
        # With DNS64 an IPv4 name has an address of IPv6 after all.
        alone = [subnet for subnet in _ipv6_only(model, task) if subnet.flag("EnableDns64") is False]
        if not alone or _endpoint_has_ipv6(model, alone[0]):
            continue
        for container in task.containers:
            if container.image.registry == "ECR" and not container.image.dual_stack:
                message = (
                    f"{container.image.name} has no address of IPv6, and {alone[0].address} has no other"
                )
                where = task.definition or task.resource
                at = ("ContainerDefinitions", container.index, "Image") if task.definition else ()
                yield Fault(where, message, at=at, breaks=(f"{task.name} -> ecr.dkr",))


def _endpoint_has_ipv6(model: Model, subnet: Resource) -> bool:
    """Say whether an endpoint of ECR may have addresses of IPv6 for its private names."""
    found = endpoints_in(model, subnet.get("VpcId"))
    kinds = [e.resource.get("IpAddressType") for e in found if e.name in ("ecr.dkr", "")]
    return any(kind is not None and not is_word(kind, "ipv4") for kind in kinds)


@rule(
    "NET-058",
    "warning",
    "A task with both kinds of addresses has a way out for IPv4, or the endpoints that it needs",
    symptom="ResourceInitializationError: unable to pull secrets or registry auth: … dial tcp …: i/o timeout",
    fix="Add a route of 0.0.0.0/0 to a NAT gateway, or the endpoints of the services that are called.",
    source="AmazonECS/latest/developerguide/fargate-task-networking.html, dual-stack mode",
)
def dual_stack_tasks_start_over_ipv4(model: Model) -> Iterator[Fault]:
    """The images and the secrets are fetched over IPv4, also where the application has IPv6."""
    for task in model.tasks:
        wanted = [d.endpoint for d in demands_of(model, task) if d.endpoint and d.needs_network]
        for value in task.subnets.values:
            subnet = model.system.find(value, "EC2::Subnet")
            if (
                subnet is None
                or subnet.flag("Ipv6Native") is not False
                or not _leaves_by_ipv6(model, task, value)
            ):
                continue
            missing = [name for name in wanted if lacks_endpoint(model, subnet.get("VpcId"), name)]
            if missing:
                message = (
                    f"{subnet.address} has a way out for IPv6 only, and no endpoint to {listed(missing)},"
                    " which are called over IPv4"
                )
                breaks = tuple(f"{task.name} -> {name}" for name in dict.fromkeys(missing))
                yield Fault(task.resource, message, at=("NetworkConfiguration",), breaks=breaks)
                break


def _leaves_by_ipv6(model: Model, task: Workload, subnet: Value) -> bool:
    """Say whether packets of IPv6 get out of a subnet, and those of IPv4 certainly do not."""
    resource = model.system.find(subnet, "EC2::Subnet")
    if resource is None or resource.get("Ipv6CidrBlock") is None:
        return False
    if not model.routes.internet(subnet, True, "ipv6").holds:
        return False
    return model.routes.internet(subnet, task.has_public_address(resource)).holds is False


@rule(
    "NET-059",
    "error",
    "Exec is not asked for where there is no IPv4",
    symptom="Amazon ECS Exec isn't supported in an IPv6-only configuration",
    fix="Write EnableExecuteCommand: false, or run the task in dual-stack subnets.",
    source="AmazonECS/latest/developerguide/ecs-exec.html, considerations",
)
def exec_has_ipv4(model: Model) -> Iterator[Fault]:
    """The agent of Exec calls Systems Manager by names that have no IPv6."""
    for task in model.tasks:
        alone = _ipv6_only(model, task)
        if task.exec and alone:
            message = f"EnableExecuteCommand is true, and {alone[0].address} has no IPv4"
            yield Fault(task.resource, message, at=("EnableExecuteCommand",))


@rule(
    "NET-060",
    "error",
    "A service without IPv4 has IPv6 target groups, and a dual-stack load balancer",
    symptom="IPv6-only Amazon ECS services must use dualstack load balancers with IPv6 target groups",
    fix="Write IpAddressType: ipv6 at the target group, and IpAddressType: dualstack at the load balancer.",
    source=_NETWORKING,
)
def targets_have_ipv6(model: Model) -> Iterator[Fault]:
    """Both are IPv4 unless they say otherwise, and the addresses of the tasks come from the subnets."""
    for task in model.tasks:
        alone = _ipv6_only(model, task)
        if not alone or len(alone) < len(task.subnets.values):
            continue
        for balancer in task.resource.items("LoadBalancers").values:
            group = balancer.get("TargetGroupArn") if isinstance(balancer, dict) else None
            target = model.system.find(group, "ElasticLoadBalancingV2::TargetGroup")
            if target is not None:
                yield from _without_ipv6(model, target, alone[0])


def _without_ipv6(model: Model, target: Resource, subnet: Resource) -> Iterator[Fault]:
    kind = target.get("IpAddressType")
    if kind is None or is_word(kind, "ipv4"):
        message = f"{target.address} takes addresses of IPv4, and {subnet.address} has none"
        yield Fault(target, message, at=("IpAddressType",))
    for balancer in balancers_of(model.system, target):
        kind = balancer.get("IpAddressType")
        if kind is None or is_word(kind, "ipv4"):
            message = (
                f"{balancer.address} has IPv4 only, and forwards to {target.address}, whose targets have none"
            )
            yield Fault(balancer, message, at=("IpAddressType",))


RULES: Final[tuple[Rule, ...]] = (
    images_have_names_with_ipv6,
    dual_stack_tasks_start_over_ipv4,
    exec_has_ipv4,
    targets_have_ipv6,
)
