"""Artifacts that nothing points to any more: found, shown, and removed.

What may be wanted again at any moment is never garbage: what is young, what a stack, a change set, a
StackSet or a product points to, and what those artifacts nest.  If anything that might point to one cannot be
read, nothing is removed.  In a versioned bucket what was removed can be brought back while old versions are
kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from private_fargate.deploy.packaging import FOLDER, clock_of
from private_fargate.deploy.references import References, references
from private_fargate.deploy.session import DeployError, explained, pages

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from private_fargate.deploy.session import Client, Session

YOUNG: Final = timedelta(days=1)  # a deployment may be about to use it
_DEPLOYMENTS: Final = "deployments/"  # where deployments that are under way leave a note
_AT_ONCE: Final = 1_000  # objects that DeleteObjects takes
_SUFFIX: Final = ".json"
_DIGITS: Final = 64


class DoubtError(DeployError):
    """It cannot be told what is in use, so nothing is removed."""


@dataclass(frozen=True, kw_only=True)
class Artifact:
    """An object in the bucket.

    Attributes:
        key: Its name there.
        size: Bytes.
        age: Since it was sent last.
    """

    key: str
    size: int
    age: timedelta

    @property
    def digest(self) -> str:
        """What templates that point to it call it."""
        return self.key.removeprefix(FOLDER).removesuffix(_SUFFIX)


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What is in the bucket, and what of it nothing points to.

    Attributes:
        bucket: Its name.
        used: How many artifacts are in use.
        young: How many are in no use yet, or no more, and too young to be judged.
        unused: The others, by age, the oldest first.
        doubts: Why nothing may be removed, a sentence each; none if all could be read.
    """

    bucket: str
    used: int
    young: int
    unused: tuple[Artifact, ...]
    doubts: tuple[str, ...] = ()


def survey(
    session: Session, bucket: str, *, older_than: timedelta = YOUNG, catalog: bool = True, others: bool = True
) -> Survey:
    """Return what is in a bucket, and what of it nothing points to.

    Args:
        session: the account and region.
        bucket: the bucket for templates.
        older_than: the least age of what is called unused.
        catalog: whether Service Catalog is asked.
        others: whether accounts with which the bucket is shared are a reason for doubt.

    Raises:
        DeployError: the bucket cannot be listed.
    """
    with explained():
        s3 = session.client("s3")
        artifacts = {each.digest: each for each in _artifacts(s3, bucket)}
        found = references(session, bucket, catalog=catalog, others=others)
        _follow(s3, bucket, artifacts, found)
        _doubt_deployments(s3, bucket, found)
        idle = {digest: each for digest, each in artifacts.items() if digest not in found.digests}
        young = {digest for digest, each in idle.items() if each.age < older_than}
        found.digests.update(young)
        _follow(s3, bucket, artifacts, found)  # what a deployment is about to use nests others
        unused = [each for digest, each in idle.items() if digest not in found.digests]
        return Survey(
            bucket=bucket,
            used=len(artifacts) - len(idle),
            young=len(idle) - len(unused),
            unused=tuple(sorted(unused, key=lambda each: (-each.age, each.key))),
            doubts=tuple(found.doubts),
        )


def remove(
    session: Session,
    shown: Survey,
    *,
    older_than: timedelta = YOUNG,
    catalog: bool = True,
    others: bool = True,
) -> tuple[Artifact, ...]:
    """Remove what was shown as unused, if it still is; return what was removed.

    A person may take an hour to say yes, so everything is looked at again.

    Args:
        session: the account and region.
        shown: what a person has agreed to.
        older_than: as for `survey`.
        catalog: as for `survey`.
        others: as for `survey`.

    Raises:
        DoubtError: something that may point to artifacts cannot be read.
        DeployError: an object could not be removed; the message names it.
    """
    now = survey(session, shown.bucket, older_than=older_than, catalog=catalog, others=others)
    if now.doubts:
        raise DoubtError(refusal(now.doubts))
    agreed = {each.key for each in shown.unused}
    condemned = tuple(each for each in now.unused if each.key in agreed)
    with explained():
        for start in range(0, len(condemned), _AT_ONCE):
            _delete(session.client("s3"), shown.bucket, condemned[start : start + _AT_ONCE])
    return condemned


def refusal(doubts: Iterable[str]) -> str:
    """Return why nothing is removed, a line for each reason."""
    why = (
        "nothing is removed, because it cannot be told what is in use; see to this and try again, or leave "
        "out what is never used here (--without-service-catalog, --without-other-accounts):"
    )
    return "\n".join((why, *(f"  {doubt}" for doubt in doubts)))


def _artifacts(s3: Client, bucket: str) -> Iterable[Artifact]:
    """Yield the templates that packaging has put there; what lies beside them is not ours to judge."""
    for page in pages(s3, "list_objects_v2", Bucket=bucket, Prefix=FOLDER):
        now = clock_of(page)
        for each in page.get("Contents", []):
            age = max(now - each["LastModified"], timedelta(0))  # the former counts whole seconds
            artifact = Artifact(key=each["Key"], size=each["Size"], age=age)
            if each["Key"].endswith(_SUFFIX) and len(artifact.digest) == _DIGITS:
                yield artifact


def _follow(s3: Client, bucket: str, artifacts: Mapping[str, Artifact], found: References) -> None:
    """Count what the artifacts in use nest, and what those nest."""
    read: set[str] = set()
    while waiting := (found.digests & artifacts.keys()) - read:
        for digest in waiting:
            read.add(digest)
            key = artifacts[digest].key
            try:
                body: Any = s3.get_object(Bucket=bucket, Key=key)["Body"]
            except ClientError as error:
                found.doubt(key, error)
            else:
                found.add(body.read().decode())


def _doubt_deployments(s3: Client, bucket: str, found: References) -> None:
    """Doubt while somebody deploys: what is about to be used may be old."""
    for page in pages(s3, "list_objects_v2", Bucket=bucket, Prefix=_DEPLOYMENTS):
        for each in page.get("Contents", []):
            stack = each["Key"].removeprefix(_DEPLOYMENTS).removesuffix(_SUFFIX)
            found.doubt(stack, "it is being deployed, or a deployment was cut off; deploy it to its end")


def _delete(s3: Client, bucket: str, artifacts: tuple[Artifact, ...]) -> None:
    asked = {"Objects": [{"Key": each.key} for each in artifacts], "Quiet": True}
    for error in s3.delete_objects(Bucket=bucket, Delete=asked).get("Errors", []):
        message = f"{error['Key']} could not be removed: {error.get('Code')} {error.get('Message')}"
        raise DeployError(message)
