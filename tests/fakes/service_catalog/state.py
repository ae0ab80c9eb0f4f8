"""What Service Catalog remembers, by account and Region, and how what was asked for becomes so."""

from __future__ import annotations

import secrets
import string
import threading
import time
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

LOCK = threading.RLock()
SETTLES_AFTER = 0.1  # seconds from the answer to the state that was asked for

_ID_LETTERS = string.ascii_lowercase + string.digits
_ID_LENGTH = 13


def new_id(prefix: str) -> str:
    """Return an ID as AWS makes them: a prefix, and thirteen letters and digits."""
    return f"{prefix}-{''.join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH))}"


def tags_of(tags: dict[str, str]) -> list[Json]:
    """Return tags as the API lists them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tags_from(listed: list[Json] | None) -> dict[str, str]:
    """Return tags by their keys."""
    return {each["Key"]: each["Value"] for each in listed or ()}


@dataclass(kw_only=True)
class Settling:
    """Something that is CREATING for a moment.

    Attributes:
        since: when it was asked for.
        problem: why it will be FAILED; an empty text if it will not.
    """

    since: float = field(default_factory=time.time)
    problem: str = ""

    @property
    def status(self) -> str:
        """The state that the API tells."""
        if time.time() < self.since + SETTLES_AFTER:
            return "CREATING"
        return "FAILED" if self.problem else "AVAILABLE"


@dataclass(kw_only=True)
class Artifact(Settling):
    """A version of a product, with a copy of its root template."""

    id: str
    name: str
    description: str
    url: str
    body: str
    template: Json
    is_active: bool = True
    guidance: str = "DEFAULT"

    def detail(self) -> Json:
        return {
            "Id": self.id,
            "Name": self.name,
            "Description": self.description,
            "Type": "CLOUD_FORMATION_TEMPLATE",
            "CreatedTime": self.since,
            "Active": self.is_active,
            "Guidance": self.guidance,
        }

    def summary(self) -> Json:
        return {each: self.detail()[each] for each in ("Id", "Name", "Description", "CreatedTime")}


@dataclass(kw_only=True)
class Product(Settling):
    """A product; its settings are those of CreateProduct."""

    id: str
    view_id: str
    account: str
    region: str
    settings: Json
    tags: dict[str, str]
    artifacts: dict[str, Artifact] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.settings["Name"])

    @property
    def arn(self) -> str:
        return f"arn:aws:catalog:{self.region}:{self.account}:product/{self.id}"

    def view(self) -> Json:
        told = ("Name", "Owner", "Distributor", "SupportEmail", "SupportDescription", "SupportUrl")
        return {
            "Id": self.view_id,
            "ProductId": self.id,
            "ShortDescription": self.settings.get("Description", ""),
            "Type": "CLOUD_FORMATION_TEMPLATE",
            "HasDefaultPath": False,
            **{name: self.settings[name] for name in told if name in self.settings},
        }

    def detail(self) -> Json:
        return {
            "ProductViewSummary": self.view(),
            "Status": self.status,
            "ProductARN": self.arn,
            "CreatedTime": self.since,
        }


@dataclass(kw_only=True)
class Share:
    """With whom a portfolio is shared.

    Attributes:
        kind: ACCOUNT, ORGANIZATION, ORGANIZATIONAL_UNIT or ORGANIZATION_MEMBER_ACCOUNT.
        token: of a share with a part of an organization; an empty text for one with an account.
    """

    kind: str
    value: str
    tag_options: bool = False
    principals: bool = False
    token: str = ""
    since: float = field(default_factory=time.time)


@dataclass(kw_only=True)
class Portfolio:
    """A portfolio: its products, each with the portfolio that it came from, if that is another one."""

    id: str
    account: str
    region: str
    settings: Json
    tags: dict[str, str]
    created: float = field(default_factory=time.time)
    products: dict[str, str] = field(default_factory=dict)
    principals: list[tuple[str, str]] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)

    @property
    def arn(self) -> str:
        return f"arn:aws:catalog:{self.region}:{self.account}:portfolio/{self.id}"

    def detail(self) -> Json:
        return {
            "Id": self.id,
            "ARN": self.arn,
            "DisplayName": self.settings["DisplayName"],
            "Description": self.settings.get("Description", ""),
            "CreatedTime": self.created,
            "ProviderName": self.settings["ProviderName"],
        }


@dataclass(kw_only=True)
class Constraint(Settling):
    """A constraint of a product in a portfolio; its parameters are JSON."""

    id: str
    kind: str
    portfolio: str
    product: str
    owner: str
    description: str
    parameters: str

    def detail(self) -> Json:
        return {
            "ConstraintId": self.id,
            "Type": self.kind,
            "Description": self.description,
            "Owner": self.owner,
            "ProductId": self.product,
            "PortfolioId": self.portfolio,
        }


@dataclass(kw_only=True)
class TagOption:
    """A value that a tag may have, and the portfolios and products where it may."""

    id: str
    key: str
    value: str
    owner: str
    is_active: bool = True
    resources: set[str] = field(default_factory=set)

    def detail(self) -> Json:
        return {
            "Key": self.key,
            "Value": self.value,
            "Active": self.is_active,
            "Id": self.id,
            "Owner": self.owner,
        }


@dataclass(kw_only=True)
class Book:
    """All of one account in one Region.

    Attributes:
        imported: IDs of portfolios of other accounts that it accepted.
        own_principals: of such portfolios, by ID: whom this account lets launch from them.
        answers: by operation and idempotency token: what was asked, and what was answered.
    """

    account: str
    region: str
    portfolios: dict[str, Portfolio] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    constraints: dict[str, Constraint] = field(default_factory=dict)
    tag_options: dict[str, TagOption] = field(default_factory=dict)
    imported: set[str] = field(default_factory=set)
    own_principals: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    provisioned: dict[str, Any] = field(default_factory=dict)
    records: dict[str, Any] = field(default_factory=dict)
    plans: dict[str, Any] = field(default_factory=dict)
    answers: dict[tuple[str, str], tuple[str, Json]] = field(default_factory=dict)


_books: dict[tuple[str, str], Book] = {}


def book(account: str, region: str) -> Book:
    """Return what is known of an account in a Region."""
    return _books.setdefault((account, region), Book(account=account, region=region))


def books(region: str) -> list[Book]:
    """Return what is known of all accounts in a Region."""
    return [each for (_, where), each in list(_books.items()) if where == region]
