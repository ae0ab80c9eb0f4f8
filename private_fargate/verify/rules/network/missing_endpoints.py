"""A task in a subnet that leads nowhere, and an API that it calls without an endpoint in its VPC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.aws.needs import SERVICE_CONNECT
from private_fargate.verify.rules.network.symptoms import NO_CONNECTION, NO_LAYERS
from private_fargate.verify.rules.paths import (
    at_workload,
    called,
    failing,
    faults,
    has_way_beside,
    means_isolation,
    subnets,
    where_it_runs,
)
from private_fargate.verify.rules.rule import rule
from private_fargate.verify.templates.values import same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.paths import Pair
    from private_fargate.verify.rules.rule import Fault, Rule
    from private_fargate.verify.tasks.path import Path

_CALLED: Final = (
    "ecr.api",
    "ecr.dkr",
    "s3",
    "logs",
    "secretsmanager",
    "ssm",
    "ssmmessages",
    "kms",
    "ecs-agent",
)
_BY_ARN: Final = ("secretsmanager", "ssm")
"""What is called in the region that an ARN names; images have a rule of their own, NET-036."""

_ENDPOINTS: Final = "AmazonECS/latest/developerguide/vpc-endpoints.html"
_ECR: Final = "AmazonECR/latest/userguide/vpc-endpoints.html"


def _add(name: str) -> str:
    return (
        f"Add an AWS::EC2::VPCEndpoint of type Interface for com.amazonaws.${{AWS::Region}}.{name}, in the "
        "subnets of the tasks, with PrivateDnsEnabled: true and a security group that lets tcp/443 in from "
        "them; or a route to a NAT gateway."
    )


def _missing(model: Model, *names: str) -> list[Pair]:
    """Give the paths of tasks that fail for want of an endpoint."""
    return [
        (path, check)
        for path, check in failing(model, "no way")
        if path.demand.endpoint in names
        and path.workload.kind != "host"
        and (path.demand.endpoint in _BY_ARN or _is_regional(model, path) is not False)
        and means_isolation(model, path)
    ]


def _is_regional(model: Model, path: Path) -> bool | None:
    region = path.demand.region
    return True if not region else same(region, model.system.world.pseudo("AWS::Region"))


def lacks_all_of_ecr(model: Model, path: Path) -> bool:
    """Say whether the task of a path pulls from ECR, and nothing of ECR answers in the path's subnet."""
    return any(
        other.subnet == path.subnet
        and other.demand.endpoint == "ecr.api"
        and any(other.failing("no way"))
        and not _has(model, other, "ecr.dkr")
        for other in model.paths_of(path.workload)
    )


def _is_told_by_pull(model: Model, path: Path) -> bool:
    """Say whether the rule about the image speaks of a path too: one missing route is one fault.

    Where a NAT gateway is in sight, the route to it is missing; where none is, each endpoint is.
    """
    if path.demand.endpoint.startswith("ecr"):
        return lacks_all_of_ecr(model, path)
    return has_way_beside(model, path) and (
        lacks_all_of_ecr(model, path)
        or any(
            other.subnet == path.subnet and other.demand.host and any(other.failing("no way"))
            for other in model.paths_of(path.workload)
        )
    )


def _faults(model: Model, *names: str, keep: Callable[[Path], bool] = lambda _: True) -> Iterator[Fault]:
    found = [
        (path, check)
        for path, check in _missing(model, *names)
        if keep(path) and not _is_told_by_pull(model, path)
    ]
    yield from faults(found, at_workload, lambda group: _message(model, group), where_it_runs)


def _message(model: Model, group: list[Pair]) -> str:
    path = group[0][0]
    why = f": it {path.demand.feature.why}" if path.demand.feature else ""
    if all(_is_regional(model, other) is False for other, _ in group):
        return (
            f"{path.workload.name} calls {called(group)} of {path.demand.region} from "
            f"{subnets(model, group)}, and endpoints lead to their own region alone{why}"
        )
    one = len({other.demand.endpoint for other, _ in group}) == 1
    neither = "there is neither an endpoint for it" if one else "there are neither endpoints for them"
    return (
        f"{path.workload.name} calls {called(group)} from {subnets(model, group)}, where {neither} nor a way "
        f"to the internet{why}"
    )


def _has(model: Model, path: Path, name: str) -> bool:
    vpc = model.routes.vpc_of(path.subnet)
    return any(e.name == name and same(e.vpc, vpc) is not False for e in model.endpoints)


_NO_API_SYMPTOM: Final = (
    f"{NO_CONNECTION} operation error ECR: GetAuthorizationToken, exceeded maximum number of attempts, 3"
)


@rule(
    "NET-001",
    "error",
    "A task with an image in ECR has a way to ECR: endpoints, or the internet",
    symptom=_NO_API_SYMPTOM,
    fix="Lead 0.0.0.0/0 of the subnets' route table to a NAT gateway; or, without internet, add "
    "AWS::EC2::VPCEndpoints of type Interface for com.amazonaws.${AWS::Region}.ecr.api and ….ecr.dkr, with "
    "PrivateDnsEnabled: true and a security group that lets tcp/443 in from the tasks, and a gateway for s3.",
    source=_ECR,
)
def no_way_to_ecr(model: Model) -> Iterator[Fault]:
    """Nothing checks the routes of a subnet when a service is created in it.

    The task starts, waits three minutes for ECR, and stops with a message that names neither route nor
    endpoint.
    """
    found = [
        (path, check)
        for path, check in _missing(model, *_CALLED)
        if lacks_all_of_ecr(model, path) and _is_told_by_pull(model, path)
    ]
    yield from faults(found, at_workload, lambda group: _message(model, group), where_it_runs)


