"""Launch paths: through which portfolios a product comes to whoever asks."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.fakes.service_catalog import constraints, inside, sharing, state
from tests.fakes.service_catalog.refusals import InvalidParametersError, NotFoundError

if TYPE_CHECKING:
    from tests.fakes.service_catalog.call import Call
    from tests.fakes.service_catalog.state import Constraint, Portfolio, Product, TagOption


@dataclass(frozen=True, kw_only=True)
class Path:
    """A way to a product."""

    portfolio: Portfolio
    product: Product

    @property
    def id(self) -> str:
        """What AWS calls it: of this product in this portfolio, and of no other."""
        digest = hashlib.sha256(f"{self.portfolio.id}{self.product.id}".encode()).hexdigest()
        return f"lpv3-{digest[:13]}"

    @property
    def name(self) -> str:
        return str(self.portfolio.settings["DisplayName"])

    def constraints(self) -> list[Constraint]:
        """Return the constraints that launches on this way have."""
        owner = state.book(self.portfolio.account, self.portfolio.region)
        return constraints.of(owner, self.portfolio.id, self.product.id)

    def tag_options(self, call: Call) -> list[TagOption]:
        """Return the tag options that launches on this way have."""
        ours = {self.portfolio.id, self.product.id}
        return [each for each in sharing.tag_options(call, self.portfolio) if each.resources & ours]


def all_of(call: Call) -> list[Path]:
    """Return all ways to all products that whoever asks has."""
    names = _names(call)
    return [
        Path(portfolio=portfolio, product=sharing.anybodys_product(call.region, product))
        for portfolio in (*call.book.portfolios.values(), *sharing.imported(call).values())
        if any(_is_one_of(principal, names) for principal in sharing.principals(call, portfolio))
        for product in portfolio.products
    ]


def to(call: Call, product_id: str | None, name: str | None) -> list[Path]:
    """Return the ways to one product, by its ID or its name.

    Raises:
        InvalidParametersError: neither is given.
        NotFoundError: there is no way, as AWS says it: without access there is no path.
    """
    if not product_id and not name:
        raise InvalidParametersError("Either ProductId or ProductName is required.")
    ways = [
        way for way in all_of(call) if product_id == way.product.id or (name and name == way.product.name)
    ]
    if not ways:
        raise NotFoundError(f"No launch paths found for resource: {product_id or name}")
    return ways


def chosen(call: Call, ways: list[Path]) -> Path:
    """Return the way that is named, or the only one.

    Raises:
        NotFoundError: none has the ID or the name.
        InvalidParametersError: there are several, and none is named.
    """
    path_id, name = call.input.get("PathId"), call.input.get("PathName")
    if path_id or name:
        ways = [way for way in ways if (path_id or way.id) == way.id and (name or way.name) == way.name]
        if not ways:
            raise NotFoundError(f"Launch path {path_id or name} not found.")
    if len(ways) > 1:
        message = f"Product {ways[0].product.id} has more than one launch path; PathId is required."
        raise InvalidParametersError(message)
    return ways[0]


def _names(call: Call) -> set[str]:
    """Return the ARNs by which a principal of a portfolio may mean who asks."""
    who = call.caller
    if ":assumed-role/" in who:
        role = who.split(":assumed-role/")[1].split("/")[0]
        known = _role_arn(call, role)
        return {known or f"arn:aws:iam::{call.account}:role/{role}"}
    if ":user/" in who:
        iam = inside.client("iam", call.account, call.region)
        groups = iam.list_groups_for_user(UserName=who.rpartition("/")[2])["Groups"]
        return {who, *(group["Arn"] for group in groups)}
    return {who}


def _role_arn(call: Call, name: str) -> str | None:
    iam = inside.client("iam", call.account, call.region)
    try:
        return str(iam.get_role(RoleName=name)["Role"]["Arn"])
    except iam.exceptions.NoSuchEntityException:
        return None


def _is_one_of(principal: tuple[str, str], names: set[str]) -> bool:
    arn, kind = principal
    if kind == "IAM":
        return arn in names
    pattern = re.escape(arn).replace(r"\*", ".*").replace(r"\?", ".")
    without_account = {":".join((*name.split(":")[:4], "", name.split(":", 5)[5])) for name in names}
    return any(re.fullmatch(pattern, name) for name in without_account)
