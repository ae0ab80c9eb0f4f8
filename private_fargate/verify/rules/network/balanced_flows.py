"""Security groups between a load balancer and the tasks that it calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.network.groups import Side
from private_fargate.verify.rules.paths import at_group, callers, failing, faults, its_groups, reasons
from private_fargate.verify.rules.rule import rule
from private_fargate.verify.templates.values import as_int

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.paths import Pair, Place
    from private_fargate.verify.rules.rule import Fault, Rule
    from private_fargate.verify.tasks.path import Check, Path
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value

_UNHEALTHY: Final = "(service …) task failed ELB health checks in (target-group …): Request timed out"


def _balanced(model: Model, cause: str) -> list[Pair]:
    found = failing(model, "ingress") if cause == "ingress" else failing(model, "egress")
    return [(path, check) for path, check in found if path.kind == "balance"]


def _admits_other_port(model: Model, path: Path) -> bool:
    """Say whether a task's groups admit a load balancer on a port that is not the container's."""
    ports = [as_int(entry.get("ContainerPort")) for entry in _entries(path)]
    return any(
        model.groups.meets(rule, balancer) and not any(rule.covers(port) for port in ports if port)
        for balancer in _balancers(model, path)
        for group in path.workload.groups.values
        for rule in model.groups.group(group).ingress
    )


def _entries(path: Path) -> list[dict[str, Value]]:
    entries = path.workload.resource.items("LoadBalancers").values
    return [entry for entry in entries if isinstance(entry, dict)]


def _balancers(model: Model, path: Path) -> Iterator[Side]:
    """Give the load balancer that a path is about."""
    for balancer in model.system.of("ElasticLoadBalancingV2::LoadBalancer"):
        if path.demand.need == f"calls from {balancer.address}:{path.demand.need.rpartition(':')[2]}":
            subnets = balancer.items("Subnets").values
            vpc = model.routes.vpc_of(subnets[0]) if subnets else None
            yield Side(balancer.items("SecurityGroups"), subnets, vpc)


def _not_reached(model: Model, *, other_port: bool) -> Iterator[Fault]:
    found = [
        (path, check)
        for path, check in _balanced(model, "ingress")
        if _admits_other_port(model, path) is other_port
    ]
    yield from faults(found, at_group, lambda group: reasons(model, group), _ingress_of)


def _ingress_of(resource: Resource) -> Place:
    return ("SecurityGroupIngress",) if resource.type.endswith("SecurityGroup") else its_groups(resource)


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

    def at_its_group(_path: Path, check: Check) -> Resource | None:
        groups = check.resource.items("SecurityGroups").values if check.resource else ()
        return model.groups.group(groups[0]).resource if len(groups) == 1 else check.resource

    yield from faults(
        _balanced(model, "egress"),
        at_its_group,
        lambda group: f"{reasons(model, group)}, where {callers(group)} listens",
        _egress_of,
    )


def _egress_of(resource: Resource) -> Place:
    return ("SecurityGroupEgress",) if resource.type.endswith("SecurityGroup") else ("SecurityGroups",)


RULES: Final[tuple[Rule, ...]] = (
    load_balancer_kept_out,
    load_balancer_on_another_port,
    load_balancer_may_not_call,
)
