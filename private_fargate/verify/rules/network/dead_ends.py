"""Ways to the internet that end before it: associations, gateways, addresses, a block on the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.network.facts import is_word
from private_fargate.verify.rules.network.symptoms import NO_CONNECTION, NO_LAYERS
from private_fargate.verify.rules.paths import (
    at_workload,
    breaks,
    called,
    callers,
    failing,
    faults,
    its_groups,
    means_isolation,
    plain,
    subnets,
)
from private_fargate.verify.rules.rule import Fault, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.network.ways import Obstacle
    from private_fargate.verify.rules.paths import Pair
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.tasks.path import Check, Path
    from private_fargate.verify.templates.resources import Resource

_ECR: Final = "AmazonECR/latest/userguide/vpc-endpoints.html"


def _behind(model: Model, *obstacles: Obstacle) -> list[Pair]:
    """Give the failing paths of tasks that some obstacle keeps from the internet."""
    private = ("private DNS off",) if set(obstacles) & set(_FAULTS) else ()
    return [
        (path, check)
        for path, check in failing(model, "no way", "gateway elsewhere", *private)
        if path.way is not None
        and path.way.obstacle in obstacles
        and (path.workload.kind != "host" or path.way.obstacle in _FAULTS)
    ]


_FAULTS: Final[tuple[Obstacle, ...]] = ("NAT without internet", "public access blocked")
"""Obstacles that nobody means: what they stop may have an endpoint that was not meant to serve."""


@rule(
    "NET-023",
    "error",
    "Each subnet of a task has a route table of its own",
    symptom=f"{NO_CONNECTION} In one zone and not in the others",
    fix="Add an AWS::EC2::SubnetRouteTableAssociation of the subnet with its route table.",
    source="vpc/latest/userguide/VPC_Route_Tables.html",
)
def no_association(model: Model) -> Iterator[Fault]:
    """Without one the main route table of the VPC holds, which knows neither NAT gateway nor S3."""
    found = [
        pair
        for pair in _behind(model, "no association")
        if pair[1].cause == "gateway elsewhere" or not means_isolation(model, pair[0])
    ]
    yield from faults(
        found,
        lambda path, _: model.system.find(path.subnet, "EC2::Subnet"),
        lambda group: (
            f"{subnets(model, group)} is associated with no route table, so that "
            f"{callers(group)} has no way to {called(group)}"
        ),
    )


def _without_address(model: Model, *, by_endpoints: bool) -> list[Pair]:
    """Give the failing paths of tasks in public subnets without a public address.

    Args:
        model: The model.
        by_endpoints: Whether the task gets other things through endpoints there, as some networks mean it.
    """
    return [
        pair
        for pair in _behind(model, "no public address")
        if means_isolation(model, pair[0]) is by_endpoints
    ]


@rule(
    "NET-024",
    "error",
    "A task in a subnet that leads to an internet gateway has a public address",
    symptom=NO_CONNECTION,
    fix="Move the tasks to subnets whose default route leads to a NAT gateway, or give the tasks' own "
    "subnets such a route; or set AssignPublicIp: ENABLED.",
    source="AmazonECS/latest/developerguide/fargate-task-networking.html",
)
def internet_gateway_without_address(model: Model) -> Iterator[Fault]:
    """An internet gateway drops what comes from a private address; the route table looks right."""
    yield from faults(
        _without_address(model, by_endpoints=False),
        at_workload,
        lambda group: (
            f"{group[0][0].workload.name} has no public address, and {subnets(model, group)} leads "
            "to an internet gateway"
        ),
        its_groups,
    )


@rule(
    "NET-044",
    "error",
    "A task without a public address in a public subnet has a gateway endpoint for S3 there",
    symptom=NO_LAYERS,
    fix="Add the public subnets' route table to RouteTableIds of the gateway endpoint for S3.",
    source=_ECR,
)
def public_subnet_without_gateway(model: Model) -> Iterator[Fault]:
    """The endpoints of ECR serve the whole VPC, the gateway of S3 only its route tables."""
    found = [pair for pair in _without_address(model, by_endpoints=True) if pair[0].demand.layers]
    yield from faults(
        found,
        at_workload,
        lambda group: (
            f"{group[0][0].workload.name} fetches image layers from {subnets(model, group)}, whose "
            "route table leads to an internet gateway and to no gateway endpoint for S3"
        ),
        its_groups,
    )


@rule(
    "NET-025",
    "error",
    "A NAT gateway stands in a subnet that leads to an internet gateway",
    symptom=NO_CONNECTION,
    fix="Put the NAT gateway into a public subnet: one whose route table leads 0.0.0.0/0 to the internet "
    "gateway.",
    source="vpc/latest/userguide/vpc-nat-gateway.html",
)
def nat_without_internet(model: Model) -> Iterator[Fault]:
    """The gateway is created, is available, and forwards nothing."""

    def at_gateway(path: Path, _check: Check) -> Resource | None:
        return path.way.by if path.way else None

    yield from faults(
        _behind(model, "NAT without internet"),
        at_gateway,
        lambda group: (
            f"{plain(model, group[0][0].way.why if group[0][0].way else '')}; "
            f"{callers(group)} has no other way to {called(group)}"
        ),
        ("SubnetId",),
    )


@rule(
    "NET-033",
    "error",
    "Block Public Access spares the subnets through which tasks reach the internet",
    symptom=NO_CONNECTION,
    fix="Add an AWS::EC2::VPCBlockPublicAccessExclusion for the VPC, or for the NAT gateways' subnets.",
    source="vpc/latest/userguide/security-vpc-bpa.html",
)
def public_access_blocked(model: Model) -> Iterator[Fault]:
    """It is a setting of the whole account and region, and no route shows it."""
    options = next(model.system.of("EC2::VPCBlockPublicAccessOptions"), None)
    if options is None:
        return
    if found := _behind(model, "public access blocked"):
        yield Fault(
            options,
            f"{options.address} blocks the way of {callers(found)} to the internet, and nothing on it is "
            "excluded",
            at=("InternetGatewayBlockMode",),
            breaks=breaks(found),
        )
    for balancer in model.system.of("ElasticLoadBalancingV2::LoadBalancer"):
        scheme = balancer.get("Scheme")
        if scheme is not None and not is_word(scheme, "internet-facing"):
            continue
        ways = [model.routes.internet(subnet, True) for subnet in balancer.items("Subnets").values]
        if any(way.obstacle == "public access blocked" for way in ways):
            message = f"{options.address} lets nobody in to {balancer.address}, which faces the internet"
            yield Fault(options, message, at=("InternetGatewayBlockMode",))


RULES: Final[tuple[Rule, ...]] = (
    no_association,
    internet_gateway_without_address,
    public_subnet_without_gateway,
    nat_without_internet,
    public_access_blocked,
)
