"""What the other versions of a product are made of, for the role that updates and ends what they have made.

Their templates are still in the bucket: nothing there is removed that a listed version needs.  Where somebody
has taken one away all the same, what was launched from it cannot be updated anyhow; that is told, and stops
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from private_fargate import building
from private_fargate.catalog.differences import published
from private_fargate.catalog.versions import template_url
from private_fargate.deploy.session import DeployError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from private_fargate.catalog.versions import Version
    from private_fargate.deploy.session import Session


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """What is known of some versions.

    Attributes:
        systems: The templates of those that could be read, each with its root as `parent.json`.
        unread: The others, and why.
    """

    systems: tuple[Mapping[str, bytes], ...] = ()
    unread: tuple[tuple[Version, str], ...] = ()


def earlier(session: Session, product: str, versions: Iterable[Version]) -> Earlier:
    """Return what versions are made of.

    Args:
        session: whose credentials may read the templates.
        product: its ID.
        versions: of the product; deprecated and hidden ones are in use as others are.

    Raises:
        DeployError: AWS cannot be asked.
    """
    systems: list[Mapping[str, bytes]] = []
    unread: list[tuple[Version, str]] = []
    seen: dict[str, bytes] = {}
    for version in versions:
        found = _read(session, product, version, seen)
        if isinstance(found, str):
            unread.append((version, found))
        else:
            systems.append(found)
    return Earlier(systems=tuple(systems), unread=tuple(unread))


def _read(
    session: Session, product: str, version: Version, seen: dict[str, bytes]
) -> Mapping[str, bytes] | str:
    """Return the templates of a version, or why there are none of which a role could be made."""
    url = template_url(session, product, version.id)
    if not url:
        return "Service Catalog does not tell where they are"
    try:
        found = published(session, url, seen=seen)
    except DeployError as error:
        return str(error)
    return building.objection(found) or found
