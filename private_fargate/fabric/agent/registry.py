"""Images in registries: what they consist of, and their content.

Source: https://github.com/opencontainers/distribution-spec, and for tokens
https://distribution.github.io/distribution/spec/auth/token/
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urljoin, urlsplit

from private_fargate.fabric.agent import words
from private_fargate.fabric.agent.causes import Unreachable
from private_fargate.fabric.agent.telling import StepFailed

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    from private_fargate.fabric.agent.references import Reference
    from private_fargate.fabric.agent.web import Reply, Web

PLATFORMS: Final = {"X86_64": "amd64", "ARM64": "arm64"}
"""What an image calls a processor, by what ECS calls it."""

_INDEXES: Final = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_MANIFESTS: Final = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_ACCEPT: Final = ", ".join((*_MANIFESTS, *_INDEXES, "*/*"))
_OK, _UNAUTHORIZED = 200, 401
_REDIRECTIONS: Final = frozenset({301, 302, 303, 307, 308})
_HOPS: Final = 5
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an image consists of: digests."""

    configuration: str
    layers: tuple[str, ...]


class Registry:
    """One repository of a registry, for one image."""

    def __init__(self, web: Web, reference: Reference, *, basic: str | None, architecture: str) -> None:
        """Say what is wanted, and by whom.

        Args:
            web: by which it is asked.
            reference: of the image.
            basic: `user:password` in base64; None asks as nobody.
            architecture: of the processor, as ECS calls it.
        """
        self._web = web
        self._reference = reference
        self._basic = basic
        self._authorization = f"Basic {basic}" if basic and reference.region else None
        self._architecture = PLATFORMS.get(architecture, architecture.lower())

    def manifest(self) -> Manifest:
        """Return what the image consists of for its processor.

        Raises:
            StepFailed: it cannot be had, or there is nothing for this processor.
        """
        tag = self._reference.tag
        url = self._reference.url("manifests", tag)
        digest = self._resolve(url)
        described = self._read(url, digest or (tag if ":" in tag else None))
        if "manifests" in described:
            chosen = self._choose(described["manifests"])
            described = self._read(self._reference.url("manifests", chosen), chosen)
        return Manifest(
            configuration=described["config"]["digest"],
            layers=tuple(each["digest"] for each in described["layers"]),
        )

    def configuration(self, manifest: Manifest) -> dict[str, Any]:
        """Return what the image says of itself, if it is for the right processor.

        Raises:
            StepFailed: it cannot be had, or it is for another one.
        """
        with self._blob(manifest.configuration) as (reply, url):
            content = _body(reply, url)
        _check(content, manifest.configuration)
        described: dict[str, Any] = json.loads(content)
        if described.get("architecture", self._architecture) != self._architecture:
            raise StepFailed(words.other_platform(self._platform))
        return described

    def fetch(self, digest: str, target: Path) -> None:
        """Write a blob into a file.

        Raises:
            StepFailed: it does not come, or something else comes.
        """
        found = hashlib.new(digest.partition(":")[0])
        with self._blob(digest) as (reply, url), target.open("wb") as file:
            try:
                for piece in reply.pieces():
                    found.update(piece)
                    file.write(piece)
            except Unreachable as cause:
                raise StepFailed(words.no_layer(url, cause)) from cause
        if f"{found.name}:{found.hexdigest()}" != digest:
            target.unlink()
            raise StepFailed(words.other_digest(f"{found.name}:{found.hexdigest()}", digest))

    def touch(self, digest: str) -> None:
        """See whether a blob would come.

        Raises:
            StepFailed: it would not.
        """
        with self._blob(digest) as (reply, _):
            next(reply.pieces(), b"")

    @property
    def _platform(self) -> str:
        return f"linux/{self._architecture}"

    def _resolve(self, url: str) -> str | None:
        """Return the digest behind a tag, if the registry says it."""
        try:
            with self._ask("HEAD", url) as reply:
                if reply.status == _OK:
                    return reply.headers.get("docker-content-digest")
                line = reply.line
        except Unreachable as cause:
            raise StepFailed(words.no_manifest(self._reference.full, url, cause)) from cause
        raise StepFailed(words.manifest_refused(self._reference.full, url, line))

    def _read(self, url: str, digest: str | None) -> dict[str, Any]:
        try:
            with self._ask("GET", url) as reply:
                line, content = reply.line, reply.content()
        except Unreachable as cause:
            raise StepFailed(words.no_manifest(self._reference.full, url, cause)) from cause
        if not line.startswith(str(_OK)):
            raise StepFailed(words.manifest_refused(self._reference.full, url, line))
        if digest:
            _check(content, digest)
        return json.loads(content)

    def _choose(self, manifests: list[dict[str, Any]]) -> str:
        for each in manifests:
            platform = each.get("platform", {})
            if platform.get("os") == "linux" and platform.get("architecture") == self._architecture:
                return each["digest"]
        raise StepFailed(words.other_platform(self._platform))

    @contextmanager
    def _blob(self, digest: str) -> Generator[tuple[Reply, str]]:
        """Give the answer that has a blob, wherever the registry sends us for it, and its URL."""
        url, authorized = self._reference.url("blobs", digest), True
        for _ in range(_HOPS):
            try:
                with self._ask("GET", url, authorized=authorized) as reply:
                    if reply.status not in _REDIRECTIONS:
                        if reply.status != _OK:
                            raise StepFailed(words.layer_refused(url, reply.line))
                        yield reply, url
                        return
                    target = urljoin(url, reply.headers.get("location", ""))
            except Unreachable as cause:
                raise StepFailed(words.no_layer(url, cause)) from cause
            authorized = authorized and urlsplit(target).hostname == urlsplit(url).hostname
            url = target
        raise StepFailed(words.layer_refused(url, "redirected too often"))

    @contextmanager
    def _ask(self, method: str, url: str, *, authorized: bool = True) -> Generator[Reply]:
        """Give an answer; who is asked for a token that anybody can have, gets one and asks again."""
        with self._web.open(method, url, self._headers(authorized=authorized)) as reply:
            challenge = reply.headers.get("www-authenticate", "")
            is_asked = reply.status == _UNAUTHORIZED and authorized and self._reference.region is None
            if not is_asked:
                yield reply
                return
        self._authorization = self._answer_to(challenge)
        with self._web.open(method, url, self._headers(authorized=authorized)) as reply:
            yield reply

    def _headers(self, *, authorized: bool) -> Mapping[str, str]:
        given = self._authorization if authorized else None
        return {"Accept": _ACCEPT, **({"Authorization": given} if given else {})}

    def _answer_to(self, challenge: str) -> str | None:
        scheme, _, rest = challenge.partition(" ")
        basic = f"Basic {self._basic}" if self._basic else None
        if scheme.lower() != "bearer":
            return basic
        asked = dict(_PARAMETER.findall(rest))
        scope = asked.get("scope", f"repository:{self._reference.repository}:pull")
        query = urlencode({"service": asked.get("service", ""), "scope": scope})
        url = f"{asked.get('realm', '')}?{query}"
        with self._web.open("GET", url, {"Authorization": basic} if basic else {}) as reply:
            said: dict[str, Any] = json.loads(reply.content() or b"{}") if reply.status == _OK else {}
        token = said.get("token") or said.get("access_token")
        return f"Bearer {token}" if token else None


def basic(user: str, password: str) -> str:
    """Return credentials as HTTP has them."""
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def _body(reply: Reply, url: str) -> bytes:
    try:
        return reply.content()
    except Unreachable as cause:
        raise StepFailed(words.no_layer(url, cause)) from cause


def _check(content: bytes, digest: str) -> None:
    name = digest.partition(":")[0]
    found = f"{name}:{hashlib.new(name, content).hexdigest()}"
    if found != digest:
        raise StepFailed(words.other_digest(found, digest))
