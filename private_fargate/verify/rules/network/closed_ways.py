"""Endpoints that are there and do not serve, names that are not resolved, ACLs in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.network.symptoms import NO_CONNECTION, NO_LAYERS
from private_fargate.verify.rules.paths import (
    at_check,
    breaks,
    called,
    callers,
    failing,
    faults,
    gathered,
    means_isolation,
    reasons,
    subnets,
)
from private_fargate.verify.rules.rule import Fault, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.paths import Pair
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.tasks.path import Path

_ECR: Final = "AmazonECR/latest/userguide/vpc-endpoints.html"


def _gateways_elsewhere(model: Model) -> list[Pair]:
    """Give the paths to S3 whose gateway endpoint is on other route tables."""
    return [
        (path, check)
        for path, check in failing(model, "gateway elsewhere")
        if path.way is not None and path.way.obstacle == "no route"
    ]


def _is_got_elsewhere(model: Model, path: Path) -> bool:
    """Say whether a workload gets what a path is about in another of its subnets."""
    return any(
        other.demand == path.demand and other.holds is not False for other in model.paths_of(path.workload)
    )


@rule(
    "NET-005",
    "error",
    "A gateway endpoint for S3 is on a route table of the tasks",
    symptom=NO_LAYERS,
    fix="Add the route tables of the tasks' subnets to RouteTableIds of the gateway endpoint.",
    source="vpc/latest/privatelink/gateway-endpoints.html",
)
def gateway_on_no_table_of_the_tasks(model: Model) -> Iterator[Fault]:
    """A gateway endpoint is a route, and serves only the subnets whose route table has it."""
    found = [pair for pair in _gateways_elsewhere(model) if not _is_got_elsewhere(model, pair[0])]
    yield from faults(
        found,
        at_check,
        lambda group: (
            f"{group[0][1].by} is on no route table of {subnets(model, group)}, from where "
            f"{callers(group)} fetches from S3"
        ),
        ("RouteTableIds",),
    )


@rule(
    "NET-006",
    "warning",
    "A gateway endpoint for S3 is on the route tables of all zones of a task",
    symptom=f"{NO_LAYERS}, in one zone and not in the others",
    fix="Add the route tables of all subnets of the service to RouteTableIds of the gateway endpoint.",
    source="vpc/latest/privatelink/gateway-endpoints.html",
)
def gateway_on_some_tables(model: Model) -> Iterator[Fault]:
    """Some tasks start and others do not, by the zone that ECS happens to pick."""
    found = [pair for pair in _gateways_elsewhere(model) if _is_got_elsewhere(model, pair[0])]
    yield from faults(
        found,
        at_check,
        lambda group: (
            f"{group[0][1].by} is not on the route table of {subnets(model, group)}, and on that of "
            f"other subnets of {callers(group)}"
        ),
        ("RouteTableIds",),
    )


def _without_private_dns(model: Model, *, layers: bool) -> list[Pair]:
    """Give the calls whose endpoint has no private DNS, where no other fault keeps them from the internet."""
    return [
        (path, check)
        for path, check in failing(model, "private DNS off")
        if (path.demand.endpoint == "s3") is layers
        and (path.obstacle == "no public address" or means_isolation(model, path))
    ]


@rule(
    "NET-007",
    "error",
    "Image layers are fetched through a gateway endpoint for S3, not an interface without private DNS",
    symptom=NO_LAYERS,
    fix="Add a gateway endpoint for com.amazonaws.${AWS::Region}.s3 on the tasks' route tables.",
    source=f"{_ECR}: a gateway endpoint for S3 is required",
)
def interface_for_layers(model: Model) -> Iterator[Fault]:
    """An interface endpoint for S3 has names of its own, and ECR hands out the public ones."""
    yield from faults(
        _without_private_dns(model, layers=True),
        at_check,
        lambda group: (
            f"{group[0][1].by} is the only endpoint for S3, an interface without private DNS, and "
            f"{callers(group)} fetches image layers by S3's public name"
        ),
        ("VpcEndpointType",),
    )


@rule(
    "NET-012",
    "error",
    "An interface endpoint answers to the public name of its service",
    symptom=NO_CONNECTION,
    fix="Set PrivateDnsEnabled: true; CloudFormation's default is false.",
    source=f"{_ECR}; AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpcendpoint.html",
)
def private_dns_off(model: Model) -> Iterator[Fault]:
    """The endpoint is there, and nobody calls it: the public name leads to a public address."""
    yield from faults(
        _without_private_dns(model, layers=False),
        at_check,
        lambda group: (
            f"{group[0][1].by} has no private DNS, so that the name of {called(group)} leads "
            f"{callers(group)} to the internet, to which there is no way"
        ),
        ("PrivateDnsEnabled",),
    )


@rule(
    "NET-014",
    "error",
    "The VPC of a task resolves names",
    symptom="CannotPullContainerError: … dial tcp: lookup api.ecr.<region>.amazonaws.com: no such host",
    fix="Set EnableDnsSupport: true on the VPC, and EnableDnsHostnames: true for private DNS.",
    source="vpc/latest/userguide/vpc-dns.html",
)
def names_not_resolved(model: Model) -> Iterator[Fault]:
    """Everything that a task calls is called by its name."""
    yield from faults(
        failing(model, "names not resolved"),
        at_check,
        lambda group: f"no name is resolved in {group[0][1].by}, where {callers(group)} runs",
        ("EnableDnsSupport",),
    )


@rule(
    "NET-046",
    "error",
    "The network ACLs of a task let its calls out, and the answers in",
    symptom=f"{NO_LAYERS}; or the timeouts of NET-001",
    fix="Let tcp/443 out to 0.0.0.0/0 and tcp/1024-65535 in from it: S3 is called at public addresses even "
    "through a gateway endpoint, and an ACL does not remember who began.",
    source="vpc/latest/userguide/vpc-network-acls.html; nacl-ephemeral-ports.html",
)
def acl_in_the_way(model: Model) -> Iterator[Fault]:
    """An ACL judges the answer as well as the call, and the answer goes to whichever port was free."""
    for resource, group in gathered(failing(model, "acl"), at_check):
        why = reasons(model, group)
        message = f"{why}, which stops {callers(group)} on the way to {called(group)}"
        yield Fault(resource, message, breaks=breaks(group))


RULES: Final[tuple[Rule, ...]] = (
    gateway_on_no_table_of_the_tasks,
    gateway_on_some_tables,
    interface_for_layers,
    private_dns_off,
    names_not_resolved,
    acl_in_the_way,
)
