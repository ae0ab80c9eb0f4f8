"""The images of a demonstration: a placeholder in each repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.config.models import RepositoryImage
from private_fargate.local.placeholder import placeholder, push
from private_fargate.mirroring import ARCHITECTURES

if TYPE_CHECKING:
    from private_fargate.config.models import Environment
    from private_fargate.deploy.session import Session


def push_placeholders(session: Session, environment: Environment) -> dict[str, str]:
    """Push a placeholder for each service whose image is in a repository of ours; return their digests."""
    digests: dict[str, str] = {}
    for name, service in environment.services.items():
        if isinstance(service.image, RepositoryImage):
            image = placeholder(ARCHITECTURES[service.platform])
            digests[name] = push(session, f"{environment.name}/{service.image.repository}", image)
    return digests
