"""What a version changes against another: its launch form, its templates, and what is deployed from it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast

from private_fargate.deploy.references import place_of
from private_fargate.deploy.refusals import answer
from private_fargate.deploy.session import DeployError
from private_fargate.plan.offline import offline_plan
from private_fargate.plan.trees import PARENT, nested_in, template_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.deploy.session import Session
    from private_fargate.plan.model import Plan
    from private_fargate.plan.trees import StackTemplate

What: TypeAlias = Literal["added", "removed", "changed"]

_ROOT: Final = "(root)"
_GONE: Final = frozenset({"AccessDenied", "NoSuchBucket", "NoSuchKey"})  # S3 tells one who may not list so


class GoneError(DeployError):
    """A template of a version is not in the bucket, or not for whoever asks."""


@dataclass(frozen=True, kw_only=True)
class ParameterChange:
    """A field of the launch form that changes.

    Attributes:
        name: Of the parameter.
        what: What becomes of it.
        before: What was said of it, as compact JSON, only what differs; empty if it was not there.
        after: The same afterwards.
        must_be_given: Whether a team has to say a value when it updates.
    """

    name: str
    what: What
    before: str = ""
    after: str = ""
    must_be_given: bool = False


@dataclass(frozen=True, kw_only=True)
class TemplateChange:
    """A template that changes.

    Attributes:
        path: Logical IDs of the nested stacks that lead to it: `Services/Web`, or `(root)`.
        what: What becomes of it.
    """

    path: str
    what: What


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What lies between two versions.

    Attributes:
        old: The name of the one.
        new: The name of the other.
        parameters: Of the launch form, by name.
        templates: By path.
        plan: What an update of a provisioned product from the one to the other would do.
    """

    old: str
    new: str
    parameters: tuple[ParameterChange, ...]
    templates: tuple[TemplateChange, ...]
    plan: Plan


def difference(  # noqa: PLR0913 - two sides with their names, and where: no two of these belong together
    old: Mapping[str, bytes],
    new: Mapping[str, bytes],
    *,
    names: tuple[str, str],
    product: str,
    parameters: Mapping[str, str],
    region: str,
) -> Difference:
    """Return what lies between two versions.

    Args:
        old: the templates of the one: what the TemplateURLs say -> JSON.
        new: those of the other.
        names: of both versions.
        product: its name.
        parameters: a team's values; defaults hold for the others.
        region: where.
    """
    before, after = template_of(old, parameters), template_of(new, parameters)
    plan = offline_plan(old, new, stack=product, parameters=parameters, region=region)
    return Difference(
        old=names[0],
        new=names[1],
        parameters=tuple(_parameters(before.body, after.body)),
        templates=tuple(_templates(before, after)),
        plan=plan,
    )


def published(session: Session, url: str, *, seen: dict[str, bytes] | None = None) -> dict[str, bytes]:
    """Return the templates of a version, read from the bucket: address -> JSON, and the root.

    Args:
        session: whose credentials may read them.
        url: of the root.
        seen: what other versions nest, by address: it is not read again, and what is read is added.

    Raises:
        GoneError: one is not there, or may not be read; the message names it.
        DeployError: one is no JSON; the message names it.
    """
    found, known = {PARENT: _read(session, url)}, {} if seen is None else seen
    waiting = [PARENT]
    while waiting:
        document = cast("dict[str, Any]", json.loads(found[waiting.pop()]))
        for _, properties in nested_in(document):
            child = properties.get("TemplateURL")
            if isinstance(child, str) and child not in found:
                known[child] = found[child] = known.get(child) or _read(session, child)
                waiting.append(child)
    return found


def _read(session: Session, url: str) -> bytes:
    bucket, key = place_of(url)
    said = answer(session.client("s3").get_object, unless=_GONE, Bucket=bucket, Key=key)
    if said is None:
        message = f"{url}: it is gone, or you may not read it; `build.py gc` leaves what a version needs"
        raise GoneError(message)
    text = cast("bytes", said["Body"].read())
    try:
        json.loads(text)
    except ValueError as error:
        message = f"{url}: this is no JSON ({error}), so it is none of ours; compare versions that are"
        raise DeployError(message) from error
    return text


def _parameters(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[ParameterChange]:
    before: dict[str, dict[str, Any]] = old.get("Parameters", {})
    after: dict[str, dict[str, Any]] = new.get("Parameters", {})
    for name in sorted({*before, *after}):
        was, becomes = before.get(name), after.get(name)
        if was == becomes:
            continue
        yield ParameterChange(
            name=name,
            what="added" if was is None else "removed" if becomes is None else "changed",
            before=_differing(was, becomes),
            after=_differing(becomes, was),
            must_be_given=was is None and "Default" not in (becomes or {}),
        )


def _differing(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> str:
    """Return what is said on one side and not on the other, as compact JSON."""
    if one is None:
        return ""
    said = {key: value for key, value in one.items() if other is None or other.get(key) != value}
    return json.dumps(said, sort_keys=True, separators=(",", ":"))


def _templates(old: StackTemplate, new: StackTemplate) -> Iterator[TemplateChange]:
    before, after = dict(_bodies(old)), dict(_bodies(new))
    for path in sorted({*before, *after}):
        if path not in before:
            yield TemplateChange(path=path, what="added")
        elif path not in after:
            yield TemplateChange(path=path, what="removed")
        elif before[path] != after[path]:
            yield TemplateChange(path=path, what="changed")


def _bodies(tree: StackTemplate, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Yield each template with its path, without the addresses of those that it nests."""
    body = json.loads(json.dumps(tree.body))
    for _, properties in nested_in(body):
        cast("dict[str, Any]", properties).pop("TemplateURL", None)
    yield "/".join(path) or _ROOT, json.dumps(body, sort_keys=True)
    for logical_id, child in tree.children.items():
        yield from _bodies(child, (*path, logical_id))
