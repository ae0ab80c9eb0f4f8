"""What follows from the settings of an environment without being said in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.config.endpoints import unlisted_endpoints
from private_fargate.config.models import Environment, JumpHost, RepositoryImage
from private_fargate.config.references import ecr_image

if TYPE_CHECKING:
    from collections.abc import Iterable

    from private_fargate.config.models import Service

INTERNET = "internet"

THIS_REGION = "${AWS::Region}"
"""In names that IAM knows for all Regions of an account: what Fn::Sub puts the Region of a stack into."""


def zone_count(environment: Environment) -> int:
    """Return the number of zones."""
    zones = environment.network.zones
    return zones if isinstance(zones, int) else len(zones)


def namespace(environment: Environment) -> str:
    """Return the DNS name under which the services are found."""
    return environment.discovery.namespace or environment.name


def repository_names(environment: Environment, services: Iterable[str] | None = None) -> tuple[str, ...]:
    """Return the names of the repositories of ours that services pull from, each once, in order.

    Args:
        environment: the environment.
        services: names of its services; None for all.
    """
    chosen = environment.services if services is None else services
    images = (environment.services[name].image for name in chosen)
    return tuple(sorted({image.repository for image in images if isinstance(image, RepositoryImage)}))


def other_registries(environment: Environment) -> tuple[str, ...]:
    """Return the account IDs, in order, whose ECR repositories the services pull from."""
    images = (service.image for service in environment.services.values())
    found = (ecr_image(image) for image in images if isinstance(image, str))
    return tuple(sorted({image.account for image in found if image is not None}))


def has_public_jump_host(environment: Environment) -> bool:
    """Return whether a jump host stands in a public subnet."""
    host = environment.jump_host
    return isinstance(host, JumpHost) and host.placement == "public"


def without_jump_host(environment: Environment) -> Environment:
    """Return the same environment as somebody has it who wants no jump host."""
    return environment.model_copy(update={"jump_host": "none"})


def calls_out(environment: Environment, service: Service) -> bool:
    """Return whether a service's tasks need the way to the internet.

    They do where the settings say so, where the image comes from a registry without an endpoint,
    and where an endpoint that the environment needs was left out of an explicit list.
    """
    if environment.network.egress == "none":
        return False
    if INTERNET in service.allow_to or unlisted_endpoints(environment):
        return True
    return isinstance(service.image, str) and ecr_image(service.image) is None


def any_calls_out(environment: Environment, services: Iterable[str]) -> bool:
    """Return whether one of these services needs the way to the internet."""
    return any(calls_out(environment, environment.services[name]) for name in services)


def any_exec(environment: Environment, services: Iterable[str]) -> bool:
    """Return whether people may run commands inside the tasks of one of these services."""
    return any(environment.services[name].exec for name in services)


def product_name(environment: Environment) -> str:
    """Return what the product is called in Service Catalog."""
    offered = environment.catalog
    return offered.product if offered is not None and offered.product else environment.name


def launch_role_name(environment: Environment, region: str = THIS_REGION) -> str:
    """Return the name of the role with which Service Catalog makes products, in every account.

    It ends with the Region, also where the settings name it: what it may do is of one Region, and so is the
    stack that makes it.

    Args:
        environment: with a `catalog`.
        region: of the catalog; as it is left, the name is a text for Fn::Sub.
    """
    chosen = environment.catalog.launch_role if environment.catalog is not None else None
    return f"{chosen or f'{environment.name}-launch'}-{region}"


def boundary_name(environment: Environment, region: str = THIS_REGION) -> str | None:
    """Return the name of the policy that bounds each role of a product; None if there is no product.

    Args:
        environment: the environment.
        region: of the catalog; as it is left, the name is a text for Fn::Sub.
    """
    return f"{environment.name}-boundary-{region}" if environment.catalog is not None else None


def launch_topic_name(environment: Environment) -> str | None:
    """Return the name of the topic that gets the events of all launches; None if there is none."""
    wanted = environment.catalog is not None and environment.catalog.notify
    return f"{environment.name}-launches" if wanted else None
