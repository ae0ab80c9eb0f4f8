"""The demo as it stands after its second deployment: with its image, and a task that runs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from private_fargate import building
from private_fargate.deploy.destroy import Remover, destroy
from private_fargate.deploy.packaging import ensure_bucket
from private_fargate.local.images import push_images
from private_fargate.mirroring import digest_parameters
from tests.support.deployments import deployed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.session import Session

DEMO = "private-fargate-demo"
_BUCKET = "standing-tests"


@contextmanager
def demo_standing(aws: Session) -> Iterator[str]:
    """Yield the digest of the image that the demo's service runs; the demo is gone afterwards."""
    ensure_bucket(aws, _BUCKET)
    settings = building.load(building.find("demo"))
    try:
        deployed(aws, settings, {}, bucket=_BUCKET)
        digests = {name: image.digest for name, image in push_images(aws, settings).items()}
        deployed(aws, settings, digest_parameters(settings, digests, ["NginxImageDigest"]), bucket=_BUCKET)
        yield digests["nginx"]
    finally:
        destroy(aws, DEMO, Remover())
