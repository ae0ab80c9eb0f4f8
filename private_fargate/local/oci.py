"""Images made and pushed without a container tool: layers are archives, and the rest is JSON.

Source: https://github.com/opencontainers/image-spec, manifest.md, config.md and layer.md.
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
    from collections.abc import Iterable, Mapping, Sequence

    from private_fargate.deploy.session import Session

_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"  # not compressed: the same bytes with every zlib
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"

_DIGITS = 12  # of the digest in the tag: tags never move, so another image needs another tag


@dataclass(frozen=True, kw_only=True)
class Image:
    """An OCI image: its manifest, and the blobs that it names by digest.

    Attributes:
        name: the first word of its tags.
        title: what it is, for people.
    """

    name: str
    title: str
    manifest: bytes
    blobs: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """By what the image is pinned: `sha256:…` of the manifest."""
        return _digest(self.manifest)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A file, a folder or a link of a layer; it is root's, and as old as can be."""

    path: str
    content: bytes = b""
    mode: int = 0o644
    kind: bytes = tarfile.REGTYPE
    target: str = ""


def layer(entries: Iterable[Entry]) -> bytes:
    """Return a layer with these entries and the folders above them; always the same bytes."""
    there = {entry.path.strip("/"): entry for entry in entries}
    for path in list(there):
        for end in (index for index, letter in enumerate(path) if letter == "/"):
            there.setdefault(path[:end], folder(path[:end]))
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path, entry in sorted(there.items()):
            information = tarfile.TarInfo(path)
            information.type, information.mode, information.linkname = entry.kind, entry.mode, entry.target
            information.size = len(entry.content)
            tar.addfile(information, io.BytesIO(entry.content))
    return archive.getvalue()


def folder(path: str, mode: int = 0o755) -> Entry:
    """Return a folder of a layer."""
    return Entry(path=path, mode=mode, kind=tarfile.DIRTYPE)


def link(path: str, target: str) -> Entry:
    """Return a symbolic link of a layer."""
    return Entry(path=path, mode=0o777, kind=tarfile.SYMTYPE, target=target)


def image(
    *, name: str, title: str, architecture: str, layers: Sequence[bytes], config: Mapping[str, object]
) -> Image:
    """Return an image of these layers, the lowest first.

    Args:
        name: the first word of its tags.
        title: what it is, for people.
        architecture: in OCI's words, `amd64` or `arm64`.
        layers: archives that `layer` made.
        config: what its containers run, and how, in OCI's words: `Cmd`, `Env` and so on.
    """
    described = _json(
        {
            "architecture": architecture,
            "os": "linux",
            "config": config,
            "rootfs": {"type": "layers", "diff_ids": [_digest(each) for each in layers]},
        }
    )
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": _descriptor(_CONFIG, described),
            "layers": [_descriptor(_LAYER, each) for each in layers],
        }
    )
    blobs = {_digest(blob): blob for blob in (described, *layers)}
    return Image(name=name, title=title, manifest=manifest, blobs=blobs)


def push(session: Session, repository: str, image: Image) -> str:
    """Push an image to a repository through the registry's HTTP API; return its digest.

    Source: https://github.com/opencontainers/distribution-spec, "Push".

    Raises:
        DeployError: the registry refused; the message has its words.
    """
    registry = own_registry(session)
    for digest, blob in image.blobs.items():
        registry.upload(repository, digest, io.BytesIO(blob), len(blob))
    tag = f"{image.name}-{image.digest.removeprefix('sha256:')[:_DIGITS]}"
    registry.put_manifest(repository, tag, image.manifest, _MANIFEST)
    return image.digest


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _descriptor(media_type: str, data: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": _digest(data), "size": len(data)}


def _json(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
