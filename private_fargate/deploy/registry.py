"""Images copied from one registry to another over HTTP, without a container tool.

Source: https://github.com/opencontainers/distribution-spec, "Pull" and "Push".
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any, cast
from urllib.parse import urlencode, urljoin, urlsplit

from private_fargate.deploy.session import DeployError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.deploy.session import Session

_TYPES = {
    "index": (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    ),
    "manifest": (
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    ),
}
_TIMEOUT = 60  # seconds
_IN_MEMORY = 16 * 1024 * 1024  # bytes of a layer; what is larger goes through a file
_CHUNK = 1024 * 1024  # bytes
_REDIRECTS = 5
_OK, _REDIRECTED, _UNAUTHORIZED, _FAILED = 200, range(300, 400), 401, 400


@dataclass(frozen=True, kw_only=True)
class Reference:
    """An image by registry, repository and tag or digest."""

    registry: str
    repository: str
    reference: str


def parse(image: str) -> Reference:
    """Return what an image's name refers to; a name without a registry is one of Docker Hub.

    >>> parse("nginx:1.29")
    Reference(registry='registry-1.docker.io', repository='library/nginx', reference='1.29')
    >>> parse("public.ecr.aws/nginx/nginx").reference
    'latest'
    """
    first, slash, rest = image.partition("/")
    is_registry = bool(slash) and (first == "localhost" or any(mark in first for mark in ".:"))
    registry, path = (first, rest) if is_registry else ("registry-1.docker.io", image)
    name, at, digest = path.partition("@")
    repository, _, tag = name.partition(":")
    if registry == "registry-1.docker.io" and "/" not in repository:
        repository = f"library/{repository}"
    return Reference(registry=registry, repository=repository, reference=digest if at else tag or "latest")


@dataclass
class Registry:
    """A registry at a URL; `authorization` is a header's value, asked for where the registry wants one."""

    url: str
    authorization: str | None = None

    def manifest(self, repository: str, reference: str) -> tuple[bytes, str]:
        """Return a manifest or an index, and its media type."""
        accept = {"Accept": ", ".join(kind for kinds in _TYPES.values() for kind in kinds)}
        answer = self.request("GET", f"/v2/{repository}/manifests/{reference}", headers=accept)
        return answer.read(), answer.getheader("Content-Type", "").partition(";")[0]

    def has_blob(self, repository: str, digest: str) -> bool:
        """Say whether a blob is there already."""
        answer = self.request("HEAD", f"/v2/{repository}/blobs/{digest}", expected=False)
        answer.read()
        return answer.status == _OK

    def blob(self, repository: str, digest: str, target: IO[bytes]) -> None:
        """Write a blob to a file.

        Raises:
            DeployError: what came is not what the digest says.
        """
        answer = self.request("GET", f"/v2/{repository}/blobs/{digest}")
        seen = hashlib.sha256()
        while chunk := answer.read(_CHUNK):
            seen.update(chunk)
            target.write(chunk)
        if f"sha256:{seen.hexdigest()}" != digest:
            raise DeployError(f"{self.url} sent another blob than {digest}; try again")

    def upload(self, repository: str, digest: str, blob: IO[bytes], size: int) -> None:
        """Upload one blob: ask for a place, then put it there."""
        asked = self.request("POST", f"/v2/{repository}/blobs/uploads/", headers={"Content-Length": "0"})
        asked.read()
        place = urlsplit(urljoin(self.url, asked.getheader("Location", "")))
        target = f"{place.path}?{f'{place.query}&' if place.query else ''}digest={digest}"
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        self.request("PUT", target, headers=headers, body=blob).read()

    def put_manifest(self, repository: str, tag: str, manifest: bytes, media_type: str) -> None:
        """Give an image its tag."""
        headers = {"Content-Type": media_type, "Content-Length": str(len(manifest))}
        self.request("PUT", f"/v2/{repository}/manifests/{tag}", headers=headers, body=manifest).read()

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | IO[bytes] | None = None,
        expected: bool = True,
    ) -> HTTPResponse:
        """Send one request, with a token where one is asked for, and through redirections."""
        url = self.url + path
        answer = self._send(method, url, headers or {}, body)
        if answer.status == _UNAUTHORIZED and self.authorization is None:
            answer.read()
            self.authorization = _anonymous_token(answer.getheader("WWW-Authenticate", ""))
            answer = self._send(method, url, headers or {}, body)
        for _ in range(_REDIRECTS):
            if answer.status not in _REDIRECTED:
                break
            answer.read()
            url = urljoin(url, answer.getheader("Location", ""))
            answer = self._send(method, url, headers or {}, body)
        if expected and answer.status >= _FAILED:
            words = answer.read().decode(errors="replace")[:500]
            raise DeployError(f"{self.url} answered {method} {path} with {answer.status}: {words}")
        return answer

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | IO[bytes] | None
    ) -> HTTPResponse:
        address = urlsplit(url)
        kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
        connection = kind(address.hostname or "", address.port, timeout=_TIMEOUT)
        # Where a layer really lies is another host, whose URL is signed and takes no other authorization.
        is_ours = address.netloc == urlsplit(self.url).netloc
        own = {"Connection": "close"}  # so that whoever reads an answer to its end leaves nothing open
        if self.authorization and is_ours:
            own["Authorization"] = self.authorization
        try:
            connection.request(
                method, f"{address.path}?{address.query}".rstrip("?"), body, {**headers, **own}
            )
            return connection.getresponse()
        except OSError as error:
            raise DeployError(
                f"{self.url} cannot be reached ({error}); check the name of the image"
            ) from error


