"""A request: what is asked for, by whom, and what of the account's it finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from tests.fakes.service_catalog import state
from tests.fakes.service_catalog.refusals import InvalidParametersError, LimitExceededError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.fakes.service_catalog.state import Artifact, Book, Json, Portfolio, Product

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request.

    Attributes:
        input: what it says, as the service model has it.
        caller: ARN of who makes it.
    """

    input: Json
    account: str
    region: str
    caller: str

    @property
    def book(self) -> Book:
        """Everything of the account in the Region."""
        return state.book(self.account, self.region)

    def portfolio(self, name: str = "PortfolioId") -> Portfolio:
        """Return the portfolio of this account that is named.

        Raises:
            NotFoundError: there is none.
        """
        return found(self.book.portfolios, self.input[name], "Portfolio")

    def product(self, name: str = "ProductId") -> Product:
        """Return the product of this account that is named.

        Raises:
            NotFoundError: there is none.
        """
        return found(self.book.products, self.input[name], "Product")


def found(known: Mapping[str, T], wanted: str, what: str) -> T:
    """Return one of several by its ID.

    Raises:
        NotFoundError: there is none.
    """
    if wanted not in known:
        raise NotFoundError(f"{what} {wanted} not found.")
    return known[wanted]


def artifact(product: Product, artifact_id: str | None, name: str | None = None) -> Artifact:
    """Return a version of a product, by its ID or its name.

    Raises:
        NotFoundError: there is none.
        InvalidParametersError: neither is given, or several versions have the name.
    """
    if artifact_id:
        return found(product.artifacts, artifact_id, "ProvisioningArtifact")
    if not name:
        raise InvalidParametersError("Either ProvisioningArtifactId or ProvisioningArtifactName is required.")
    named = [each for each in product.artifacts.values() if each.name == name]
    if not named:
        raise NotFoundError(f"ProvisioningArtifact {name} not found.")
    if len(named) > 1:
        raise InvalidParametersError(f"More than one provisioning artifact is named {name}; use its ID.")
    return named[0]


def at_most(number: int, limit: int, what: str) -> None:
    """Refuse one more than there may be.

    Raises:
        LimitExceededError: there are as many already.
    """
    if number >= limit:
        raise LimitExceededError(f"You have reached the limit of {limit} {what}.")
