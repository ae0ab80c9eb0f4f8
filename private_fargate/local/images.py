"""The images of a demonstration: nginx for each service that has a repository, or a placeholder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.config.models import RepositoryImage
from private_fargate.local.nginx_image import nginx_image, why_not
from private_fargate.local.oci import push
from private_fargate.local.placeholder import placeholder
from private_fargate.mirroring import ARCHITECTURES

if TYPE_CHECKING:
    from private_fargate.config.models import Environment, Service
    from private_fargate.deploy.session import Session
    from private_fargate.local.oci import Image


def push_images(session: Session, environment: Environment) -> dict[str, Image]:
    """Push an image for each service whose image is in a repository of ours; return them by service.

    Raises:
        DeployError: the registry refused; the message has its words.
    """
    images: dict[str, Image] = {}
    for name, service in environment.services.items():
        if isinstance(service.image, RepositoryImage):
            images[name] = image_of(service)
            push(session, f"{environment.name}/{service.image.repository}", images[name])
    return images


def image_of(service: Service) -> Image:
    """Return what to push for a service: nginx on its port, or a placeholder that says why it is one."""
    architecture = ARCHITECTURES[service.platform]
    if reason := why_not(architecture):
        return placeholder(architecture, reason)
    return nginx_image(architecture, service.port)
