"""Rules about the names of images."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.rules.tasks.parts import at, parts
from private_fargate.verify.tasks.containers import containers
from private_fargate.verify.tasks.images import is_cached
from private_fargate.verify.tasks.workloads import DEFINITION
from private_fargate.verify.templates.symbols import has_symbol, has_unknown, is_unknown
from private_fargate.verify.templates.values import as_text, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.tasks.images import Image
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.systems import System

_CONTAINER: Final = "AmazonECS/latest/APIReference/API_ContainerDefinition.html"
_PULL: Final = "AmazonECS/latest/developerguide/task_cannot_pull_image.html"
_COMMON: Final = "amazonaws.com"
_IN_CHINA: Final = "amazonaws.com.cn"
_ALIKE: Final = 0.8
_WORDS: Final = re.compile(r"[-_./]")


@rule(
    "TASK-016",
    "warning",
    "The name of an image tells which build it is",
    symptom="The service runs an older build than the registry has; or two tasks run different builds",
    fix="Give the image a tag of its own, or better its digest: repository@sha256:…",
    source=_CONTAINER,
)
def image_is_pinned(model: Model) -> Iterator[Fault]:
    """The tag latest, which is meant where none is given, is whatever was pushed last.

    An update of the stack does not see a new build, and a roll-back does not bring the old one.
    """
    for definition, container in parts(model):
        found = container.image
        why = _why_loose(found)
        if not why:
            continue
        message = f"the image {found.name} of the container {container.name} {why}"
        repository = _repository_of(model.system, found)
        if repository is not None and repository.get("ImageTagMutability") == "IMMUTABLE":
            message += f"; {repository.address} is IMMUTABLE, so that latest can be pushed once only"
        yield Fault(definition.resource, message, at(container, "Image"))


def _why_loose(found: Image) -> str:
    """Say why the name of an image can mean several; nothing if it cannot, or nobody can tell."""
    if "@" in found.name or not found.name:
        return ""
    if found.name.endswith(":latest"):
        return "has the tag latest"
    if found.tag or found.registry == "unknown" or has_unknown(found.repository):
        return ""
    return "" if is_unknown(found.name) else "has no tag, so that it is latest"


def _repository_of(system: System, found: Image) -> Resource | None:
    if found.registry != "ECR":
        return None
    return system.find(found.repository, "ECR::Repository")


@rule(
    "TASK-017",
    "error",
    "The repository of an image is there",
    symptom="CannotPullContainerError: … not found",
    fix="Use the RepositoryUri of the AWS::ECR::Repository: !Sub '${Repository.RepositoryUri}:1.2'; or write "
    "${AWS::URLSuffix} in the name.",
    source=_PULL,
)
def repository_exists(model: Model) -> Iterator[Fault]:
    """The name of an image is only a text, which nothing compares with the repositories before the pull."""
    for definition, container in parts(model):
        if suffix := _other_suffix(container.image):
            message = (
                f"the container {container.name} pulls from {container.image.host}, and names of ECR in "
                f"{container.image.region} end in {suffix}"
            )
            yield Fault(definition.resource, message, at(container, "Image"), definition.breaks)
    names = _repositories(model.system)
    if not names:
        return
    used = model.system.once(_used)
    for definition, container in parts(model):
        found = container.image
        if found.registry != "ECR" or has_symbol(found.repository) or found.repository in names:
            continue
        if not _is_here(model.system, found):
            continue
        meant = [name for name in names if name not in used and _is_typo(found.repository, name)]
        if meant:
            message = (
                f"the container {container.name} pulls from the repository {found.repository}, and the one "
                f"that is created here is {meant[0]}"
            )
            yield Fault(definition.resource, message, at(container, "Image"), definition.breaks)


def _other_suffix(found: Image) -> str:
    """Give the end that the name of a registry of ECR lacks; empty if it is right, or nobody can tell.

    >>> from private_fargate.verify.tasks.images import image
    >>> _other_suffix(image("111122223333.dkr.ecr.cn-north-1.amazonaws.com/web"))
    'amazonaws.com.cn'
    """
    if found.registry != "ECR" or found.dual_stack or has_symbol(found.region):
        return ""
    own = _IN_CHINA if found.region.startswith("cn-") else _COMMON
    written = found.host.partition(f".{found.region}.")[2]
    return own if written in {_COMMON, _IN_CHINA} - {own} else ""


def _repositories(system: System) -> list[str]:
    """Give the names of the repositories that are created here, as far as they are written down."""
    return [name for item in system.of("ECR::Repository") if not has_symbol(name := as_text(item.ref))]


def _used(system: System) -> frozenset[str]:
    """Give the repositories that some container pulls from."""
    return frozenset(
        container.image.repository for item in system.of(DEFINITION) for container in containers(item)
    )


def _is_here(system: System, found: Image) -> bool:
    """Say whether an image may be in a repository of this stack's account and region."""
    world = system.world
    if same(found.region, world.pseudo("AWS::Region")) is False:
        return False
    if same(found.account, world.pseudo("AWS::AccountId")) is False:
        return False
    rules = system.of("ECR::PullThroughCacheRule")
    return all(is_cached(found, item.get("EcrRepositoryPrefix") or "") is False for item in rules)


def _is_typo(one: str, other: str) -> bool:
    """Say whether two names differ as by a slip of the pen: not by a number, nor by a word of their own.

    >>> _is_typo("shop/chekout", "shop/checkout"), _is_typo("shop_web", "shop-web"), _is_typo("wbe", "web")
    (True, True, True)
    >>> _is_typo("web-1", "web-2"), _is_typo("api-dev", "api-prod"), _is_typo("shop-web", "shop-api")
    (False, False, False)
    """
    left, right = _WORDS.split(one), _WORDS.split(other)
    if len(left) != len(right):
        return "".join(left) == "".join(right)
    return all(_is_slip(a, b) for a, b in zip(left, right, strict=True) if a != b)


def _is_slip(one: str, other: str) -> bool:
    if re.sub(r"\D", "", one) != re.sub(r"\D", "", other):
        return False
    long_enough = 3
    if min(len(one), len(other)) < long_enough:
        return False
    return sorted(one) == sorted(other) or SequenceMatcher(None, one, other).ratio() > _ALIKE


RULES: Final[tuple[Rule, ...]] = (image_is_pinned, repository_exists)
