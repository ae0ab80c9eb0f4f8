"""Rules about the subnets of tasks: public addresses that lead nowhere, and room for all."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final

from private_fargate.verify.network.blocks import network
from private_fargate.verify.rules.network.facts import is_word
from private_fargate.verify.rules.paths import plain
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.templates.symbols import has_symbol
from private_fargate.verify.templates.values import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System

_RESERVED: Final = 5
_OF_BALANCER: Final = 8
"""How many free addresses a subnet of an Application Load Balancer has to have.

Source: elasticloadbalancing/latest/application/application-load-balancers.html, "Subnets for your load
balancer".
"""


@rule(
    "NET-043",
    "warning",
    "A task with a public address is where an internet gateway is",
    symptom="The task has a public address, and nothing reaches it or is reached through it",
    fix="Write AssignPublicIp: DISABLED, or take subnets whose default route is an internet gateway.",
    source="AmazonECS/latest/developerguide/fargate-task-networking.html",
)
def public_addresses_are_of_use(model: Model) -> Iterator[Fault]:
    """The address is assigned and paid for all the same, and hides that the subnet is private."""
    for task in model.tasks:
        if not is_word(task.public_ip, "enabled"):
            continue
        inert = [subnet for subnet in task.subnets.values if _is_private(model, subnet)]
        if inert:
            first = plain(model, inert[0])
            message = f"AssignPublicIp is ENABLED, and no internet gateway is on the way out of {first}"
            yield Fault(task.resource, message, at=("NetworkConfiguration",))


def _is_private(model: Model, subnet: Value) -> bool:
    """Say whether the way out of a subnet certainly is no internet gateway."""
    way = model.routes.internet(subnet, True)
    if way.kind:
        return way.kind != "internet gateway"
    return way.holds is False and way.obstacle in ("no route", "no association")


@rule(
    "NET-047",
    "warning",
    "The subnets of a service have addresses for all its tasks, twice while it deploys",
    symptom="RESOURCE:ENI; The specified subnet does not have enough free addresses to satisfy the request",
    fix="Give the subnets larger blocks, lower MaximumPercent, or spread the tasks over more subnets.",
    source="vpc/latest/userguide/subnet-sizing.html",
)
def subnets_have_room(model: Model) -> Iterator[Fault]:
    """Each task takes an address; so do endpoints and load balancers, and five of each block are AWS's."""
    taken = _taken(model)
    tasks = [(task, frozenset(map(as_text, task.subnets.values))) for task in model.tasks]
    told: set[frozenset[str]] = set()
    for task, subnets in tasks:
        if not subnets or subnets in told or not task.subnets.complete:
            continue
        told.add(subnets)
        sizes = [_size(model.system, subnet) for subnet in subnets]
        known = [size for size in sizes if size is not None]
        if len(known) < len(sizes):
            continue
        inside = [other for other, theirs in tasks if theirs and theirs <= subnets]
        most = sum(_most(model.system, other) for other in inside)
        fixed = sum(taken[subnet] for subnet in subnets)
        if most + fixed > sum(known):
            others = f"{fixed} addresses of endpoints and others"
            message = (
                f"{most} tasks at most, and {others}, share {sum(known)} addresses in {len(known)} subnets"
            )
            yield Fault(task.resource, message, at=("NetworkConfiguration",))


def _size(system: System, subnet: Value) -> int | None:
    """Count the addresses of a subnet that AWS does not keep to itself; None if its block is not known."""
    resource = system.find(subnet, "EC2::Subnet")
    block = resource.get("CidrBlock") if resource else None
    found = None if block is None or has_symbol(block) else network(as_text(block))
    is_ipv4 = found is not None and found.version == 4  # noqa: PLR2004 -- of IP
    return found.num_addresses - _RESERVED if found is not None and is_ipv4 else None


def _taken(model: Model) -> Counter[str]:
    """Count the addresses in each subnet that something else takes."""
    found: Counter[str] = Counter()
    for endpoint in model.endpoints:
        found.update(as_text(subnet) for subnet in endpoint.subnets.values)
    for balancer in model.system.of("ElasticLoadBalancingV2::LoadBalancer"):
        kind = balancer.get("Type")
        each = _OF_BALANCER if kind is None or is_word(kind, "application") else 1
        for subnet in balancer.items("Subnets").values:
            found[as_text(subnet)] += each
    for single in model.system.of("EC2::NatGateway", "EFS::MountTarget", "EC2::Instance"):
        found[as_text(single.get("SubnetId") or "")] += 1
    return found


def _largest_counts(system: System) -> dict[str, int]:
    """Give how far each service may be scaled out, by its name."""
    found: dict[str, int] = {}
    for target in system.of("ApplicationAutoScaling::ScalableTarget"):
        name = as_text(target.get("ResourceId") or "").rpartition("/")[2]
        found[name] = max(found.get(name, 0), target.number("MaxCapacity") or 0)
    return found


def _most(system: System, task: Workload) -> int:
    """Count the tasks that certainly may run at a time: while it deploys, the old ones and the new ones."""
    resource = task.resource
    if task.kind != "service" or resource.type != "AWS::ECS::Service":
        return 1
    count = 1 if resource.get("DesiredCount") is None else resource.number("DesiredCount") or 0
    scaled = system.once(_largest_counts).get(as_text(resource.attribute("Name")), 0)
    count = max(count, scaled)
    percent = resource.get("DeploymentConfiguration", "MaximumPercent")
    most = 200 if percent is None else resource.number("DeploymentConfiguration", "MaximumPercent") or 100
    return math.floor(count * most / 100)


RULES: Final[tuple[Rule, ...]] = (public_addresses_are_of_use, subnets_have_room)
