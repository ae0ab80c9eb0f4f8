"""What a task needs of its network before its containers run, in the order in which it is fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.fabric.agent.references import reference
from private_fargate.fabric.agent.secrets import is_secret, region_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.fabric.agent.orders import Order
    from private_fargate.fabric.parts.workloads import Container

AWSLOGS: Final = "awslogs"
_AT_ONCE: Final = (
    10  # Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
)


def registries(order: Order) -> tuple[str, ...]:
    """Return the regions of the images that are in ECR, each once."""
    regions = (reference(each.image).region for each in order.task.containers)
    return tuple(dict.fromkeys(region for region in regions if region))


def private_auths(order: Order) -> Iterator[tuple[Container, str]]:
    """Yield the containers whose registry wants to be told something, and the secret that has it."""
    for each in order.task.containers:
        if each.registry_credentials and reference(each.image).region is None:
            yield each, each.registry_credentials


def secrets(order: Order) -> tuple[tuple[Container, str], ...]:
    """Return the secrets of Secrets Manager, each once, with the first container that wants it."""
    found: dict[str, Container] = {}
    for container, place in _places(order):
        if is_secret(place):
            found.setdefault(place, container)
    return tuple((container, place) for place, container in found.items())


def parameters(order: Order) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the parameters of Systems Manager in the batches in which they are asked for, by region."""
    by_region: dict[str, dict[str, None]] = {}
    for _, place in _places(order):
        if not is_secret(place):
            by_region.setdefault(region_of(place, order.region), {})[place] = None
    for region, names in by_region.items():
        listed = tuple(names)
        for begin in range(0, len(listed), _AT_ONCE):
            yield region, listed[begin : begin + _AT_ONCE]


def environment_files(order: Order) -> Iterator[tuple[Container, str]]:
    """Yield the files with variables."""
    for each in order.task.containers:
        for arn in each.environment_files:
            yield each, arn


def logging(order: Order) -> tuple[Container, ...]:
    """Return the containers whose output goes to CloudWatch."""
    return tuple(each for each in order.task.containers if each.log_driver == AWSLOGS)


def _places(order: Order) -> Iterator[tuple[Container, str]]:
    for each in order.task.containers:
        for place in (*each.secrets.values(), *each.log_secrets.values()):
            yield each, place
