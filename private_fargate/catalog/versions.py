"""The versions of a product: found, added, waited for, hidden from launches, removed.

Service Catalog calls a version a provisioning artifact.  It is added and never changed: what was launched
from it stays what it is.
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a dataclass's annotations are read at run time
from typing import TYPE_CHECKING, Any, Final

from private_fargate.catalog.changelog import DIGITS
from private_fargate.deploy.pausing import pauses
from private_fargate.deploy.refusals import answer
from private_fargate.deploy.session import DeployError, explained, pages
from private_fargate.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from private_fargate.deploy.session import Session

LIMIT: Final = 100
"""Versions of a product; that hidden ones count is assumed, and a product with more is refused by AWS itself.

Source: https://docs.aws.amazon.com/servicecatalog/latest/adminguide/limits.html; unverified
"""

_TYPE: Final = "CLOUD_FORMATION_TEMPLATE"
_GONE: Final = frozenset({"ResourceNotFoundException"})
_IN_USE: Final = frozenset({"ResourceInUseException"})
_DEADLINE: Final = 600  # seconds; AWS validates one template in a few


class UnknownVersionError(UserError):
    """The product has no such version."""


class BadVersionError(DeployError):
    """Service Catalog does not take a template; the version is removed again."""

    exit_code = 1


class VersionLimitError(DeployError):
    """The product has as many versions as it can, and none may be removed."""


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of a product.

    Attributes:
        id: As `pa-…`.
        name: As `0.3.0-1a2b3c4d`.
        description: What is new in it.
        created: When it was added.
        active: Whether teams see it.
        deprecated: Whether it can be launched no more; what was launched from it can still be updated.
    """

    id: str
    name: str
    description: str = ""
    created: datetime
    active: bool = True
    deprecated: bool = False

    @property
    def digest(self) -> str:
        """The beginning of the digest of its templates; empty if its name tells none."""
        _, dash, digits = self.name.rpartition("-")
        return digits if dash and len(digits) == DIGITS else ""


def versions_of(session: Session, product: str) -> tuple[Version, ...]:
    """Return the versions of a product by its ID, the newest first."""
    listed = session.client("servicecatalog").list_provisioning_artifacts(ProductId=product)
    if listed.get("NextPageToken"):  # the operation takes none, so that the rest could not be asked for
        message = f"{product}: AWS lists only a part of its versions, so nothing is done with any of them"
        raise DeployError(message)
    found = [_version(each) for each in listed["ProvisioningArtifactDetails"]]
    return tuple(reversed(sorted(found, key=lambda version: version.created)))  # noqa: C413 - of one second, the last


def _version(detail: Mapping[str, Any]) -> Version:
    return Version(
        id=detail["Id"],
        name=detail.get("Name", detail["Id"]),
        description=detail.get("Description", ""),
        created=detail["CreatedTime"],
        active=detail.get("Active", True),
        deprecated=detail.get("Guidance") == "DEPRECATED",
    )


def chosen(versions: Sequence[Version], text: str) -> Version:
    """Return the version that a person means: by name, ID or digest, or `latest`.

    Args:
        versions: of the product, the newest first.
        text: what was typed.

    Raises:
        UnknownVersionError: none is called so, or several are; the message names all.
    """
    if text == "latest" and versions:
        return versions[0]
    meant = [each for each in versions if text in {each.id, each.name, each.digest} - {""}]
    if len(meant) == 1:
        return meant[0]
    known = ", ".join(each.name for each in versions) or "none"
    what = "several versions are called so; write the ID" if meant else "there is no such version"
    message = f"{text}: {what}; there are {known}"
    raise UnknownVersionError(message)


def uses(session: Session) -> Counter[str]:
    """Return how many provisioned products of this account and region each version has, by its ID.

    Those of other accounts, with which a portfolio is shared, cannot be seen by anybody but them.
    """
    found: Counter[str] = Counter()
    mine = {"Key": "Account", "Value": "self"}
    for page in pages(session.client("servicecatalog"), "scan_provisioned_products", AccessLevelFilter=mine):
        found.update(each["ProvisioningArtifactId"] for each in page["ProvisionedProducts"])
    return found


def status(session: Session, product: str, version: str) -> str:
    """Return whether a version is AVAILABLE, still CREATING, or FAILED."""
    described = session.client("servicecatalog").describe_provisioning_artifact(
        ProductId=product, ProvisioningArtifactId=version
    )
    return str(described["Status"])


