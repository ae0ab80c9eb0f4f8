"""What an environment offers in Service Catalog: as the settings say, and as its stack has made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from private_fargate.catalog import shares, versions
from private_fargate.deploy.session import explained
from private_fargate.deploy.stack_state import find_stack
from private_fargate.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path

    from private_fargate.catalog.versions import Version
    from private_fargate.config.catalog import Catalog
    from private_fargate.config.models import Environment
    from private_fargate.deploy.session import Session
    from private_fargate.whereabouts import Where

FIRST: Final = "VersionName"
"""The stack's parameter with the name of the version with which it makes the product."""

_PRODUCT, _PORTFOLIO = "ProductId", "PortfolioId"


class NoCatalogError(UserError):
    """The settings offer nothing in Service Catalog, or nothing is published yet."""


@dataclass(frozen=True, kw_only=True)
class Product:
    """A product that is there.

    Attributes:
        id: As `prod-…`.
        portfolio: Its portfolio's ID.
        first: The name of the version with which the stack has made it.
        versions: All of them, the newest first.
    """

    id: str
    portfolio: str
    first: str
    versions: tuple[Version, ...]


def stack_name(environment: Environment, where: Where) -> str:
    """Return the name of the catalog's stack."""
    return where.stack or f"{environment.name}-catalog"


def offered_by(environment: Environment, path: Path) -> Catalog:
    """Return how an environment is offered.

    Raises:
        NoCatalogError: it is not.
    """
    if environment.catalog is None:
        message = (
            f"{path}: catalog: is missing, so {environment.name} is offered to nobody; write it, with a "
            "`portfolio` and a `provider`"
        )
        raise NoCatalogError(message)
    return environment.catalog


def find(session: Session, stack: str) -> Product | None:
    """Return the product that a catalog's stack has made, None if there is none yet."""
    with explained():
        state = find_stack(session, stack)
        if state is None or not {_PRODUCT, _PORTFOLIO} <= state.outputs.keys():
            return None
        return Product(
            id=state.outputs[_PRODUCT],
            portfolio=state.outputs[_PORTFOLIO],
            first=state.parameters.get(FIRST, ""),
            versions=versions.versions_of(session, state.outputs[_PRODUCT]),
        )


def require(session: Session, stack: str) -> Product:
    """Return the product that a catalog's stack has made.

    Raises:
        NoCatalogError: there is none.
    """
    found = find(session, stack)
    if found is None:
        message = (
            f"{stack}: there is no such catalog in {session.region}; `build.py catalog publish` makes it"
        )
        raise NoCatalogError(message)
    return found


def is_shared(session: Session, catalog: Catalog, product: Product) -> bool:
    """Say whether others may have launched versions unseen: by the settings, or by what is there."""
    said = catalog.shares
    named = bool(said.accounts or said.organizational_units or said.organization)
    return named or shares.reaches_others(session, product.portfolio)
