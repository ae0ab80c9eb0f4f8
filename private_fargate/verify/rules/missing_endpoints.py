"""A task in a subnet that leads nowhere, and an API that it calls without an endpoint in its VPC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.images import PUBLIC_ECR
from private_fargate.verify.rules.paths_of import NO_INTERNET, at_workload, failing, faults, subnets
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.values import has_unknown, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.paths import Check, Path
    from private_fargate.verify.rules.rule import Rule

_SUBNETS: Final = ("NetworkConfiguration", "AwsvpcConfiguration", "Subnets")
_ENDPOINTS: Final = "AmazonECS/latest/developerguide/vpc-endpoints.html"
_ECR: Final = "AmazonECR/latest/userguide/vpc-endpoints.html"


def _add(name: str) -> str:
    return (
        f"Add an AWS::EC2::VPCEndpoint of type Interface for com.amazonaws.${{AWS::Region}}.{name}, in the "
        "subnets of the tasks, with PrivateDnsEnabled: true and a security group that lets tcp/443 in from "
        "them; or a route to a NAT gateway."
    )


def leads_nowhere(model: Model, path: Path) -> bool:
    """Say whether the subnet of a path leads nowhere by design, not because of some other fault."""
    if path.obstacle == "no route":
        return True
    if path.obstacle != "no association":
        return False
    # Without an association the main route table holds; if no other leads out, one would not have helped.
    return not any(
        model.routes.default_routes(subnet, "ipv4")
        for subnet in path.workload.subnets.values
        if subnet != path.subnet
    ) and not _some_table_leads_out(model)


def _some_table_leads_out(model: Model) -> bool:
    return any(
        route.get("NatGatewayId") is not None or route.get("TransitGatewayId") is not None
        for route in model.system.of("EC2::Route")
    )


def _missing(model: Model, names: tuple[str, ...]) -> list[tuple[Path, Check]]:
    """Give the paths of tasks that fail for want of an endpoint."""
    return [
        (path, check)
        for path, check in failing(model, "no way")
        if path.demand.endpoint in names
        and path.workload.kind != "host"
        and _is_regional(model, path) is not False
        and leads_nowhere(model, path)
    ]


def _is_regional(model: Model, path: Path) -> bool | None:
    region = path.demand.region
    return True if not region else same(region, model.system.world.pseudo("AWS::Region"))


def _faults(
    model: Model, names: tuple[str, ...], keep: Callable[[Path], bool] = lambda _: True
) -> Iterator[Fault]:
    found = [(path, check) for path, check in _missing(model, names) if keep(path)]

    def message(group: list[tuple[Path, Check]]) -> str:
        path = group[0][0]
        why = f": it {path.demand.feature.why}" if path.demand.feature else ""
        return (
            f"{path.workload.name} calls {path.demand.endpoint} from {subnets(model, group)}, where there is "
            f"neither an endpoint for it nor a way to the internet{why}"
        )

    yield from faults(found, at_workload, message, _SUBNETS)


def _has(model: Model, path: Path, name: str) -> bool:
    vpc = model.routes.vpc_of(path.subnet)
    return any(e.name == name and same(e.vpc, vpc) is not False for e in model.endpoints)


_NO_API_SYMPTOM: Final = (
    "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry "
    "auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task "
    "network configuration. operation error ECR: GetAuthorizationToken, exceeded maximum number of attempts, "
    "3"
)


@rule(
    "NET-001",
    "error",
    "A task with an image in ECR has a way to ECR: endpoints, or the internet",
    symptom=_NO_API_SYMPTOM,
    fix=_add("ecr.api"),
    source=_ECR,
)
def no_way_to_ecr(model: Model) -> Iterator[Fault]:
    """Nothing checks the routes of a subnet when a service is created in it.

    The task starts, waits three minutes for ECR, and stops with a message that names neither route nor
    endpoint.
    """
    yield from _faults(model, ("ecr.api",), lambda path: not _has(model, path, "ecr.dkr"))


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
    yield from _faults(model, ("ecr.api",), lambda path: _has(model, path, "ecr.dkr"))


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
    yield from _faults(model, ("ecr.dkr",))


@rule(
    "NET-004",
    "error",
    "A task with an image in ECR has a way to S3, where the layers are",
    symptom="CannotPullContainerError: … Get https://prod-<region>-starport-layer-bucket.s3.<region>"
    ".amazonaws.com/…: dial tcp: i/o timeout",
    fix="Add an AWS::EC2::VPCEndpoint of type Gateway for com.amazonaws.${AWS::Region}.s3 with the "
    "RouteTableIds of the tasks' subnets; it costs nothing.",
    source=_ECR,
)
def no_way_to_the_layers(model: Model) -> Iterator[Fault]:
    """Manifests come from ECR, layers from a bucket of AWS: the pull begins, and hangs at the first layer."""
    yield from _faults(model, ("s3",), lambda path: path.demand.layers)


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
    yield from _faults(model, ("logs",))


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
    yield from _faults(model, ("secretsmanager",))


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
    yield from _faults(model, ("ssm",))


@rule(
    "NET-011",
    "error",
    "A task with ECS Exec has a way to Session Manager",
    symptom="TargetNotConnectedException: The execute command failed due to an internal error",
    fix=_add("ssmmessages"),
    source="AmazonECS/latest/developerguide/ecs-exec.html",
)
def no_way_to_sessions(model: Model) -> Iterator[Fault]:
    """The service is healthy; only whoever needs a shell in an emergency finds that there is none."""
    yield from _faults(model, ("ssmmessages",))


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
        for path, check in _missing(model, ("ecs-agent",))
        if path.demand.feature and path.demand.feature.feature == "Service Connect"
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


def _outside(model: Model, keep: Callable[[Path], bool]) -> Iterator[Fault]:
    """Give a fault for each task whose image is on the internet, in a subnet that leads nowhere."""
    for path, check in failing(model, "no way"):
        if not path.demand.host or not keep(path) or path.obstacle not in NO_INTERNET:
            continue
        if not leads_nowhere(model, path):
            continue
        where = path.workload.definition or path.workload.resource
        message = (
            f"{path.workload.name} pulls from {path.demand.host}, and {model.system.show(check.why)}; "
            "no endpoint serves that registry"
        )
        yield Fault(where, message, at=path.demand.at, breaks=(path.name,))


def _once(found: Iterator[Fault]) -> Iterator[Fault]:
    """Keep one fault for each image; the subnets of a task all say the same."""
    seen: set[tuple[str, tuple[str | int, ...]]] = set()
    for fault in found:
        key = (str(fault.resource.address), fault.at)
        if key not in seen:
            seen.add(key)
            yield fault


@rule(
    "NET-034",
    "error",
    "A task without a way to the internet has no image from ECR Public",
    symptom="CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref "
    "public.ecr.aws/…: dial tcp: i/o timeout",
    fix="Copy the image into a repository of ECR in the account and region, and name it there; or add a NAT "
    "gateway.",
    source="vpc/latest/privatelink/aws-services-privatelink-support.html: ecr-public has no endpoint for "
    "pulls",
)
def public_ecr_in_isolation(model: Model) -> Iterator[Fault]:
    """ECR Public is AWS's and still not in PrivateLink: the endpoints of ECR do not serve it."""
    yield from _once(_outside(model, lambda path: path.demand.host == PUBLIC_ECR))


