"""Portfolios, and what and who is associated with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.service_catalog import sharing
from tests.fakes.service_catalog.call import at_most, found
from tests.fakes.service_catalog.refusals import InUseError, InvalidParametersError, NotFoundError
from tests.fakes.service_catalog.state import Portfolio, new_id, tags_from, tags_of

if TYPE_CHECKING:
    from tests.fakes.service_catalog.call import Call
    from tests.fakes.service_catalog.state import Json

PORTFOLIOS, PRODUCTS_EACH, PRINCIPALS_EACH, PATTERNS_EACH = 100, 150, 100, 10
_SETTINGS = ("DisplayName", "Description", "ProviderName")


def create(call: Call) -> Json:
    at_most(len(call.book.portfolios), PORTFOLIOS, "portfolios")
    portfolio = Portfolio(
        id=new_id("port"),
        account=call.account,
        region=call.region,
        settings={name: call.input[name] for name in _SETTINGS if name in call.input},
        tags=tags_from(call.input.get("Tags")),
    )
    call.book.portfolios[portfolio.id] = portfolio
    return {"PortfolioDetail": portfolio.detail(), "Tags": tags_of(portfolio.tags)}


def update(call: Call) -> Json:
    portfolio = call.portfolio("Id")
    portfolio.settings.update({name: call.input[name] for name in _SETTINGS if name in call.input})
    portfolio.tags.update(tags_from(call.input.get("AddTags")))
    for key in call.input.get("RemoveTags", []):
        portfolio.tags.pop(key, None)
    return {"PortfolioDetail": portfolio.detail(), "Tags": tags_of(portfolio.tags)}


def delete(call: Call) -> Json:
    portfolio = call.portfolio("Id")
    used = {
        "products": bool(portfolio.products),
        "principals": bool(portfolio.principals),
        "constraints": any(each.portfolio == portfolio.id for each in call.book.constraints.values()),
        "shares": bool(portfolio.shares),
        "tag options": any(portfolio.id in each.resources for each in call.book.tag_options.values()),
    }
    if left := [what for what, is_there in used.items() if is_there]:
        raise InUseError(f"Portfolio {portfolio.id} cannot be deleted. It still has: {', '.join(left)}.")
    del call.book.portfolios[portfolio.id]
    return {}


def describe(call: Call) -> Json:
    portfolio = sharing.visible_portfolio(call, call.input["Id"])
    options = [each for each in sharing.tag_options(call, portfolio) if portfolio.id in each.resources]
    return {
        "PortfolioDetail": portfolio.detail(),
        "Tags": tags_of(portfolio.tags),
        "TagOptions": [each.detail() for each in options],
        "Budgets": [],
    }


def list_all(call: Call) -> Json:
    return {"PortfolioDetails": [each.detail() for each in call.book.portfolios.values()]}


def list_for_product(call: Call) -> Json:
    product = sharing.visible_product(call, call.input["ProductId"])
    holding = [each for each in call.book.portfolios.values() if product.id in each.products]
    return {"PortfolioDetails": [each.detail() for each in holding]}


def associate_product(call: Call) -> Json:
    portfolio = call.portfolio()
    product = sharing.visible_product(call, call.input["ProductId"])
    source = call.input.get("SourcePortfolioId", "")
    if product.account != call.account:
        if not source:
            message = (
                f"Product {product.id} is shared with you; SourcePortfolioId must say by which portfolio."
            )
            raise InvalidParametersError(message)
        if product.id not in sharing.visible_portfolio(call, source).products:
            raise NotFoundError(f"Product {product.id} not found in portfolio {source}.")
    if product.id not in portfolio.products:
        at_most(len(portfolio.products), PRODUCTS_EACH, "products in a portfolio")
        portfolio.products[product.id] = source
    return {}


def disassociate_product(call: Call) -> Json:
    portfolio, product = call.portfolio(), call.input["ProductId"]
    if product not in portfolio.products:
        raise NotFoundError(f"Product {product} is not associated with portfolio {portfolio.id}.")
    there = [
        each
        for each in call.book.constraints.values()
        if (each.portfolio, each.product) == (portfolio.id, product)
    ]
    if there:
        message = f"Product {product} has constraints in portfolio {portfolio.id}: {there[0].id}"
        raise InUseError(message)
    del portfolio.products[product]
    return {}


def associate_principal(call: Call) -> Json:
    held = _principals(call)
    principal = (call.input["PrincipalARN"], call.input["PrincipalType"])
    _check_principal(*principal, call.account)
    if principal not in held:
        at_most(len(held), PRINCIPALS_EACH, "principals of a portfolio")
        if principal[1] == "IAM_PATTERN":
            patterns = sum(kind == "IAM_PATTERN" for _, kind in held)
            at_most(patterns, PATTERNS_EACH, "principal patterns of a portfolio")
        held.append(principal)
    return {}


def _check_principal(arn: str, kind: str, account: str) -> None:
    """Refuse what is no ARN of a principal, or none that the type allows.

    Raises:
        InvalidParametersError: it is not.
    """
    parts = arn.split(":", 5)
    named = parts[5] if len(parts) == 6 and parts[0] == "arn" and parts[2] == "iam" and not parts[3] else ""
    if not named.startswith(("role/", "user/", "group/")) and not (kind == "IAM" and named == "root"):
        raise InvalidParametersError(f"Invalid principal ARN: {arn}")
    is_pattern = "*" in arn or "?" in arn
    if kind == "IAM" and (is_pattern or parts[4] != account):
        raise InvalidParametersError(f"Invalid principal ARN: {arn}")
    if kind == "IAM_PATTERN" and parts[4]:
        raise InvalidParametersError(f"Principal ARN pattern must not name an account: {arn}")


def disassociate_principal(call: Call) -> Json:
    held = _principals(call)
    kind = call.input.get("PrincipalType", "IAM")
    if (call.input["PrincipalARN"], kind) not in held:
        raise NotFoundError(f"Principal {call.input['PrincipalARN']} is not associated with the portfolio.")
    held.remove((call.input["PrincipalARN"], kind))
    return {}


def list_principals(call: Call) -> Json:
    return {"Principals": [{"PrincipalARN": arn, "PrincipalType": kind} for arn, kind in _principals(call)]}


def _principals(call: Call) -> list[tuple[str, str]]:
    """Return whom this account lets use a portfolio, its own or an imported one, to be changed in place."""
    portfolio = sharing.visible_portfolio(call, call.input["PortfolioId"])
    if portfolio.account == call.account:
        return portfolio.principals
    found(dict.fromkeys(sharing.imported(call)), portfolio.id, "Portfolio")
    return call.book.own_principals.setdefault(portfolio.id, [])


OPERATIONS = {
    "CreatePortfolio": create,
    "UpdatePortfolio": update,
    "DeletePortfolio": delete,
    "DescribePortfolio": describe,
    "ListPortfolios": list_all,
    "ListPortfoliosForProduct": list_for_product,
    "AssociateProductWithPortfolio": associate_product,
    "DisassociateProductFromPortfolio": disassociate_product,
    "AssociatePrincipalWithPortfolio": associate_principal,
    "DisassociatePrincipalFromPortfolio": disassociate_principal,
    "ListPrincipalsForPortfolio": list_principals,
}
