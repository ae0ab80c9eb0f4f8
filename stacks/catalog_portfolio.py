"""To whom the product is offered: the portfolio, who may launch from it, and which tags they choose.

Accounts that it is shared with are named here.  Units of an organization cannot be: CloudFormation's type
takes an account and nothing else, so `build.py catalog publish` shares with them by the API.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from troposphere import Ref, Sub, servicecatalog

from private_fargate.kit import kinds
from private_fargate.kit.naming import logical_id
from private_fargate.kit.retention import keep_once_made

if TYPE_CHECKING:
    from collections.abc import Iterable

    from private_fargate.config.catalog import Catalog
    from private_fargate.kit.scope import Scope

_PARTITION = re.compile(r"^arn:[a-z-]+:")
_WILDCARDS = {"*": " any ", "?": " one "}


@dataclass(frozen=True, kw_only=True)
class Config:
    """What the portfolio is called, who uses it, and the tags of what is launched from it.

    Attributes:
        name: of the portfolio.
        provider: who offers it.
        description: what a team gets.
        principals: ARNs of roles, users and groups; those without an account or with `*` are patterns.
        accounts: with which it is shared.
        share_tag_options: whether they get the tag options, too.
        tag_options: each key with the values among which a team chooses.
        retain: whether the portfolio outlives its stack.
    """

    name: str
    provider: str
    description: str
    principals: tuple[str, ...]
    accounts: tuple[str, ...]
    share_tag_options: bool
    tag_options: tuple[tuple[str, str], ...]
    retain: bool

    @classmethod
    def of(cls, catalog: Catalog, *, retain: bool) -> Config:
        """Return the portfolio that the settings ask for."""
        return cls(
            name=catalog.portfolio,
            provider=catalog.provider,
            description=catalog.description,
            principals=catalog.principals,
            accounts=catalog.shares.accounts,
            share_tag_options=catalog.shares.tag_options,
            tag_options=tuple(
                (key, value) for key, values in catalog.tag_options.items() for value in values
            ),
            retain=retain,
        )


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """A portfolio needs nothing."""


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """What products are put into."""

    portfolio_id: kinds.PortfolioId


def build(scope: Scope, config: Config, _inputs: Inputs) -> Outputs:
    """Portfolio: what is offered to whom, and with which tags."""
    portfolio = scope.add(
        servicecatalog.Portfolio(
            "Portfolio",
            DisplayName=config.name,
            ProviderName=config.provider,
            Description=config.description,
            **keep_once_made(retain=config.retain),
        ),
        why="Teams see the products of the portfolios that are theirs",
        must="Accounts that it is shared with have imported it by its ID",
    )
    _admit(scope, config, portfolio)
    _share(scope, config, portfolio)
    _offer_tags(scope, config, portfolio)
    return Outputs(portfolio_id=kinds.PortfolioId.of(portfolio))


def _admit(scope: Scope, config: Config, portfolio: servicecatalog.Portfolio) -> None:
    for arn, title in _titles("Principal", config.principals):
        scope.add(
            servicecatalog.PortfolioPrincipalAssociation(
                title,
                PortfolioId=Ref(portfolio),
                PrincipalARN=Sub(_PARTITION.sub("arn:${AWS::Partition}:", arn)),
                PrincipalType="IAM_PATTERN" if is_pattern(arn) else "IAM",
            ),
            why="May launch; who is not named sees nothing",
        )


def _share(scope: Scope, config: Config, portfolio: servicecatalog.Portfolio) -> None:
    for account in config.accounts:
        scope.add(
            servicecatalog.PortfolioShare(
                f"Share{account}",
                PortfolioId=Ref(portfolio),
                AccountId=account,
                ShareTagOptions=config.share_tag_options,
            ),
            why="The account imports it, names its own principals, and cannot share it further",
        )


def _offer_tags(scope: Scope, config: Config, portfolio: servicecatalog.Portfolio) -> None:
    """Add the tags to the portfolio: its products inherit them, and shares carry them."""
    pairs = {f"{key} {value}": (key, value) for key, value in config.tag_options}
    for name, title in _titles("TagOption", pairs):
        key, value = pairs[name]
        option = scope.add(
            servicecatalog.TagOption(title, Key=key, Value=value),
            why="One value of each key becomes a tag of what is launched",
        )
        scope.add(
            servicecatalog.TagOptionAssociation(
                f"{title}Association", TagOptionId=Ref(option), ResourceId=Ref(portfolio)
            ),
            why="Offers the tag with every product of the portfolio",
        )


def is_pattern(arn: str) -> bool:
    """Say whether an ARN stands for many principals: it names no account, or has a wildcard.

    >>> is_pattern("arn:aws:iam:::role/team-*"), is_pattern("arn:aws:iam::111122223333:role/team")
    (True, False)
    """
    *_, account, resource = arn.split(":", 5)
    return not account or any(sign in resource for sign in _WILDCARDS)


def _titles(prefix: str, names: Iterable[str]) -> list[tuple[str, str]]:
    """Return each name with its logical ID, in order; a number tells those apart that look alike."""
    found: list[tuple[str, str]] = []
    used: dict[str, int] = {}
    for name in names:
        spoken = _PARTITION.sub("", name).removeprefix("iam:")
        for sign, word in _WILDCARDS.items():
            spoken = spoken.replace(sign, word)
        title = prefix + logical_id(spoken)
        used[title] = used.get(title, 0) + 1
        found.append((name, title if used[title] == 1 else f"{title}No{used[title]}"))
    return found
