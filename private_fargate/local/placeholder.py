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
from typing import TYPE_CHECKING

from private_fargate.deploy.registry import own_registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.deploy.session import Session

_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"  # not compressed: the same bytes with every zlib
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"

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
    registry = own_registry(session)
    for digest, blob in image.blobs.items():
        registry.upload(repository, digest, io.BytesIO(blob), len(blob))
    tag = f"placeholder-{image.digest.removeprefix('sha256:')[:_DIGITS]}"
    registry.put_manifest(repository, tag, image.manifest, _MANIFEST)
    return image.digest


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _descriptor(media_type: str, data: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": _digest(data), "size": len(data)}


def _json(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
