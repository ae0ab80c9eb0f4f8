"""The organization of an account, as the embedded AWS Organizations has it."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from private_fargate.local.server import organizations
from tests.fakes.service_catalog import inside

_enabled: set[str] = set()  # management accounts that let Service Catalog share with the organization


def is_enabled(account: str) -> bool:
    """Say whether an account lets Service Catalog share with its organization."""
    return account in _enabled


def enable(account: str) -> None:
    """Let Service Catalog share with the organization of a management account."""
    _enabled.add(account)


def disable(account: str) -> None:
    """Let Service Catalog share no more."""
    _enabled.discard(account)


def is_managed_by(account: str) -> bool:
    """Say whether an account manages an organization."""
    return organizations.management_account_of(account) == account


def members(account: str, region: str, node: str) -> list[str]:
    """Return the accounts of an organization, of a unit with those below it, or the account that is named.

    Args:
        account: which manages the organization.
        region: in which it asks.
        node: an ID, or an ARN that ends in one.
    """
    wanted = node.rpartition("/")[2]
    client = inside.client("organizations", account, region)
    if wanted.startswith("o-"):
        return _numbers(client.get_paginator("list_accounts").paginate(), "Accounts")
    if not wanted.startswith("ou-"):
        return [wanted]
    try:
        return _below(client, wanted)
    except ClientError:
        return []


def _below(client: Any, parent: str) -> list[str]:
    pages = client.get_paginator("list_accounts_for_parent").paginate(ParentId=parent)
    units = client.get_paginator("list_organizational_units_for_parent").paginate(ParentId=parent)
    inner = _numbers(units, "OrganizationalUnits")
    return [*_numbers(pages, "Accounts"), *(each for unit in inner for each in _below(client, unit))]


def _numbers(pages: Any, what: str) -> list[str]:
    return [each["Id"] for page in pages for each in page[what]]