def template_url(session: Session, product: str, version: str) -> str:
    """Return where the root template of a version lies; empty if Service Catalog does not tell."""
    described = session.client("servicecatalog").describe_provisioning_artifact(
        ProductId=product, ProvisioningArtifactId=version, Verbose=True
    )
    said: Mapping[str, str] = described.get("Info", {})
    return next((said[key] for key in ("TemplateUrl", "LoadTemplateFromURL") if key in said), "")


def add(session: Session, product: str, *, name: str, description: str, url: str) -> str:
    """Add a version and return its ID when it can be launched; one that a killed run has begun is finished.

    Args:
        session: where.
        product: its ID.
        name: of the version; names are not unique in Service Catalog, but here they are.
        description: what is new in it.
        url: of the root template in S3.

    Raises:
        BadVersionError: the template is refused; the version is gone again.
        VersionLimitError: there are too many.
    """
    for left in versions_of(session, product):
        if left.name == name:
            if _settled(session, product, left.id) == "AVAILABLE":
                return left.id
            delete(session, product, left.id)
    request = {
        "Name": name,
        "Description": description,
        "Info": {"LoadTemplateFromURL": url},
        "Type": _TYPE,
    }
    made = _created(session, product, request)
    if _settled(session, product, made) == "AVAILABLE":
        return made
    delete(session, product, made)
    message = f"{name}: Service Catalog does not take its template, and the version is removed again: "
    raise BadVersionError(message + _objection(session, url))


def _created(session: Session, product: str, request: Mapping[str, Any]) -> str:
    """Return the ID of a new version; the same request made twice, by retries or two people, makes one.

    A token whose version was removed since is answered with that version, so that another one is taken.
    """
    said = json.dumps([product, request], sort_keys=True)
    token = hashlib.sha256(said.encode()).hexdigest()
    client = session.client("servicecatalog")
    for attempt in (token, uuid.uuid4().hex):
        created = answer(
            client.create_provisioning_artifact,
            unless={"LimitExceededException"},
            ProductId=product,
            Parameters=dict(request),
            IdempotencyToken=attempt,
        )
        if created is None:
            raise VersionLimitError(full(product))
        made = str(created["ProvisioningArtifactDetail"]["Id"])
        if any(each.id == made for each in versions_of(session, product)):
            break
    else:
        message = f"{product}: Service Catalog does not show the version it has made; try again"
        raise DeployError(message)
    return made


def full(product: str) -> str:
    """Return what to say of a product that takes no more versions."""
    return (
        f"{product} has {LIMIT} versions, which is all that a product can have; `build.py catalog versions` "
        "shows them, and `build.py catalog prune` removes those that nobody uses"
    )


def _settled(session: Session, product: str, version: str) -> str:
    """Return AVAILABLE or FAILED, as soon as it is one of them."""
    deadline = time.monotonic() + _DEADLINE
    for pause in pauses():
        now = status(session, product, version)
        if now != "CREATING":
            return now
        if time.monotonic() > deadline:
            break
        time.sleep(pause)
    message = f"{version} is not ready after {_DEADLINE} s; the same command again goes on waiting"
    raise DeployError(message)


def _objection(session: Session, url: str) -> str:
    """Return what CloudFormation objects to in a template, for Service Catalog does not tell."""
    try:
        with explained():
            session.client("cloudformation").validate_template(TemplateURL=url)
    except DeployError as error:
        return str(error)
    return f"CloudFormation has nothing against it; may Service Catalog read {url}?"


def deprecate(session: Session, product: str, version: str, *, deprecated: bool = True) -> None:
    """Let a version be launched no more, or again; what was launched from it is not touched."""
    session.client("servicecatalog").update_provisioning_artifact(
        ProductId=product,
        ProvisioningArtifactId=version,
        Guidance="DEPRECATED" if deprecated else "DEFAULT",
    )


def delete(session: Session, product: str, version: str) -> bool:
    """Remove a version, which cannot be undone; return whether it is gone: AWS may say that it is in use."""
    client = session.client("servicecatalog")
    arguments = {"ProductId": product, "ProvisioningArtifactId": version}
    said = answer(client.delete_provisioning_artifact, unless=_GONE | _IN_USE, **arguments)
    if said is not None:
        return True
    return answer(client.describe_provisioning_artifact, unless=_GONE, **arguments) is None
