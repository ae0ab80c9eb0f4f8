"""Names of images, as Docker reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\Z"
)
_HUB: Final = "docker.io"
_HUB_REGISTRY: Final = "registry-1.docker.io"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """An image in a registry.

    Attributes:
        host: whom to ask.
        tag: or digest: `latest`, `sha256:…`.
        full: the name as the words of ECS have it, with registry and tag.
    """

    host: str
    repository: str
    tag: str
    full: str

    @property
    def region(self) -> str | None:
        """The region of an image in ECR; None if it is elsewhere, also in the public ECR."""
        found = _ECR.match(self.host)
        return found["region"] if found else None

    def url(self, kind: str, name: str) -> str:
        """Return where something of the repository is: `manifests` by tag or digest, `blobs` by digest."""
        return f"https://{self.host}/v2/{self.repository}/{kind}/{name}"


def reference(image: str) -> Reference:
    """Return what a name means.

    >>> reference("nginx").full, reference("nginx").host
    ('docker.io/library/nginx:latest', 'registry-1.docker.io')
    >>> reference("quay.io/a/b:1@sha256:00").tag
    'sha256:00'

    Source: https://github.com/distribution/reference, normalize.go.
    """
    name, _, digest = image.partition("@")
    slash, colon = name.rfind("/"), name.rfind(":")
    tag = name[colon + 1 :] if colon > slash else "latest"
    name = name[:colon] if colon > slash else name
    first, _, rest = name.partition("/")
    if not rest or not ("." in first or ":" in first or first == "localhost"):
        first, rest = _HUB, name if "/" in name else f"library/{name}"
    full = f"{first}/{rest}@{digest}" if digest else f"{first}/{rest}:{tag}"
    host = _HUB_REGISTRY if first in {_HUB, "index.docker.io"} else first
    return Reference(host=host, repository=rest, tag=digest or tag, full=full)
