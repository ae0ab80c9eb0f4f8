"""What an account is offered: a product under its name, the version to launch, and the path to it.

It is looked for as a team sees it: by the products that are offered to whoever calls.  So it is found alike
in the account that made it and in one that it was shared with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from private_fargate.catalog.paging import paged
from private_fargate.catalog.versions import UnknownVersionError, Version, chosen
from private_fargate.deploy.session import pages
from private_fargate.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from private_fargate.catalog.provisioned import Provisioned
    from private_fargate.deploy.session import Session


class NotOfferedError(UserError):
    """Nothing of that name is offered to whoever calls, or more than one."""


class LaunchPathError(UserError):
    """There is no way to launch a product, or more than one."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What is launched.

    Attributes:
        product: its ID.
        name: of the product.
        version: of the product.
        path: ID of the launch path.
    """

    product: str
    name: str
    version: Version
    path: str


def find_product(session: Session, name: str) -> str:
    """Return the ID of the product of this name.

    Raises:
        NotOfferedError: there is none, or several.
    """
    offered = paged(session.client("servicecatalog").search_products, PageSize=100)
    summaries = [summary for page in offered for summary in page["ProductViewSummaries"]]
    ids = [str(summary["ProductId"]) for summary in summaries if summary["Name"] == name]
    if len(ids) == 1:
        return ids[0]
    if ids:
        message = f"{name}: {len(ids)} products are called so ({', '.join(ids)}); name the one with --product"
        raise NotOfferedError(message)
    if name in {summary["ProductId"] for summary in summaries}:
        return name
    others = ", ".join(sorted({str(summary["Name"]) for summary in summaries})) or "nothing"
    message = (
        f"{name}: not offered to you in {session.region}, which offers you {others}; take on a role that "
        "`catalog.principals` names (--role), or have yours named there and published; if the portfolio was "
        "shared with this account, import it first"
    )
    raise NotOfferedError(message)


def find_own_offer(
    session: Session, there: Provisioned, *, version: str | None = None, path: str | None = None
) -> Offer:
    """Return what something that was launched would be updated to: a version of the product that it is of.

    Args:
        session: where, and as whom.
        there: what was launched.
        version: as of `find_offer`.
        path: as of `find_offer`.

    Raises:
        NotOfferedError: the product is not offered to whoever calls, as it was to whoever launched it.
        UnknownVersionError: there is no such version, or it can be launched no more.
        LaunchPathError: there is no such path, or none was named and there are several.
    """
    try:
        return find_offer(session, there.product, version=version, path=path, current=there.version)
    except NotOfferedError as error:
        message = (
            f"{there.name}: it was launched here, from a product that is not offered to you "
            f"({there.product}), so that you cannot update it; take on a role that `catalog.principals` "
            "names (--role), or have yours named there and published"
        )
        raise NotOfferedError(message) from error


def find_offer(
    session: Session,
    product: str,
    *,
    version: str | None = None,
    path: str | None = None,
    current: str | None = None,
) -> Offer:
    """Return what would be launched.

    Args:
        session: where, and as whom.
        product: its name or ID.
        version: name of the version; the newest that is not deprecated, if it is left out.
        path: name or ID of the launch path; the only one, if it is left out.
        current: ID of the version that is in use, which may be deprecated.

    Raises:
        NotOfferedError: there is no such product.
        UnknownVersionError: there is no such version, or it can be launched no more.
        LaunchPathError: there is no such path, or none was named and there are several.
    """
    identifier = find_product(session, product)
    described = session.client("servicecatalog").describe_product(Id=identifier)
    versions = sorted(
        (_version(each) for each in described["ProvisioningArtifacts"]), key=lambda each: each.created
    )[::-1]
    return Offer(
        product=identifier,
        name=str(described["ProductViewSummary"]["Name"]),
        version=_choose(product, versions, version, current),
        path=_find_path(session, identifier, product, path),
    )


def _version(summary: Mapping[str, Any]) -> Version:
    return Version(
        id=summary["Id"],
        name=summary.get("Name", summary["Id"]),
        description=summary.get("Description", ""),
        created=summary["CreatedTime"],
        deprecated=summary.get("Guidance") == "DEPRECATED",
    )


def _choose(product: str, versions: Sequence[Version], wanted: str | None, current: str | None) -> Version:
    """Return the version that is meant; one that is deprecated only to those who have it already."""
    launchable = [each for each in versions if not each.deprecated]
    if wanted is None:
        if launchable:
            return launchable[0]
        message = f"{product}: no version can be launched; `build.py catalog publish` adds one"
        raise UnknownVersionError(message)
    found = chosen(versions, wanted)
    if found.deprecated and found.id != current:
        known = ", ".join(each.name for each in launchable) or "none"
        message = f"{found.name}: this version is deprecated and can be launched no more; there are {known}"
        raise UnknownVersionError(message)
    return found


def _find_path(session: Session, identifier: str, product: str, wanted: str | None) -> str:
    answers = pages(session.client("servicecatalog"), "list_launch_paths", ProductId=identifier)
    found = [summary for page in answers for summary in page["LaunchPathSummaries"]]
    if wanted is not None:
        found = [summary for summary in found if wanted in {summary["Id"], summary.get("Name")}]
    if len(found) == 1:
        return str(found[0]["Id"])
    names = ", ".join(f"{summary.get('Name', '')} ({summary['Id']})" for summary in found)
    if found:
        message = f"{product}: it is offered in several ways, {names}; choose one with --path"
    elif wanted is not None:
        message = f"--path: {wanted}: there is no such way to {product}; leave it out to see which there are"
    else:
        message = f"{product}: no portfolio offers it to you; have your role named in `catalog.principals`"
    raise LaunchPathError(message)