@rule(
    "NET-035",
    "error",
    "A task without a way to the internet has no image from a registry outside AWS",
    symptom='CannotPullContainerError: … failed to do request: Head "https://registry-1.docker.io/v2/…": '
    "dial "
    "tcp …:443: i/o timeout",
    fix="Copy the image into a repository of ECR in the account and region, and name it there; or add a NAT "
    "gateway.",
    source="AmazonECS/latest/developerguide/task_cannot_pull_image.html",
)
def other_registry_in_isolation(model: Model) -> Iterator[Fault]:
    """An image without a host name comes from Docker Hub, which is easily forgotten."""
    yield from _once(_outside(model, lambda path: path.demand.host != PUBLIC_ECR))


@rule(
    "NET-036",
    "error",
    "A task without a way to the internet pulls from ECR in its own region",
    symptom="CannotPullContainerError: … Head https://<account>.dkr.ecr.<other region>.amazonaws.com/v2/…: "
    "dial tcp: i/o timeout",
    fix="Replicate the image into the region of the stack, and write ${AWS::Region} in the name of the "
    "image.",
    source=f"{_ECR}: the endpoints of ECR and of S3 serve their own region",
)
def image_in_another_region(model: Model) -> Iterator[Fault]:
    """Endpoints are regional, and the name of an image holds a region that is easily copied along."""
    yield from _once(_far_images(model))


def _far_images(model: Model) -> Iterator[Fault]:
    for path in model.paths:
        demand = path.demand
        if not demand.endpoint.startswith("ecr") or not demand.region or has_unknown(demand.region):
            continue
        here = _is_regional(model, path)
        closed = here is False and path.obstacle in NO_INTERNET
        by_endpoint = here is None and path.endpoint is not None
        if not (closed or by_endpoint):
            continue
        where = path.workload.definition or path.workload.resource
        region = "the region of the stack" if here is None else model.system.world.region
        name = path.workload.name
        message = f"{name} pulls an image from {demand.region}, and the endpoints lead to {region} alone"
        severity = None if closed else "warning"
        yield Fault(where, message, at=demand.at, breaks=(path.name,), severity=severity)


RULES: Final[tuple[Rule, ...]] = (
    no_way_to_ecr,
    registry_without_api,
    no_way_to_the_registry,
    no_way_to_the_layers,
    no_way_to_logs,
    no_way_to_secrets,
    no_way_to_parameters,
    no_way_to_sessions,
    public_ecr_in_isolation,
    other_registry_in_isolation,
    image_in_another_region,
    no_way_to_the_agent,
)
