"""What an account sees of the portfolios of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.service_catalog import organization, state
from tests.fakes.service_catalog.refusals import NotFoundError

if TYPE_CHECKING:
    from tests.fakes.service_catalog.call import Call
    from tests.fakes.service_catalog.state import Portfolio, Product, Share, TagOption


def owned_by_anybody(region: str, portfolio: str) -> Portfolio | None:
    """Return a portfolio, whoever has it; None if nobody does."""
    return next((b.portfolios[portfolio] for b in state.books(region) if portfolio in b.portfolios), None)


def shares_with(portfolio: Portfolio, account: str) -> list[Share]:
    """Return the shares by which a portfolio reaches an account."""
    return [
        share
        for share in portfolio.shares
        if account
        in (
            [share.value]
            if share.kind == "ACCOUNT"
            else organization.members(portfolio.account, portfolio.region, share.value)
        )
    ]


def imported(call: Call) -> dict[str, Portfolio]:
    """Return the portfolios of others that this account has.

    One that was shared with it alone is there once it is accepted; one that was shared with a part of the
    organization is there by itself.
    """
    there: dict[str, Portfolio] = {}
    for other in state.books(call.region):
        if other.account == call.account:
            continue
        for portfolio in other.portfolios.values():
            reached = shares_with(portfolio, call.account)
            by_itself = any(share.kind != "ACCOUNT" for share in reached)
            if by_itself or (reached and portfolio.id in call.book.imported):
                there[portfolio.id] = portfolio
    return there


def visible_portfolio(call: Call, portfolio: str) -> Portfolio:
    """Return a portfolio of this account, or one that it imported.

    Raises:
        NotFoundError: there is neither.
    """
    known = call.book.portfolios.get(portfolio) or imported(call).get(portfolio)
    if known is None:
        raise NotFoundError(f"Portfolio {portfolio} not found.")
    return known


def visible_product(call: Call, product: str) -> Product:
    """Return a product of this account, or one of a portfolio that it imported.

    Raises:
        NotFoundError: there is neither.
    """
    if product in call.book.products:
        return call.book.products[product]
    if any(product in portfolio.products for portfolio in imported(call).values()):
        return anybodys_product(call.region, product)
    raise NotFoundError(f"Product {product} not found.")


def anybodys_product(region: str, product: str) -> Product:
    """Return a product, whoever has it.

    Raises:
        NotFoundError: nobody does.
    """
    for each in state.books(region):
        if product in each.products:
            return each.products[product]
    raise NotFoundError(f"Product {product} not found.")


def tag_options(call: Call, portfolio: Portfolio) -> list[TagOption]:
    """Return the tag options of a portfolio and its products, as far as this account sees them."""
    owner = state.book(portfolio.account, portfolio.region)
    shown = portfolio.account == call.account or any(
        share.tag_options for share in shares_with(portfolio, call.account)
    )
    return [each for each in owner.tag_options.values() if each.is_active] if shown else []


def principals(call: Call, portfolio: Portfolio) -> list[tuple[str, str]]:
    """Return who may launch from a portfolio in this account."""
    if portfolio.account == call.account:
        return portfolio.principals
    shared = any(share.principals for share in shares_with(portfolio, call.account))
    patterns = [each for each in portfolio.principals if each[1] == "IAM_PATTERN"] if shared else []
    return [*call.book.own_principals.get(portfolio.id, []), *patterns]
