"""The images that the tasks of all cases pull: repositories outside of any template."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from private_fargate.deploy.registry import own_registry
from private_fargate.local.placeholder import placeholder

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session

_REPOSITORIES: Final = ("shop", "mail", "ledger")
_TAGS: Final = (256, 512, 1024, 4096)
"""The generator takes the CPU of a task for its tag."""

_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"


def push_all(session: Session) -> None:
    """Push a placeholder under each name that a generated system may pull."""
    ecr: Any = session.client("ecr")
    image = placeholder("amd64")
    there = {each["repositoryName"] for each in ecr.describe_repositories()["repositories"]}
    for repository in sorted(set(_REPOSITORIES) - there):
        ecr.create_repository(repositoryName=repository)
        registry = own_registry(session)
        for digest, blob in image.blobs.items():
            registry.upload(repository, digest, io.BytesIO(blob), len(blob))
        for tag in _TAGS:
            registry.put_manifest(repository, str(tag), image.manifest, _MANIFEST)
