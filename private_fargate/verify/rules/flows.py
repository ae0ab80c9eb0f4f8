"""Security groups between a task and what it calls, and between a task and what calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.groups import S3
from private_fargate.verify.rules.paths_of import (
    at_check,
    breaks,
    failing,
    faults,
    gathered,
    listed,
    plain,
)
from private_fargate.verify.rules.rule import Fault, rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from private_fargate.verify.groups import Rule as GroupRule
    from private_fargate.verify.model import Model
    from private_fargate.verify.paths import Check, Path
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.stacks import Resource

_HTTPS: Final = 443
_NO_CONNECTION: Final = (
    "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry "
    "auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task "
    "network configuration."
)
_UNHEALTHY: Final = "(service …) task failed ELB health checks in (target-group …): Request timed out"
_ENDPOINT_GROUPS: Final = "vpc/latest/privatelink/create-interface-endpoint.html: the group must allow HTTPS"
_LET_IN: Final = (
    "Give the endpoint a security group with an ingress rule for tcp/443 from the tasks' security group, or "
    "from the CIDR blocks of their subnets."
)


def _ingress(model: Model) -> list[tuple[Path, Check]]:
    """Give the calls of tasks that an endpoint's groups keep out."""
    return [
        (path, check)
        for path, check in failing(model, "ingress")
        if path.kind == "call" and path.endpoint is not None and path.workload.kind != "host"
    ]


def _rules_of(model: Model, path: Path) -> list[GroupRule]:
    """Give what the groups of a path's endpoint let in."""
    groups = path.endpoint.groups.values if path.endpoint else ()
    return [rule for group in groups for rule in model.groups.group(group).ingress]


def _by_default_group(path: Path) -> bool:
    return path.endpoint is not None and not path.endpoint.groups.values


def _has_https(model: Model, path: Path) -> bool:
    """Say whether the endpoint's groups let HTTPS in from anyone at all."""
    return any(rule.covers(_HTTPS) for rule in _rules_of(model, path))


def _has_blocks(model: Model, path: Path) -> bool:
    """Say whether they let it in by addresses."""
    return any(rule.covers(_HTTPS) and rule.block is not None for rule in _rules_of(model, path))


def _kept_out(model: Model, keep: Callable[[Path], bool]) -> Iterator[Fault]:
    found = [(path, check) for path, check in _ingress(model) if keep(path)]

    def message(group: list[tuple[Path, Check]]) -> str:
        callers = listed(path.workload.name for path, _ in group)
        return f"{plain(model, group[0][1].why)}, so that {callers} cannot call it"

    yield from faults(found, at_check, message, ("SecurityGroupIds",))


@rule(
    "SG-001",
    "error",
    "An endpoint's security group lets HTTPS in from the tasks that call it",
    symptom=_NO_CONNECTION,
    fix=_LET_IN,
    source=_ENDPOINT_GROUPS,
)
def endpoint_closed_to_tasks(model: Model) -> Iterator[Fault]:
    """The name leads to the endpoint, and the connection times out: the message is that of no endpoint."""
    yield from _kept_out(
        model,
        lambda path: not _by_default_group(path) and _has_https(model, path) and not _has_blocks(model, path),
    )


@rule(
    "SG-002",
    "error",
    "An endpoint's security group lets HTTPS in from every subnet of the tasks",
    symptom=_NO_CONNECTION,
    fix=_LET_IN,
    source=_ENDPOINT_GROUPS,
)
def endpoint_closed_to_subnets(model: Model) -> Iterator[Fault]:
    """A block for the VPC's first range does not hold its second, nor the next zone's subnet."""
    yield from _kept_out(
        model,
        lambda path: not _by_default_group(path) and _has_https(model, path) and _has_blocks(model, path),
    )


@rule(
    "SG-003",
    "error",
    "An endpoint's security group opens the port that AWS APIs listen on",
    symptom=_NO_CONNECTION,
    fix=_LET_IN,
    source=_ENDPOINT_GROUPS,
)
def endpoint_opens_another_port(model: Model) -> Iterator[Fault]:
    """Every AWS API is called by HTTPS, the registry of images included."""
    yield from _kept_out(model, lambda path: not _by_default_group(path) and not _has_https(model, path))


@rule(
    "SG-004",
    "error",
    "An interface endpoint has a security group of its own",
    symptom=_NO_CONNECTION,
    fix=_LET_IN,
    source="vpc/latest/userguide/default-security-group.html",
)
def endpoint_in_the_default_group(model: Model) -> Iterator[Fault]:
    """Without SecurityGroupIds an endpoint gets the VPC's default group, which lets only itself in."""
    yield from _kept_out(model, _by_default_group)


def _egress(model: Model) -> list[tuple[Path, Check]]:
    return [
        (path, check)
        for path, check in failing(model, "egress")
        if path.kind == "call" and path.workload.kind != "host"
    ]


@rule(
    "SG-005",
    "error",
    "A task's security group lets HTTPS out",
    symptom=_NO_CONNECTION,
    fix="Add an egress rule for tcp/443 to the endpoints' security group, or to 0.0.0.0/0.",
    source="vpc/latest/userguide/security-group-rules.html",
)
def task_may_not_call(model: Model) -> Iterator[Fault]:
    """The first egress rule that is written takes the place of the one that lets everything out."""
    found = [(path, check) for path, check in _egress(model) if not _is_layers_only(model, path)]
    yield from faults(
        found,
        _own_group,
        lambda group: f"{plain(model, group[0][1].why)}, which {listed(breaks(group))} needs",
        ("SecurityGroupEgress",),
    )


