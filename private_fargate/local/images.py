"""The images of a demonstration: a placeholder in each repository, and the parameters that name it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.config.models import RepositoryImage
from private_fargate.kit.digests import ENTRIES_PER_TEXT, text_numbers
from private_fargate.kit.naming import logical_id
from private_fargate.kit.spread import group_count, spread
from private_fargate.local.placeholder import placeholder, push

if TYPE_CHECKING:
    from collections.abc import Collection

    from private_fargate.config.models import Environment
    from private_fargate.deploy.session import Session

_ARCHITECTURES = {"linux/x86_64": "amd64", "linux/arm64": "arm64"}  # of a task -> in OCI's words


def push_placeholders(session: Session, environment: Environment) -> dict[str, str]:
    """Push a placeholder for each service whose image is in a repository of ours; return their digests."""
    digests: dict[str, str] = {}
    for name, service in environment.services.items():
        if isinstance(service.image, RepositoryImage):
            image = placeholder(_ARCHITECTURES[service.platform])
            digests[name] = push(session, f"{environment.name}/{service.image.repository}", image)
    return digests


def digest_parameters(
    environment: Environment, digests: dict[str, str], declared: Collection[str]
) -> dict[str, str]:
    """Return the parent's parameters that tell each service its image.

    A parent of few services has a parameter for each of them; one of many has a few for each group of
    services, with entries NAME=DIGEST.

    Args:
        environment: whose parent it is.
        digests: by service.
        declared: the names of the parent's parameters.
    """
    own = {f"{logical_id(name)}ImageDigest": digest for name, digest in digests.items()}
    if own.keys() <= set(declared):
        return own
    parameters: dict[str, str] = {}
    groups = spread(environment.services, group_count(len(environment.services)))
    for number, names in groups.items():
        entries = [f"{name}={digests[name]}" for name in names if name in digests]
        for text in text_numbers(len(entries)):
            start = (int(text) - 1) * ENTRIES_PER_TEXT
            some = entries[start : start + ENTRIES_PER_TEXT]
            parameters[f"Services{number}ImageDigests{text}"] = ",".join(some)
    return parameters
