"""Where the image of a container comes from, read from its name.

Source: AmazonECR/latest/userguide/Registries.html; docs.docker.com, "Image references"
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from private_fargate.verify.templates.symbols import has_unknown
from private_fargate.verify.templates.values import as_text, matches

if TYPE_CHECKING:
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.values import Truth

Registry: TypeAlias = Literal["ECR", "ECR Public", "elsewhere", "unknown"]

PUBLIC_ECR: Final = "public.ecr.aws"
DOCKER_HUB: Final = "registry-1.docker.io"
_NAMES_OF_DOCKER_HUB: Final = ("docker.io", "index.docker.io")
"""What stands for Docker Hub in the name of an image; no image is pulled from there."""

_ECR: Final = re.compile(
    r"(?P<account>[^./]+)\.dkr(?P<dual>[.-])ecr\.(?P<region>[^./]+)\.(?P<suffix>[^/]+)/(?P<repository>[^:@]+)(?P<rest>.*)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Image:
    """An image by its name.

    Attributes:
        name: As it is written, with symbols.
        registry: Who keeps it; `unknown` if the name does not tell.
        host: The registry's host name; empty if it is not known.
        account: The account of an ECR registry.
        region: The region of an ECR registry.
        repository: The repository in it.
        tag: The tag; empty if there is none.
        digest: The digest; empty if there is none.
        dual_stack: Whether the name is that of ECR's dual-stack endpoint, `dkr-ecr.REGION.on.aws`.
    """

    name: str
    registry: Registry
    host: str = ""
    account: str = ""
    region: str = ""
    repository: str = ""
    tag: str = ""
    digest: str = ""
    dual_stack: bool = False

    @property
    def is_pinned(self) -> bool:
        """Whether the name means one image for ever."""
        return bool(self.digest)


def image(name: Value) -> Image:
    """Read the name of an image.

    >>> image("nginx").host, image("public.ecr.aws/nginx/nginx:1.27").tag
    ('registry-1.docker.io', '1.27')
    >>> image("111122223333.dkr.ecr.eu-west-1.amazonaws.com/web@sha256:ab").repository
    'web'
    """
    text = as_text(name) if name is not None else ""
    if found := _ECR.fullmatch(text):
        tag, digest = _reference(found["rest"])
        return Image(
            text,
            "ECR",
            text.partition("/")[0],
            found["account"],
            found["region"],
            found["repository"],
            tag,
            digest,
            dual_stack=found["dual"] == "-",
        )
    first, slash, rest = text.partition("/")
    if has_unknown(first) or not text:
        return Image(text, "unknown")
    is_host = bool(slash) and ("." in first or ":" in first or first == "localhost")
    repository, tag, digest = _parts(rest if is_host else text)
    host = first if is_host and first not in _NAMES_OF_DOCKER_HUB else DOCKER_HUB
    if has_unknown(text) and not is_host and matches("*.dkr.ecr.*", text) is not False:
        return Image(text, "unknown", tag=tag, digest=digest)
    return Image(
        text,
        "ECR Public" if host == PUBLIC_ECR else "elsewhere",
        host,
        repository=repository,
        tag=tag,
        digest=digest,
    )


def _parts(path: str) -> tuple[str, str, str]:
    found = re.search(r"[:@]", path)
    if found is None:
        return path, "", ""
    return (path[: found.start()], *_reference(path[found.start() :]))


def _reference(rest: str) -> tuple[str, str]:
    """Read `:tag`, `@digest` or both."""
    before, at, digest = rest.partition("@")
    return before.removeprefix(":"), digest if at else ""


def is_cached(found: Image, prefix: Value) -> Truth:
    """Say whether an image is behind a pull-through cache with some repository prefix."""
    if found.registry != "ECR":
        return False
    return True if as_text(prefix) == "ROOT" else matches(f"{as_text(prefix)}/*", found.repository)
