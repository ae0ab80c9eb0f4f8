"""A way is there and leads nowhere: routes, NAT gateways, private DNS, network ACLs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.missing_endpoints import leads_nowhere
from private_fargate.verify.rules.paths_of import (
    at_check,
    at_workload,
    breaks,
    failing,
    faults,
    gathered,
    listed,
    plain,
    subnets,
)
from private_fargate.verify.rules.rule import Fault, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.paths import Check, Path
    from private_fargate.verify.routes import Obstacle
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.stacks import Resource
    from private_fargate.verify.workloads import Workload

_ECR: Final = "AmazonECR/latest/userguide/vpc-endpoints.html"
_LAYERS: Final = (
    "CannotPullContainerError: … Get "
    "https://prod-<region>-starport-layer-bucket.s3.<region>.amazonaws.com/…: dial tcp: i/o timeout"
)
_NO_CONNECTION: Final = (
    "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry "
    "auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task "
    "network configuration."
)


def _behind(model: Model, *obstacles: Obstacle) -> list[tuple[Path, Check]]:
    """Give the failing paths of tasks that some obstacle keeps from the internet."""
    causes = ("no way", "gateway elsewhere", "private DNS off")
    return [
        (path, check)
        for path, check in failing(model, *causes)
        if path.way is not None and path.way.obstacle in obstacles and path.workload.kind != "host"
    ]


def _gateways_elsewhere(model: Model) -> list[tuple[Path, Check]]:
    """Give the paths to S3 whose gateway endpoint is on other route tables."""
    return [
        (path, check)
        for path, check in failing(model, "gateway elsewhere")
        if path.way is not None and path.way.obstacle == "no route"
    ]


def _subnets_of(model: Model, path: Path) -> set[object]:
    """Give the subnets in which a workload gets what a path is about."""
    return {
        other.subnet
        for other in model.paths_of(path.workload)
        if other.demand == path.demand and other.holds is not False
    }


@rule(
    "NET-005",
    "error",
    "A gateway endpoint for S3 is on a route table of the tasks",
    symptom=_LAYERS,
    fix="Add the route tables of the tasks' subnets to RouteTableIds of the gateway endpoint.",
    source="vpc/latest/privatelink/gateway-endpoints.html",
)
def gateway_on_no_table_of_the_tasks(model: Model) -> Iterator[Fault]:
    """A gateway endpoint is a route, and serves only the subnets whose route table has it."""
    found = [pair for pair in _gateways_elsewhere(model) if not _subnets_of(model, pair[0])]
    yield from faults(
        found,
        at_check,
        lambda group: (
            f"{group[0][1].by} is on no route table of {subnets(model, group)}, from where "
            f"{listed(path.workload.name for path, _ in group)} fetches from S3"
        ),
        ("RouteTableIds",),
    )


@rule(
    "NET-006",
    "warning",
    "A gateway endpoint for S3 is on the route tables of all zones of a task",
    symptom=f"{_LAYERS}, in one zone and not in the others",
    fix="Add the route tables of all subnets of the service to RouteTableIds of the gateway endpoint.",
    source="vpc/latest/privatelink/gateway-endpoints.html",
)
def gateway_on_some_tables(model: Model) -> Iterator[Fault]:
    """Some tasks start and others do not, by the zone that ECS happens to pick."""
    found = [pair for pair in _gateways_elsewhere(model) if _subnets_of(model, pair[0])]
    yield from faults(
        found,
        at_check,
        lambda group: (
            f"{group[0][1].by} is not on the route table of {subnets(model, group)}, and on that of "
            f"other subnets of {listed(path.workload.name for path, _ in group)}"
        ),
        ("RouteTableIds",),
    )


@rule(
    "NET-007",
    "error",
    "Image layers are fetched through a gateway endpoint for S3, not an interface without private DNS",
    symptom=_LAYERS,
    fix="Add a gateway endpoint for com.amazonaws.${AWS::Region}.s3 on the tasks' route tables.",
    source=f"{_ECR}: a gateway endpoint for S3 is required",
)
def interface_for_layers(model: Model) -> Iterator[Fault]:
    """An interface endpoint for S3 has names of its own, and ECR hands out the public ones."""
    found = [pair for pair in failing(model, "private DNS off") if pair[0].demand.endpoint == "s3"]
    yield from faults(
        found,
        at_check,
        lambda group: (
            f"{group[0][1].by} is the only endpoint for S3, an interface without private DNS, and "
            f"{listed(path.workload.name for path, _ in group)} fetches image layers by S3's public name"
        ),
        ("VpcEndpointType",),
    )


@rule(
    "NET-012",
    "error",
    "An interface endpoint answers to the public name of its service",
    symptom=_NO_CONNECTION,
    fix="Set PrivateDnsEnabled: true; CloudFormation's default is false.",
    source=f"{_ECR}; AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpcendpoint.html",
)
def private_dns_off(model: Model) -> Iterator[Fault]:
    """The endpoint is there, and nobody calls it: the public name leads to a public address."""
    found = [pair for pair in failing(model, "private DNS off") if pair[0].demand.endpoint != "s3"]
    yield from faults(
        found,
        at_check,
        lambda group: (
            f"{group[0][1].by} has no private DNS, so that "
            f"{listed(path.workload.name for path, _ in group)} looks for "
            f"{group[0][0].demand.endpoint} on the internet, to which there is no way"
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
        lambda group: (
            f"no name is resolved in {group[0][1].by}, where "
            f"{listed(path.workload.name for path, _ in group)} runs"
        ),
        ("EnableDnsSupport",),
    )


@rule(
    "NET-023",
    "error",
    "Each subnet of a task has a route table of its own",
    symptom=f"{_NO_CONNECTION} In one zone and not in the others",
    fix="Add an AWS::EC2::SubnetRouteTableAssociation of the subnet with its route table.",
    source="vpc/latest/userguide/VPC_Route_Tables.html",
)
def no_association(model: Model) -> Iterator[Fault]:
    """Without one the main route table of the VPC holds, which knows neither NAT gateway nor S3."""
    found = [
        pair
        for pair in _behind(model, "no association")
        if pair[1].cause != "no way" or not leads_nowhere(model, pair[0])
    ]
    yield from faults(
        found,
        lambda path, _: model.system.find(path.subnet, "EC2::Subnet"),
        lambda group: (
            f"{subnets(model, group)} is associated with no route table, so that "
            f"{listed(path.name for path, _ in group)} has no way"
        ),
    )


def _without_address(model: Model) -> list[tuple[Path, Check]]:
    return _behind(model, "no public address")


def _gets_the_rest_privately(model: Model, workload: Workload) -> bool:
    """Say whether a workload reaches other APIs through endpoints, so that only S3 is missing."""
    calls = [path for path in model.paths_of(workload) if path.demand.endpoint]
    others = [path for path in calls if path.demand.endpoint != "s3"]
    return bool(others) and all(path.endpoint is not None and path.holds is not False for path in others)


@rule(
    "NET-024",
    "error",
    "A task in a subnet that leads to an internet gateway has a public address",
    symptom=_NO_CONNECTION,
    fix="Move the tasks to subnets whose default route leads to a NAT gateway, or give the tasks' own "
    "subnets such a route; or set AssignPublicIp: ENABLED.",
    source="AmazonECS/latest/developerguide/fargate-task-networking.html",
)
def internet_gateway_without_address(model: Model) -> Iterator[Fault]:
    """An internet gateway drops what comes from a private address; the route table looks right."""
    found = [
        pair for pair in _without_address(model) if not _gets_the_rest_privately(model, pair[0].workload)
    ]
    yield from faults(
        found,
        at_workload,
        lambda group: (
            f"{group[0][0].workload.name} has no public address, and {subnets(model, group)} leads "
            "to an internet gateway"
        ),
        ("NetworkConfiguration", "AwsvpcConfiguration"),
    )


@rule(
    "NET-044",
    "error",
    "A task without a public address in a public subnet has a gateway endpoint for S3 there",
    symptom=_LAYERS,
    fix="Add the public subnets' route table to RouteTableIds of the gateway endpoint for S3.",
    source=_ECR,
)
def public_subnet_without_gateway(model: Model) -> Iterator[Fault]:
    """The endpoints of ECR serve the whole VPC, the gateway of S3 only its route tables."""
    found = [pair for pair in _without_address(model) if _gets_the_rest_privately(model, pair[0].workload)]
    yield from faults(
        found,
        at_workload,
        lambda group: (
            f"{group[0][0].workload.name} fetches image layers from {subnets(model, group)}, whose "
            "route table leads to an internet gateway and to no gateway endpoint for S3"
        ),
        ("NetworkConfiguration", "AwsvpcConfiguration"),
    )


@rule(
    "NET-025",
    "error",
    "A NAT gateway stands in a subnet that leads to an internet gateway",
    symptom=_NO_CONNECTION,
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
            f"{group[0][0].way.why if group[0][0].way else ''}; "
            f"{listed(path.workload.name for path, _ in group)} has no other way"
        ),
        ("SubnetId",),
    )


@rule(
    "NET-033",
    "error",
    "Block Public Access spares the subnets through which tasks reach the internet",
    symptom=_NO_CONNECTION,
    fix="Add an AWS::EC2::VPCBlockPublicAccessExclusion for the VPC, or for the NAT gateways' subnets.",
    source="vpc/latest/userguide/security-vpc-bpa.html",
)
def public_access_blocked(model: Model) -> Iterator[Fault]:
    """It is a setting of the whole account and region, and no route shows it."""
    options = next(model.system.of("EC2::VPCBlockPublicAccessOptions"), None)
    found = _behind(model, "public access blocked")
    if options is not None and found:
        names = listed(path.workload.name for path, _ in found)
        yield Fault(
            options,
            f"{options.address} blocks the way of {names} to the internet, and nothing is excluded from it",
            at=("InternetGatewayBlockMode",),
            breaks=breaks(found),
        )


@rule(
    "NET-046",
    "error",
    "The network ACLs of a task let its calls out, and the answers in",
    symptom=f"{_LAYERS}; or the timeouts of NET-001",
    fix="Let tcp/443 out to 0.0.0.0/0 and tcp/1024-65535 in from it: S3 is called at public addresses even "
    "through a gateway endpoint, and an ACL does not remember who began.",
    source="vpc/latest/userguide/vpc-network-acls.html; nacl-ephemeral-ports.html",
)
def acl_in_the_way(model: Model) -> Iterator[Fault]:
    """An ACL judges the answer as well as the call, and the answer goes to whichever port was free."""
    for resource, group in gathered(failing(model, "acl"), at_check):
        why = plain(model, group[0][1].why)
        yield Fault(resource, f"{why}, in the way of {listed(breaks(group))}", breaks=breaks(group))


RULES: Final[tuple[Rule, ...]] = (
    gateway_on_no_table_of_the_tasks,
    gateway_on_some_tables,
    interface_for_layers,
    private_dns_off,
    names_not_resolved,
    no_association,
    internet_gateway_without_address,
    nat_without_internet,
    public_access_blocked,
    public_subnet_without_gateway,
    acl_in_the_way,
)
