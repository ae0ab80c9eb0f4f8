"""A tiny image in the place of a real one, pushed as any container tool would push it.

Nothing of it is ever run: the embedded AWS keeps tasks as records.  But the digest is real, so the second
deployment goes the way that every later one goes.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from private_fargate.deploy.session import DeployError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.deploy.session import Session

_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"  # not compressed: the same bytes with every zlib
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"

_TIMEOUT = 30  # seconds
_DIGITS = 12  # of the digest in the tag: tags never move, so another image needs another tag


@dataclass(frozen=True, kw_only=True)
class Image:
    """An OCI image of one layer: its manifest, and the blobs that it names by digest."""

    manifest: bytes
    blobs: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """By what the image is pinned: `sha256:…` of the manifest."""
        return _digest(self.manifest)


def placeholder(architecture: str) -> Image:
    """Return the placeholder for an architecture in OCI's names (`amd64`, `arm64`); always the same bytes.

    Source: https://github.com/opencontainers/image-spec, manifest.md and config.md.
    """
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        text = b"A placeholder; push the image of the service in its place.\n"
        entry = tarfile.TarInfo("PLACEHOLDER")
        entry.size = len(text)
        tar.addfile(entry, io.BytesIO(text))
    layer = archive.getvalue()
    config = _json(
        {
            "architecture": architecture,
            "os": "linux",
            "config": {"Cmd": ["/PLACEHOLDER"]},
            "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
        }
    )
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": _descriptor(_CONFIG, config),
            "layers": [_descriptor(_LAYER, layer)],
        }
    )
    return Image(manifest=manifest, blobs={_digest(config): config, _digest(layer): layer})


def push(session: Session, repository: str, image: Image) -> str:
    """Push an image to a repository through the registry's HTTP API; return its digest.

    Source: https://github.com/opencontainers/distribution-spec, "Push".

    Raises:
        DeployError: the registry refused; the message has its words.
    """
    granted = session.client("ecr").get_authorization_token()["authorizationData"][0]
    registry = _Registry(session.endpoint or granted["proxyEndpoint"], granted["authorizationToken"])
    for digest, blob in image.blobs.items():
        registry.upload(repository, digest, blob)
    tag = f"placeholder-{image.digest.removeprefix('sha256:')[:_DIGITS]}"
    registry.call("PUT", f"/v2/{repository}/manifests/{tag}", image.manifest, _MANIFEST)
    return image.digest


@dataclass(frozen=True)
class _Registry:
    """A registry at a URL, entered with a token in the form of HTTP's basic scheme."""

    url: str
    token: str

    def upload(self, repository: str, digest: str, blob: bytes) -> None:
        """Upload one blob: ask for a place, then put it there."""
        place = urlsplit(self.call("POST", f"/v2/{repository}/blobs/uploads/", b"", "")["location"])
        query = f"{place.query}&" if place.query else ""
        target = f"{place.path}?{query}digest={digest}"
        self.call("PUT", target, blob, "application/octet-stream")

    def call(self, method: str, path: str, body: bytes, content_type: str) -> dict[str, str]:
        """Return the headers of the answer, by lower-case names."""
        address = urlsplit(self.url)
        kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
        connection = kind(address.hostname or "", address.port, timeout=_TIMEOUT)
        headers = {"Authorization": f"Basic {self.token}"}
        if content_type:
            headers["Content-Type"] = content_type
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:  # noqa: PLR2004 - HTTP's own line between success and all else
            message = (
                f"the registry answered {method} {path} with {answer.status}: {text.decode(errors='replace')}"
            )
            raise DeployError(message)
        return {name.lower(): value for name, value in answer.getheaders()}


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _descriptor(media_type: str, data: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": _digest(data), "size": len(data)}


def _json(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
