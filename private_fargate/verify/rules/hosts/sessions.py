"""A host without a key, and its way to Session Manager."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.paths import (
    NO_INTERNET,
    at_endpoint_group,
    at_group,
    at_workload,
    called,
    callers,
    failing,
    faults,
    reasons,
    subnets,
)
from private_fargate.verify.rules.rule import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.network.ways import Obstacle
    from private_fargate.verify.rules.paths import Pair
    from private_fargate.verify.rules.rule import Fault, Rule

_NOT_CONNECTED: Final = "TargetNotConnected: <instance> is not connected; the host never registers"
_ENDPOINTS: Final = "systems-manager/latest/userguide/setup-create-vpc.html"


def _of_hosts(model: Model, *obstacles: Obstacle) -> list[Pair]:
    return [
        (path, check)
        for path, check in failing(model, "no way")
        if path.workload.kind == "host" and path.obstacle in obstacles
    ]


@rule(
    "JUMP-001",
    "error",
    "A host without a way to the internet has endpoints for Systems Manager and for its sessions",
    symptom=_NOT_CONNECTED,
    fix="Add interface endpoints for ssm and ssmmessages, with PrivateDnsEnabled: true, in the host's VPC.",
    source=f"{_ENDPOINTS}; ec2messages is needed by SSM Agent before 3.3.40.0 only",
)
def host_without_endpoints(model: Model) -> Iterator[Fault]:
    """`ssm` registers the host and `ssmmessages` carries its sessions: with one alone neither works."""
    yield from faults(
        _of_hosts(model, *NO_INTERNET),
        at_workload,
        lambda group: (
            f"{group[0][0].workload.name} calls {called(group)} from "
            f"{subnets(model, group)}, where neither an endpoint nor the internet answers"
        ),
        ("SubnetId",),
    )


@rule(
    "JUMP-002",
    "error",
    "A host in a public subnet has a public address",
    symptom=_NOT_CONNECTED,
    fix="Give it AssociatePublicIpAddress: true, or move it to a subnet with a NAT gateway, or add endpoints "
    "for ssm and ssmmessages.",
    source="vpc/latest/userguide/VPC_Internet_Gateway.html",
)
def host_without_address(model: Model) -> Iterator[Fault]:
    """A network interface that is written out does not take the subnet's setting for public addresses."""
    yield from faults(
        _of_hosts(model, "no public address"),
        at_workload,
        lambda group: (
            f"{group[0][0].workload.name} has no public address in {subnets(model, group)}, which "
            "leads to an internet gateway, and no endpoints"
        ),
        ("SubnetId",),
    )


@rule(
    "JUMP-007",
    "error",
    "The endpoints' security group lets the host in",
    symptom=_NOT_CONNECTED,
    fix="Add an ingress rule for tcp/443 from the host's security group to that of the endpoints, and let "
    "tcp/443 out of the host's.",
    source=_ENDPOINTS,
)
def endpoint_closed_to_host(model: Model) -> Iterator[Fault]:
    """The tasks start, so that the endpoints seem right; the host is in another group."""
    at_endpoint = at_endpoint_group(model)
    found = [
        (path, check)
        for path, check in failing(model, "ingress", "egress")
        if path.workload.kind == "host"
        and path.kind == "call"
        and (check.cause == "egress" or not path.endpoint or path.endpoint.groups.values)
    ]
    yield from faults(
        found,
        lambda path, check: at_group(path, check) if check.cause == "egress" else at_endpoint(path, check),
        lambda group: f"{reasons(model, group)}, so that {callers(group)} does not get to {called(group)}",
    )


RULES: Final[tuple[Rule, ...]] = (host_without_endpoints, host_without_address, endpoint_closed_to_host)
