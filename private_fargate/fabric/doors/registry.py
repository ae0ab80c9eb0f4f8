"""The Docker registry of an account, as ECR has it: layers are somewhere else.

Source: https://github.com/opencontainers/distribution-spec; AmazonECR/latest/userguide/registry_auth.html and
vpc-endpoints.html; actions from AmazonECR/latest/userguide/repository-policy-examples.html.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from private_fargate.fabric.doors.forms import registry_error
from private_fargate.fabric.doors.messages import Answer, text
from private_fargate.fabric.doors.needs import Need
from private_fargate.fabric.doors.refusals import Refused
from private_fargate.fabric.doors.tokens import Layer

if TYPE_CHECKING:
    from private_fargate.fabric.doors.hearings import Hearing
    from private_fargate.fabric.doors.messages import Request
    from private_fargate.fabric.doors.places import Here
    from private_fargate.fabric.doors.tokens import Links, Tokens
    from private_fargate.fabric.doors.upstream import Upstream

_VERSION: Final = {"Docker-Distribution-Api-Version": "registry/2.0"}
_PATH = re.compile(
    r"/v2/(?P<name>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)/"
    r"(?P<kind>manifests|blobs/uploads|blobs|tags)/?(?P<reference>[A-Za-z0-9_+.:-]*)\Z"
)
_ACTIONS: Final = {
    ("GET", "manifests"): "BatchGetImage",
    ("HEAD", "manifests"): "BatchGetImage",
    ("PUT", "manifests"): "PutImage",
    ("DELETE", "manifests"): "BatchDeleteImage",
    ("GET", "blobs"): "GetDownloadUrlForLayer",
    ("HEAD", "blobs"): "GetDownloadUrlForLayer",
    ("POST", "blobs/uploads"): "InitiateLayerUpload",
    ("GET", "blobs/uploads"): "UploadLayerPart",
    ("PATCH", "blobs/uploads"): "UploadLayerPart",
    ("PUT", "blobs/uploads"): "CompleteLayerUpload",
    ("GET", "tags"): "ListImages",
}
_OK, _REDIRECTED, _NOT_THERE = 200, 307, 404


@dataclass(frozen=True, kw_only=True)
class Registry:
    """What answers at `ACCOUNT.dkr.ecr.REGION.amazonaws.com`."""

    here: Here
    upstream: Upstream
    tokens: Tokens
    links: Links

    def answer(self, request: Request, account: str, hearing: Hearing) -> Answer:
        """Return what the registry of an account answers.

        Raises:
            Refused: the token is not good, or its holder may not do this.
        """
        authorization = request.headers.get("authorization")
        if authorization is None:
            return _challenge(request)
        caller = self.tokens.holder(authorization, hearing.now)
        if request.path in {"/v2", "/v2/"}:
            return text(_OK, "", _VERSION)
        found = _PATH.match(request.path)
        action = _ACTIONS.get((request.method, found["kind"])) if found else None
        if found is None or action is None:
            raise Refused("unknown operation", "The operation is unsupported.")
        arn = f"arn:{self.here.partition}:ecr:{self.here.region}:{account}:repository/{found['name']}"
        if account != self.here.account:
            why = f"because no resource-based policy allows the ecr:{action} action"
            hearing.refuse(caller, Need(action=f"ecr:{action}", resource=arn), why)
        hearing.require(caller, Need(action=f"ecr:{action}", resource=arn))
        if found["kind"] == "blobs":
            return self._layer(Layer(repository=found["name"], digest=found["reference"]), hearing.now)
        return self.upstream.forward(
            request, self._target(found, request.query), headers=_without_token(request)
        )

    def _layer(self, layer: Layer, now: float) -> Answer:
        """Return where a layer is, if it is anywhere."""
        asked = self.upstream.ask("HEAD", blob(self.here, layer))
        asked.discard()
        if asked.status != _OK:
            return registry_error(_NOT_THERE, "BLOB_UNKNOWN", "blob unknown to registry", _VERSION)
        headers = {**_VERSION, "Location": self.links.url(layer, now), "Docker-Content-Digest": layer.digest}
        return Answer(status=_REDIRECTED, headers=headers)

    def _target(self, found: re.Match[str], query: str) -> str:
        reference = "list" if found["kind"] == "tags" else quote(found["reference"], safe=":")
        path = f"/v2/{found['name']}/{found['kind']}/{reference}"
        return f"{path}?{query}&{_tenant(self.here)}" if query else f"{path}?{_tenant(self.here)}"


def blob(here: Here, layer: Layer) -> str:
    """Return where the embedded AWS has a layer."""
    return f"/v2/{layer.repository}/blobs/{quote(layer.digest, safe=':')}?{_tenant(here)}"


def _tenant(here: Here) -> str:
    """Return the parameter by which the embedded AWS knows whose registry is meant without a signature."""
    return f"ns={here.account}.dkr.ecr.{here.region}.{here.domain}"


def _challenge(request: Request) -> Answer:
    realm = f'Basic realm="https://{request.host}/",service="ecr.amazonaws.com"'
    return text(401, "Not Authorized", {**_VERSION, "Www-Authenticate": realm})


def _without_token(request: Request) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if name != "authorization"}
