"""Images that no endpoint leads to: in public registries, and in other regions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.network.missing_endpoints import lacks_all_of_ecr
from private_fargate.verify.rules.paths import failing, has_way_beside, means_isolation, plain
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.tasks.images import PUBLIC_ECR
from private_fargate.verify.templates.symbols import has_unknown
from private_fargate.verify.templates.values import same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.tasks.path import Path

_ECR: Final = "AmazonECR/latest/userguide/vpc-endpoints.html"


def _outside(model: Model, keep: Callable[[Path], bool]) -> Iterator[Fault]:
    """Give a fault for each task whose image is on the internet, in a subnet that leads nowhere."""
    for path, check in failing(model, "no way"):
        if not path.demand.host or not keep(path) or not means_isolation(model, path):
            continue
        if has_way_beside(model, path) and lacks_all_of_ecr(model, path):
            continue  # one route is missing, and NET-001 says so
        where = path.workload.definition or path.workload.resource
        message = (
            f"{path.workload.name} pulls from {path.demand.host}, which no endpoint serves, and "
            f"{plain(model, path.way.why if path.way else check.why)}"
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
    "dial tcp …:443: i/o timeout",
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
        here = same(demand.region, model.system.world.pseudo("AWS::Region"))
        closed = here is False and means_isolation(model, path)
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
    public_ecr_in_isolation,
    other_registry_in_isolation,
    image_in_another_region,
)
