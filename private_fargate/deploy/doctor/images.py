"""The images of the services: whether each is there, and built for its tasks' architecture."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import ClientError

from private_fargate.deploy.doctor.model import Check, failed, ok, unknown, warning
from private_fargate.deploy.registry import Registry, own_registry, parse, source
from private_fargate.deploy.session import DeployError, code_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from private_fargate.deploy.doctor.model import Case, NeededImage
    from private_fargate.live.checkup import Finding

_MEDIA_TYPES: Final = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
]
_PUSH: Final = "push one (`build.py mirror`, or docker push) and deploy with its digest"


def _images(case: Case) -> Iterator[Finding]:
    for image in case.needs.images:
        if not image.repository:
            yield _elsewhere(case, image)
        elif not image.reference:
            yield _not_yet(case, image)
        else:
            yield _in_ecr(case, image)


def _not_yet(case: Case, image: NeededImage) -> Finding:
    if not image.origin:
        return warning(
            f"{image.service}: no digest of {image.repository} is known, so the service will run no task",
            _PUSH,
        )
    if case.needs.from_registries:
        return _elsewhere(case, image)
    return ok(f"{image.service}: {image.origin} is copied into {image.repository} at the deployment")


def _in_ecr(case: Case, image: NeededImage) -> Finding:
    if image.region and image.region != case.session.region:
        return unknown(
            f"{image.service}: {image.repository} is in {image.region}, which is not asked",
            f"`aws ecr describe-images --region {image.region} --repository-name {image.repository}`",
        )
    whole = f"{image.repository}@{image.reference}" if ":" in image.reference else image.reference
    found = _manifest(case, image)
    if found is None:
        return failed(f"{image.service}: {whole} is not in ECR", _PUSH)
    manifest, registry = found

    def config(digest: str) -> dict[str, Any]:
        return _blob(registry(), image.repository, digest)

    return _verdict(image, whole, manifest, config)


def _manifest(case: Case, image: NeededImage) -> tuple[dict[str, Any], Callable[[], Registry]] | None:
    """Return an image's manifest and how to reach its registry, None if it is not there."""
    key = "imageDigest" if ":" in image.reference else "imageTag"
    whose = {"registryId": image.account} if image.account else {}
    try:
        answer = case.session.client("ecr").batch_get_image(
            repositoryName=image.repository,
            imageIds=[{key: image.reference}],
            acceptedMediaTypes=_MEDIA_TYPES,
            **whose,
        )
    except ClientError as error:
        if code_of(error) != "RepositoryNotFoundException":
            raise
        return None
    if not answer["images"]:
        return None

    def registry() -> Registry:
        own = own_registry(case.session)
        if not image.account or case.session.endpoint:
            return own
        host = f"{image.account}.dkr.ecr.{case.session.region}.{case.session.domain()}"
        return Registry(f"https://{host}", own.authorization)

    return json.loads(answer["images"][0]["imageManifest"]), registry


def _elsewhere(case: Case, image: NeededImage) -> Finding:
    if not case.needs.from_registries:
        return unknown(
            f"{image.service}: {image.origin} was not looked at", "`build.py doctor --images` does"
        )
    wanted = parse(image.origin)
    registry = source(wanted)
    try:
        manifest = json.loads(registry.manifest(wanted.repository, wanted.reference)[0])
    except DeployError as error:
        return failed(
            f"{image.service}: {str(error)[:200]}",
            "correct the image's name; ECS pulls it as anybody, so it has to be public",
        )

    def config(digest: str) -> dict[str, Any]:
        return _blob(registry, wanted.repository, digest)

    return _verdict(image, image.origin, manifest, config)


def _verdict(
    image: NeededImage, whole: str, manifest: dict[str, Any], config: Callable[[str], dict[str, Any]]
) -> Finding:
    there = _architectures(manifest, config)
    if image.architecture in there:
        return ok(f"{image.service}: {whole} is there, for {', '.join(sorted(there))}")
    return failed(
        f"{image.service}: {whole} is for {', '.join(sorted(there)) or 'nothing'}, not {image.architecture}",
        f"build it for {image.architecture}, or correct services.{image.service}.platform; the task would "
        "stop with `exec format error`",
    )


def _architectures(manifest: dict[str, Any], config: Callable[[str], dict[str, Any]]) -> set[str]:
    """Return what an image is for: an index says it, else the image's own configuration does."""
    if "manifests" in manifest:
        platforms = [entry.get("platform", {}) for entry in manifest["manifests"]]
        return {each["architecture"] for each in platforms if each.get("os") == "linux"}
    return {str(config(manifest["config"]["digest"]).get("architecture", "unknown"))}


def _blob(registry: Registry, repository: str, digest: str) -> dict[str, Any]:
    file = io.BytesIO()
    registry.blob(repository, digest, file)
    return cast("dict[str, Any]", json.loads(file.getvalue()))


IMAGES: Final = Check(
    name="images",
    claim="each image is there, and for the right architecture",
    calls=("ecr:BatchGetImage", "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer"),
    look=_images,
)