@rule(
    "NET-002",
    "error",
    "A VPC with an endpoint for the registry of ECR has one for its API too",
    symptom=_NO_API_SYMPTOM,
    fix=_add("ecr.api"),
    source=f"{_ECR}: Fargate platform version 1.4.0 and later needs both",
)
def registry_without_api(model: Model) -> Iterator[Fault]:
    """ECR is two services, and the names do not say which one a pull needs.

    The login is `ecr.api`, the registry `ecr.dkr`: with the second alone the task stops before it asks for
    the image.
    """
    yield from _faults(model, "ecr.api")


@rule(
    "NET-003",
    "error",
    "A task with an image in ECR has a way to the registry",
    symptom="CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve "
    "ref: failed to do request: Head https://<account>.dkr.ecr.<region>.amazonaws.com/v2/…: dial tcp: i/o "
    "timeout",
    fix=_add("ecr.dkr"),
    source=_ECR,
)
def no_way_to_the_registry(model: Model) -> Iterator[Fault]:
    """The login works through `ecr.api`, so that the error speaks of the image and not of the network."""
    yield from _faults(model, "ecr.dkr")


@rule(
    "NET-004",
    "error",
    "A task with an image in ECR has a way to S3, where the layers are",
    symptom=NO_LAYERS,
    fix="Add an AWS::EC2::VPCEndpoint of type Gateway for com.amazonaws.${AWS::Region}.s3 with the "
    "RouteTableIds of the tasks' subnets; it costs nothing.",
    source=_ECR,
)
def no_way_to_the_layers(model: Model) -> Iterator[Fault]:
    """Manifests come from ECR, layers from a bucket of AWS: the pull begins, and hangs at the first layer."""
    yield from _faults(
        model, "s3", keep=lambda path: path.demand.layers and path.obstacle != "no public address"
    )


@rule(
    "NET-008",
    "error",
    "A task that logs to CloudWatch has a way to CloudWatch Logs",
    symptom="ResourceInitializationError: failed to validate logger args: The task cannot find the Amazon "
    "CloudWatch log group defined in the task definition. There is a connection issue between the task and "
    "Amazon CloudWatch. Check your network configuration. : signal: killed",
    fix=_add("logs"),
    source=_ENDPOINTS,
)
def no_way_to_logs(model: Model) -> Iterator[Fault]:
    """The agent opens the log before it starts the container, and blames the log group when it cannot."""
    yield from _faults(model, "logs")


@rule(
    "NET-009",
    "error",
    "A task with secrets has a way to Secrets Manager",
    symptom="ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve secret "
    "from asm: There is a connection issue between the task and AWS Secrets Manager. Check your task network "
    "configuration. failed to fetch secret",
    fix=_add("secretsmanager"),
    source=_ENDPOINTS,
)
def no_way_to_secrets(model: Model) -> Iterator[Fault]:
    """Secrets are read by the agent in the network of the task, before the container starts."""
    yield from _faults(model, "secretsmanager")


@rule(
    "NET-010",
    "error",
    "A task with parameters of Systems Manager has a way to it",
    symptom="ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve "
    "secrets from ssm: The task cannot pull secrets from AWS Systems Manager. There is a connection issue "
    "between the task and AWS Systems Manager Parameter Store. context deadline exceeded",
    fix=_add("ssm"),
    source=_ENDPOINTS,
)
def no_way_to_parameters(model: Model) -> Iterator[Fault]:
    """Parameters and secrets stand in the same list of a container and are read from two services."""
    yield from _faults(model, "ssm")


@rule(
    "NET-011",
    "error",
    "A task with ECS Exec has a way to Session Manager",
    symptom="TargetNotConnectedException: The execute command failed due to an internal error",
    fix=_add("ssmmessages"),
    source="AmazonECS/latest/developerguide/ecs-exec.html",
)
def no_way_to_sessions(model: Model) -> Iterator[Fault]:
    """The service is healthy; only whoever needs a shell in an emergency finds that there is none.

    Sessions under a key of one's own ask KMS too.
    """
    yield from _faults(model, "ssmmessages", "kms")


@rule(
    "NET-049",
    "warning",
    "A service with Service Connect has a way to ECS, which configures its proxy",
    symptom="The Service Connect proxy does not become healthy, and the deployment does not finish",
    fix=_add("ecs-agent"),
    source=f"{_ENDPOINTS}: management of the Envoy proxy uses the ecs-agent endpoint",
)
def no_way_to_the_agent(model: Model) -> Iterator[Fault]:
    """Service Connect looks like a setting of ECS; its proxy is a program in the task, and calls ECS."""
    found = [
        (path, check)
        for path, check in _missing(model, "ecs-agent")
        if path.demand.feature is SERVICE_CONNECT and not _is_told_by_pull(model, path)
    ]
    yield from faults(
        found,
        at_workload,
        lambda group: (
            f"the proxy of {group[0][0].workload.name} calls ecs-agent from "
            f"{subnets(model, group)}, where there is neither an endpoint for it nor a way to the internet"
        ),
        ("ServiceConnectConfiguration",),
    )


RULES: Final[tuple[Rule, ...]] = (
    no_way_to_ecr,
    registry_without_api,
    no_way_to_the_registry,
    no_way_to_the_layers,
    no_way_to_logs,
    no_way_to_secrets,
    no_way_to_parameters,
    no_way_to_sessions,
    no_way_to_the_agent,
)
