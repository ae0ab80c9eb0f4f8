"""What follows from the settings of an environment without being said in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.config.endpoints import missing_endpoints
from private_fargate.config.models import Environment, JumpHost, RepositoryImage
from private_fargate.config.references import ecr_image

if TYPE_CHECKING:
    from private_fargate.config.models import Service

INTERNET = "internet"


def zone_count(environment: Environment) -> int:
    """Return the number of zones."""
    zones = environment.network.zones
    return zones if isinstance(zones, int) else len(zones)


def namespace(environment: Environment) -> str:
    """Return the DNS name under which the services are found."""
    return environment.discovery.namespace or environment.name


def repositories(environment: Environment) -> tuple[str, ...]:
    """Return the names of our repositories, each once, in alphabetical order."""
    images = (service.image for service in environment.services.values())
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


def calls_out(environment: Environment, service: Service) -> bool:
    """Return whether a service's tasks need the way to the internet.

    They do where the settings say so, where the image comes from a registry without an endpoint,
    and where an endpoint that the environment needs was left out of an explicit list.
    """
    if environment.network.egress == "none":
        return False
    if INTERNET in service.allow_to or missing_endpoints(environment):
        return True
    return isinstance(service.image, str) and ecr_image(service.image) is None