def _own_group(path: Path, check: Check) -> Resource:
    return check.resource or path.workload.resource


def _is_layers_only(model: Model, path: Path) -> bool:
    """Say whether a path is that to S3 of a task that may call its endpoints."""
    if path.demand.endpoint != "s3" or path.endpoint is None or not path.endpoint.is_gateway:
        return False
    others = [p for p in model.paths_of(path.workload) if p.kind == "call" and p.demand.endpoint != "s3"]
    return any(not any(p.failing("egress")) for p in others)


@rule(
    "SG-006",
    "error",
    "A task's security group lets image layers in from S3",
    symptom="CannotPullContainerError: … Get https://prod-<region>-starport-layer-bucket.s3.<region>"
    ".amazonaws.com/…: dial tcp: i/o timeout",
    fix="Add an egress rule for tcp/443 to the prefix list of S3 (DestinationPrefixListId: pl-…), or to "
    "0.0.0.0/0.",
    source="vpc/latest/privatelink/gateway-endpoints.html: security groups judge the addresses of S3",
)
def task_may_not_call_s3(model: Model) -> Iterator[Fault]:
    """A gateway endpoint is a route to public addresses, which a rule for the VPC's range does not hold."""
    found = [(path, check) for path, check in _egress(model) if _is_layers_only(model, path)]
    yield from faults(
        found,
        _own_group,
        lambda group: (
            f"{plain(model, group[0][1].why)}, and {S3} are not those of the VPC: "
            f"{listed(path.workload.name for path, _ in group)} gets no image layer"
        ),
        ("SecurityGroupEgress",),
    )


def _balanced(model: Model, cause: str) -> list[tuple[Path, Check]]:
    found = failing(model, "ingress") if cause == "ingress" else failing(model, "egress")
    return [(path, check) for path, check in found if path.kind == "balance"]


def _admits_other_port(model: Model, path: Path) -> bool:
    """Say whether a task's groups admit a load balancer on a port that is not the container's."""
    balancers = {value for entry in _balancer_groups(model, path) for value in entry}
    return any(
        rule.group in balancers
        for group in path.workload.groups.values
        for rule in model.groups.group(group).ingress
        if rule.group is not None
    )


def _balancer_groups(model: Model, path: Path) -> Iterator[tuple[object, ...]]:
    for balancer in model.system.of("ElasticLoadBalancingV2::LoadBalancer"):
        if f"from {balancer.address}:" in path.demand.need:
            yield balancer.items("SecurityGroups").values


def _not_reached(model: Model, *, other_port: bool) -> Iterator[Fault]:
    found = [
        (path, check)
        for path, check in _balanced(model, "ingress")
        if _admits_other_port(model, path) is other_port
    ]
    for resource, group in gathered(found, at_check):
        why = plain(model, group[0][1].why)
        yield Fault(resource, why, at=("SecurityGroupIngress",), breaks=breaks(group))


@rule(
    "SG-007",
    "error",
    "A task's security group lets its load balancer in",
    symptom=_UNHEALTHY,
    fix="Add an ingress rule for the container's port from the load balancer's security group.",
    source="AmazonECS/latest/developerguide/service-load-balancing.html",
)
def load_balancer_kept_out(model: Model) -> Iterator[Fault]:
    """The tasks run and are killed, one after the other, by health checks that never reach them."""
    yield from _not_reached(model, other_port=False)


@rule(
    "SG-008",
    "error",
    "A task's security group lets its load balancer in on the container's port",
    symptom=_UNHEALTHY,
    fix="Open the port that LoadBalancers names as ContainerPort.",
    source="AmazonECS/latest/developerguide/service-load-balancing.html",
)
def load_balancer_on_another_port(model: Model) -> Iterator[Fault]:
    """With awsvpc the load balancer calls the container's port, not that of its own listener."""
    yield from _not_reached(model, other_port=True)


@rule(
    "SG-009",
    "error",
    "A load balancer's security group lets it out to its tasks",
    symptom=_UNHEALTHY,
    fix="Add an egress rule for the container's port to the tasks' security group.",
    source="elasticloadbalancing/latest/application/load-balancer-update-security-groups.html",
)
def load_balancer_may_not_call(model: Model) -> Iterator[Fault]:
    """The first egress rule that is written takes the place of the one that lets everything out."""
    yield from faults(
        _balanced(model, "egress"),
        at_check,
        lambda group: plain(model, group[0][1].why),
        ("SecurityGroups",),
    )


@rule(
    "SG-014",
    "error",
    "A task gets to the file systems that it mounts",
    symptom="ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: "
    "mount.nfs4: Connection timed out",
    fix="Add an AWS::EFS::MountTarget in each zone of the tasks, with a security group that lets tcp/2049 in "
    "from theirs, and let tcp/2049 out in theirs.",
    source="efs/latest/ug/accessing-fs.html",
)
def file_system_out_of_reach(model: Model) -> Iterator[Fault]:
    """A file system is mounted over the network before the first container starts."""
    found = [
        (path, check)
        for path, check in failing(model, "no mount target", "egress", "ingress")
        if path.kind == "mount"
    ]
    yield from faults(
        found,
        lambda path, _: path.workload.definition,
        lambda group: listed(plain(model, check.why) for _, check in group),
        ("Volumes",),
    )


RULES: Final[tuple[Rule, ...]] = (
    endpoint_closed_to_tasks,
    endpoint_closed_to_subnets,
    endpoint_opens_another_port,
    endpoint_in_the_default_group,
    task_may_not_call,
    task_may_not_call_s3,
    load_balancer_kept_out,
    load_balancer_on_another_port,
    load_balancer_may_not_call,
    file_system_out_of_reach,
)