def source(reference: Reference) -> Registry:
    """Return the registry that an image comes from; only on this machine is it spoken to without TLS."""
    is_local = reference.registry.partition(":")[0] in {"localhost", "127.0.0.1"}
    return Registry(f"{'http' if is_local else 'https'}://{reference.registry}")


def own_registry(session: Session) -> Registry:
    """Return the ECR registry of the session's account, entered with a token of twelve hours."""
    granted = session.client("ecr").get_authorization_token()["authorizationData"][0]
    url = session.endpoint or granted["proxyEndpoint"]
    return Registry(url.rstrip("/"), f"Basic {granted['authorizationToken']}")


def copy_image(image: str, architecture: str, target: Registry, repository: str) -> str:
    """Copy an image for one architecture into a repository under its own tag; return its digest.

    What the repository has already is not sent again.

    Args:
        image: name of the image, with registry and tag or digest.
        architecture: in OCI's words, `amd64` or `arm64`.
        target: registry of the repository.
        repository: that exists.

    Raises:
        DeployError: a registry refused, or has no image for the architecture.
    """
    wanted = parse(image)
    origin = source(wanted)
    manifest, media_type = origin.manifest(wanted.repository, wanted.reference)
    if media_type in _TYPES["index"]:
        chosen = _for_architecture(json.loads(manifest), architecture, image)
        manifest, media_type = origin.manifest(wanted.repository, chosen)
    content = cast("dict[str, Any]", json.loads(manifest))
    for blob in [content["config"], *content["layers"]]:
        _copy_blob(origin, wanted.repository, target, repository, blob)
    digest = f"sha256:{hashlib.sha256(manifest).hexdigest()}"
    tag = wanted.reference if ":" not in wanted.reference else digest.removeprefix("sha256:")[:12]
    target.put_manifest(repository, tag, manifest, media_type)
    return digest


def _copy_blob(
    origin: Registry, repository: str, target: Registry, into: str, blob: Mapping[str, Any]
) -> None:
    digest = str(blob["digest"])
    if target.has_blob(into, digest):
        return
    with SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        origin.blob(repository, digest, file)
        size = file.tell()
        file.seek(0)
        target.upload(into, digest, file, size)


def _for_architecture(index: Mapping[str, Any], architecture: str, image: str) -> str:
    platforms = {
        entry["platform"]["architecture"]: str(entry["digest"])
        for entry in index["manifests"]
        if entry.get("platform", {}).get("os") == "linux"
    }
    if architecture not in platforms:
        raise DeployError(
            f"{image} is not built for {architecture}; it is for {', '.join(sorted(platforms))}"
        )
    return platforms[architecture]


def _anonymous_token(challenge: str) -> str:
    """Return the authorization that a registry gives to anybody who asks as it says."""
    asked: dict[str, str] = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    if "realm" not in asked:
        return "Basic " + base64.b64encode(b":").decode()
    realm = urlsplit(asked.pop("realm"))
    registry = Registry(f"{realm.scheme}://{realm.netloc}", "")
    answer = registry.request("GET", f"{realm.path}?{urlencode(asked)}")
    granted = json.loads(answer.read())
    return f"Bearer {granted.get('token') or granted['access_token']}"
