"""Images are copied as registries really hand them out: with tokens, indexes and redirections."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.config.models import Environment, RepositoryImage, Service
from private_fargate.deploy.registry import Reference, Registry, copy_image, own_registry, parse
from private_fargate.deploy.session import DeployError
from private_fargate.local.placeholder import placeholder
from private_fargate.mirroring import mirror_images, named_digests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.session import Session

IMAGES = {architecture: placeholder(architecture) for architecture in ("amd64", "arm64")}
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
SECRET = "a-token-for-anybody"  # noqa: S105  # it opens a registry of this test


def index() -> bytes:
    entries = [
        {"digest": image.digest, "platform": {"os": "linux", "architecture": architecture}}
        for architecture, image in IMAGES.items()
    ]
    return json.dumps({"manifests": entries}).encode()


class PublicRegistry(BaseHTTPRequestHandler):
    """A registry that wants a token, holds an index, and keeps its blobs behind another name."""

    spoiled = False

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        authorization = self.headers.get("Authorization")
        if path == "/token":
            self.answer(200, json.dumps({"token": SECRET}).encode())
        elif path.startswith("/signed/"):
            self.answer(400 if authorization else 200, self.blob(path.rpartition("/")[2]))
        elif authorization != f"Bearer {SECRET}":
            port = self.server.server_address[1]
            realm = f'Bearer realm="http://localhost:{port}/token",service="here",scope="repository:a:pull"'
            self.answer(401, b"", {"WWW-Authenticate": realm})
        elif "/blobs/" in path:
            port = self.server.server_address[1]
            self.answer(307, b"", {"Location": f"http://127.0.0.1:{port}/signed/{path.rpartition('/')[2]}"})
        else:
            self.manifest(path.rpartition("/")[2])

    def manifest(self, reference: str) -> None:
        if reference == "1.0":
            self.answer(200, index(), {"Content-Type": INDEX})
            return
        found = [image for image in IMAGES.values() if image.digest == reference]
        body = found[0].manifest if found else b"unknown"
        self.answer(200 if found else 404, body, {"Content-Type": MANIFEST})

    def blob(self, digest: str) -> bytes:
        blobs = {digest: blob for image in IMAGES.values() for digest, blob in image.blobs.items()}
        return b"something else" if self.spoiled else blobs[digest]

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def public() -> Iterator[str]:
    """The address of the registry."""
    with ThreadingHTTPServer(("127.0.0.1", 0), PublicRegistry) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"localhost:{server.server_address[1]}"
        server.shutdown()


def environment(mirror: str) -> Environment:
    image = RepositoryImage(repository="web", mirror=mirror)
    return Environment(
        name="mirrored", services={"web": Service(image=image, port=80, platform="linux/arm64")}
    )


@pytest.mark.parametrize(
    ("image", "reference"),
    [
        ("nginx", Reference(registry="registry-1.docker.io", repository="library/nginx", reference="latest")),
        (
            "bitnami/redis:7",
            Reference(registry="registry-1.docker.io", repository="bitnami/redis", reference="7"),
        ),
        ("ghcr.io/a/b@sha256:1", Reference(registry="ghcr.io", repository="a/b", reference="sha256:1")),
        ("localhost:5000/a:1", Reference(registry="localhost:5000", repository="a", reference="1")),
    ],
)
def test_names_mean_what_container_tools_take_them_for(image: str, reference: Reference) -> None:
    assert parse(image) == reference


@pytest.mark.emulator
def test_an_image_of_the_service_s_architecture_arrives_with_its_digest(aws: Session, public: str) -> None:
    ecr = aws.client("ecr")
    ecr.create_repository(repositoryName="mirrored/web")
    settings = environment(f"{public}/a:1.0")
    try:
        digests = mirror_images(aws, settings)
        assert digests == {"web": IMAGES["arm64"].digest}
        (found,) = ecr.describe_images(repositoryName="mirrored/web")["imageDetails"]
        assert (found["imageDigest"], found["imageTags"]) == (digests["web"], ["1.0"])
        ours = own_registry(aws)
        assert all(ours.has_blob("mirrored/web", digest) for digest in IMAGES["arm64"].blobs)
        assert named_digests(settings, digests) == {"WebImageDigest": digests["web"]}
        assert mirror_images(aws, settings) == digests, "a second time nothing has to be sent"
    finally:
        ecr.delete_repository(repositoryName="mirrored/web", force=True)


def test_an_architecture_that_there_is_not_is_named(public: str) -> None:
    with pytest.raises(DeployError, match="is not built for s390x; it is for amd64, arm64"):
        copy_image(f"{public}/a:1.0", "s390x", Registry("http://localhost:1"), "web")


def test_a_tag_that_there_is_not_is_the_registry_s_word(public: str) -> None:
    with pytest.raises(DeployError, match="404: unknown"):
        copy_image(f"{public}/a:2.0", "amd64", Registry("http://localhost:1"), "web")


def test_a_registry_that_cannot_be_reached_is_named() -> None:
    with pytest.raises(DeployError, match="http://localhost:1 cannot be reached"):
        copy_image("localhost:1/a:1.0", "amd64", Registry("http://localhost:1"), "web")


@pytest.mark.emulator
def test_a_blob_that_is_not_what_its_digest_says_is_not_handed_on(
    aws: Session, public: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PublicRegistry, "spoiled", True)
    ecr = aws.client("ecr")
    ecr.create_repository(repositoryName="mirrored/spoiled")
    with pytest.raises(DeployError, match="sent another blob than sha256:"):
        copy_image(f"{public}/a:1.0", "amd64", own_registry(aws), "mirrored/spoiled")
    assert ecr.describe_images(repositoryName="mirrored/spoiled")["imageDetails"] == []
    ecr.delete_repository(repositoryName="mirrored/spoiled", force=True)
