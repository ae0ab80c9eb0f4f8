"""Rules about load balancers themselves: their subnets, zones and VPC."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from private_fargate.verify.network.addresses import zones_of
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.rules.services.facts import fargate_services, load_balancers
from private_fargate.verify.rules.services.load_balancers_facts import (
    BALANCER,
    GROUP,
    Forwards,
    is_application,
    subnets_of,
)
from private_fargate.verify.tasks.workloads import one_word
from private_fargate.verify.templates.symbols import has_symbol, has_unknown
from private_fargate.verify.templates.values import all_of, as_text, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.network.ways import Way
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System
    from private_fargate.verify.templates.values import Truth

_LOCAL_ZONE: Final = re.compile(r".*-\d+-[a-z]+-\d+[a-z]")
_ZONES: Final = 2


@rule(
    "LB-006",
    "error",
    "An Application Load Balancer has subnets in two zones",
    symptom="At least two subnets in two different Availability Zones must be specified",
    fix="Name a subnet in a second zone in Subnets.",
    source="elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html, Subnets",
)
def has_two_zones(model: Model) -> Iterator[Fault]:
    """A Network Load Balancer is content with one, and so is the schema."""
    for balancer in model.system.of(BALANCER):
        name, subnets = subnets_of(balancer)
        if not is_application(balancer) or not subnets.complete or len(subnets.values) >= _ZONES:
            continue
        if any(has_unknown(subnet) or _is_special(model.system, subnet) for subnet in subnets.values):
            continue
        only = f"only {as_text(subnets.values[0])}" if subnets.values else "no subnet"
        yield Fault(balancer, f"{balancer.address} has {only}", (name,))


def _is_special(system: System, subnet: Value) -> bool:
    """Say whether a subnet is on an Outpost or in a Local Zone, where one is enough."""
    found = system.find(subnet, "EC2::Subnet")
    if found is None:
        return False
    zone = as_text(found.get("AvailabilityZone") or "")
    return found.get("OutpostArn") is not None or bool(_LOCAL_ZONE.fullmatch(zone))


@rule(
    "LB-007",
    "error",
    "The subnets of a load balancer are in different zones",
    symptom="A load balancer cannot be attached to multiple subnets in the same Availability Zone",
    fix="Name one subnet of each zone.",
    source="elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html, Subnets",
)
def one_subnet_per_zone(model: Model) -> Iterator[Fault]:
    """The zone is a property of the subnet, often in another stack, and not seen where subnets are listed."""
    for balancer in model.system.of(BALANCER):
        name, subnets = subnets_of(balancer)
        zones = zones_of(model.system, list(subnets.values))
        placed = list(zip(subnets.values, zones, strict=True))
        yield from _in_one_zone(model.system, balancer, name, placed)


def _zone(system: System, zone: Value) -> str:
    """Name a zone for a person; one that is known by its number has no name."""
    return system.show(zone).removesuffix(".Zone")


def _in_one_zone(
    system: System, balancer: Resource, name: str, placed: list[tuple[Value, Value]]
) -> Iterator[Fault]:
    """Give the subnets that are in a zone where another one is already."""
    first: dict[str, int] = {}
    for index, (subnet, zone) in enumerate(placed):
        if zone is None:
            continue
        other = first.setdefault(as_text(zone), index)
        if other != index:
            yield Fault(
                balancer,
                f"{as_text(placed[other][0])} and {as_text(subnet)} of {balancer.address} are in one zone, "
                f"{_zone(system, zone)}",
                (name, index),
            )


@rule(
    "LB-008",
    "error",
    "A load balancer that faces the internet stands where the internet gateway leads",
    symptom="VPC … has no internet gateway; or the load balancer is active, and connections to it time out",
    fix="Name public subnets in Subnets, or set Scheme: internal.",
    source="elasticloadbalancing/latest/application/application-load-balancers.html",
)
def faces_the_internet(model: Model) -> Iterator[Fault]:
    """Scheme is internet-facing if it is absent, and a route by a NAT gateway lets nobody in."""
    for balancer in model.system.of(BALANCER):
        scheme = balancer.get("Scheme")
        if scheme is not None and one_word(scheme, "INTERNET-FACING") is not True:
            continue
        if one_word(balancer.get("Type"), "GATEWAY") is not False:
            continue
        name, subnets = subnets_of(balancer)
        family = "ipv6" if _is_ipv6(balancer) else "ipv4"
        ways = {as_text(s): model.routes.internet(s, True, family) for s in subnets.values if s is not None}
        shut = [subnet for subnet, way in ways.items() if _lets_nobody_in(way)]
        if shut:
            default = " by default" if scheme is None else ""
            yield Fault(
                balancer,
                f"{balancer.address} faces the internet{default}, and {', '.join(shut)} has no route to an "
                "internet gateway",
                (name,),
            )


def _is_ipv6(balancer: Resource) -> bool:
    return one_word(balancer.get("IpAddressType"), "DUALSTACK-WITHOUT-PUBLIC-IPV4") is True


def _lets_nobody_in(way: Way) -> bool:
    """Say whether a subnet is not reached from the internet for certain: what leads out need not lead in."""
    return "NAT" in way.kind or way.obstacle in ("no route", "no association")


@rule(
    "LB-009",
    "error",
    "A load balancer is in every zone in which its tasks run",
    symptom="unused: Target is in an Availability Zone that is not enabled for the load balancer",
    fix="Add a subnet of the zone to the load balancer, or take the task's subnet away.",
    source="elasticloadbalancing/latest/application/target-group-health-checks.html, Target.NotInUse",
)
def is_where_the_tasks_are(model: Model) -> Iterator[Fault]:
    """The tasks of the other zone run, are never healthy, and are replaced again and again."""
    forwards = Forwards(model.system)
    for task in fargate_services(model):
        balancers = {
            balancer.address: balancer
            for _, entry in load_balancers(task.resource)
            for forward in forwards.to(entry["TargetGroupArn"])
            if (balancer := forwards.balancer(forward))
        }
        for balancer in balancers.values():
            yield from _outside(model.system, task, balancer)


def _outside(system: System, task: Workload, balancer: Resource) -> Iterator[Fault]:
    subnets = subnets_of(balancer)[1]
    enabled = zones_of(system, list(subnets.values))
    if not subnets.complete or any(zone is None for zone in enabled):
        return
    if is_application(balancer) and len({as_text(zone) for zone in enabled}) < _ZONES:
        return  # it is not created at all, which other rules say
    for index, zone in enumerate(zones_of(system, list(task.subnets.values))):
        if zone is not None and all_of(_differ(zone, other) for other in enabled) is True:
            yield Fault(
                task.resource,
                f"{task.name} runs in {as_text(task.subnets.values[index])}, in {_zone(system, zone)}, where "
                f"{balancer.address} has no subnet",
                ("NetworkConfiguration", "AwsvpcConfiguration", "Subnets", index),
            )


def _differ(zone: Value, other: Value) -> Truth:
    """Say whether two zones differ; one that is known by its number may be any that has a name."""
    equal = same(zone, other)
    if equal is False and has_symbol(zone) != has_symbol(other):
        return None
    return None if equal is None else not equal


@rule(
    "LB-010",
    "error",
    "A target group is in the VPC of the load balancer",
    symptom="The following target groups are in a different VPC than load balancer …",
    fix="Set VpcId of the target group to the VPC of the load balancer's subnets.",
    source="elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html, VpcId",
)
def is_in_one_vpc(model: Model) -> Iterator[Fault]:
    """The load balancer names subnets only; its VPC is theirs."""
    forwards = Forwards(model.system)
    seen: set[int] = set()
    for forward in forwards.all:
        group, balancer = model.system.find(forward.target, GROUP), forwards.balancer(forward)
        if group is None or balancer is None or id(group) in seen or group.get("VpcId") is None:
            continue
        for subnet in subnets_of(balancer)[1].values:
            vpc = model.routes.vpc_of(subnet)
            if vpc is not None and same(group.get("VpcId"), vpc) is False:
                seen.add(id(group))
                there = as_text(group.get("VpcId"))
                message = f"{group.address} is in {there}, and {balancer.address} in {as_text(vpc)}"
                yield Fault(group, message, ("VpcId",))
                break


RULES: Final[tuple[Rule, ...]] = (
    has_two_zones,
    one_subnet_per_zone,
    faces_the_internet,
    is_where_the_tasks_are,
    is_in_one_vpc,
)
