"""The images of an environment: copied into its repositories, and named by their digests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from private_fargate.config.models import RepositoryImage
from private_fargate.kit.digests import ENTRIES_PER_TEXT, text_numbers
from private_fargate.kit.naming import logical_id
from private_fargate.kit.spread import group_count, spread

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from private_fargate.config.models import Environment
    from private_fargate.deploy.session import Session

_GROUP = re.compile(r"Services\d+ImageDigests\d*")  # see `digest_parameters`
ARCHITECTURES = {"linux/x86_64": "amd64", "linux/arm64": "arm64"}  # of a task -> in OCI's words


def mirror_images(session: Session, environment: Environment) -> dict[str, str]:
    """Copy the image of each service that names a `mirror`; return the digests by service.

    Raises:
        DeployError: a registry refused, or cannot be reached.
    """
    from private_fargate.deploy.registry import copy_image, own_registry  # noqa: PLC0415 -- boto3
    from private_fargate.deploy.session import explained  # noqa: PLC0415 -- as above

    digests: dict[str, str] = {}
    with explained():
        ours = own_registry(session)
        for name, service in environment.services.items():
            image = service.image
            if isinstance(image, RepositoryImage) and image.mirror:
                repository = f"{environment.name}/{image.repository}"
                architecture = ARCHITECTURES[service.platform]
                digests[name] = copy_image(image.mirror, architecture, ours, repository)
    return digests


def named_digests(environment: Environment, digests: dict[str, str]) -> dict[str, str]:
    """Return the parameters of the environment's own parent that tell its services their images."""
    import json  # noqa: PLC0415 -- for this only

    from stacks import parent  # noqa: PLC0415 -- troposphere

    declared = json.loads(parent.render(environment)["parent.json"])["Parameters"]
    return digest_parameters(environment, digests, declared)


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


def known_digests(environment: Environment, parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the digests by service that the parameters of a parent tell: the reverse of `digest_parameters`.

    Args:
        environment: whose parent it is.
        parameters: of the parent as it is deployed.
    """
    own = {name: parameters.get(f"{logical_id(name)}ImageDigest", "") for name in environment.services}
    found = {name: digest for name, digest in own.items() if digest}
    for key, text in parameters.items():
        if _GROUP.fullmatch(key):
            found |= dict(entry.split("=", 1) for entry in text.split(",") if "=" in entry)
    return {name: digest for name, digest in found.items() if name in environment.services}
