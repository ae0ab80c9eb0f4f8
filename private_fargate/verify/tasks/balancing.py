"""Whether a load balancer gets through to the tasks behind it.

Source: AmazonECS/latest/developerguide/service-load-balancing.html;
elasticloadbalancing/latest/application/load-balancer-update-security-groups.html
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from private_fargate.verify.network.groups import Side
from private_fargate.verify.tasks.demand import Demand
from private_fargate.verify.tasks.path import Path, passed
from private_fargate.verify.templates.values import NOTHING, as_int, as_items, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.network.groups import Groups
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System

_TARGET_GROUP = "ElasticLoadBalancingV2::TargetGroup"
_LISTENER = "ElasticLoadBalancingV2::Listener"
_LOAD_BALANCER = "ElasticLoadBalancingV2::LoadBalancer"


def target_groups_of(actions: Value) -> Iterator[Value]:
    """Give the target groups that some actions of a listener, or of its rule, forward to."""
    for action in as_items(actions).values:
        if not isinstance(action, dict):
            continue
        if action.get("TargetGroupArn") is not None:
            yield action["TargetGroupArn"]
        forward = action.get("ForwardConfig")
        groups = as_items(forward.get("TargetGroups")).values if isinstance(forward, dict) else ()
        yield from (group.get("TargetGroupArn") for group in groups if isinstance(group, dict))


def listeners_of(system: System, target_group: Resource) -> list[Resource]:
    """Give the listeners that forward to a target group, themselves or by a rule."""
    found = system.once(_listeners).get(as_text(target_group.ref), [])
    return list({id(listener): listener for listener in found}.values())


def _listeners(system: System) -> dict[str, list[Resource]]:
    """Give the listeners that forward to each target group, by what refers to the group."""
    found: dict[str, list[Resource]] = defaultdict(list)
    for listener in system.of(_LISTENER):
        for group in target_groups_of(listener.get("DefaultActions")):
            found[as_text(group)].append(listener)
    for rule in system.of("ElasticLoadBalancingV2::ListenerRule"):
        listener = system.find(rule.get("ListenerArn"), _LISTENER)
        if listener is not None:
            for group in target_groups_of(rule.get("Actions")):
                found[as_text(group)].append(listener)
    return found


def balancers_of(system: System, target_group: Resource) -> list[Resource]:
    """Give the load balancers in front of a target group, as far as they are ours."""
    found = (
        system.find(listener.get("LoadBalancerArn"), _LOAD_BALANCER)
        for listener in listeners_of(system, target_group)
    )
    return list({id(balancer): balancer for balancer in found if balancer}.values())


def balancing(system: System, groups: Groups, workload: Workload) -> Iterator[Path]:
    """Give, for each load balancer in front of a service, whether it reaches the service's tasks."""
    for entry in workload.resource.items("LoadBalancers").values:
        if not isinstance(entry, dict):
            continue
        target_group = system.find(entry.get("TargetGroupArn"), _TARGET_GROUP)
        port = as_int(entry.get("ContainerPort"))
        if target_group is None or port is None:
            continue
        # Health is asked on the port of the traffic, unless the target group names another.
        ports = dict.fromkeys([port, as_int(target_group.get("HealthCheckPort")) or port])
        for balancer in balancers_of(system, target_group):
            yield from (_balanced(groups, workload, target_group, balancer, called) for called in ports)


def _balanced(
    groups: Groups, workload: Workload, target_group: Resource, balancer: Resource, port: int
) -> Path:
    vpc = target_group.get("VpcId")
    own = Side(workload.groups, workload.subnets.values, vpc)
    name, address = str(balancer.address), f"{balancer.address}:{port}"
    demand = Demand(need=f"calls from {address}")
    subnets = balancer.items("Subnets").values
    if not subnets:
        mapped = balancer.items("SubnetMappings").values
        subnets = tuple(mapping.get("SubnetId") for mapping in mapped if isinstance(mapping, dict))
    has_groups = _has_groups(balancer)
    peer = Side(balancer.items("SecurityGroups") if has_groups else NOTHING, subnets, vpc)
    if not has_groups:
        # A network load balancer without groups is judged by its addresses, and those of its clients.
        reached = groups.passes("ingress", own, Side(NO_GROUPS, subnets, vpc), port)
        checks = [passed(f"its security groups let tcp/{port} in from {name}", reached, "ingress")]
    else:
        out = groups.passes("egress", peer, own, port)
        into = groups.passes("ingress", own, peer, port)
        checks = [
            passed(f"the security groups of {name} let tcp/{port} out to the tasks", out, "egress", balancer),
            passed(f"its security groups let tcp/{port} in from {name}", into, "ingress"),
        ]
    return Path(kind="balance", workload=workload, subnet=None, demand=demand, checks=tuple(checks))


NO_GROUPS = as_items(["a load balancer without a security group"])
"""The groups of something that has none: no rule is about them."""


def _has_groups(balancer: Resource) -> bool:
    """Say whether a load balancer has security groups; a network load balancer only if they are given."""
    kind = as_text(balancer.get("Type") or "application")
    return kind == "application" or balancer.get("SecurityGroups") is not None
