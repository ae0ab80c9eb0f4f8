"""The accounts of organizational units, as AWS Organizations tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from private_fargate.deploy.session import DeployError, explained, pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.config.rollout import Rollout
    from private_fargate.deploy.session import Client, Session


class UnitError(DeployError):
    """The units hold no account that is a target."""


def accounts_of(session: Session, settings: Rollout) -> tuple[str, ...]:
    """Return the target accounts, each once: as named, or those of the units, in order of their numbers.

    StackSets makes no instance in the management account, even if it is in a unit; and none in an account
    that is suspended.

    Args:
        session: of the management account, or of a delegated administrator.
        settings: which are meant.

    Raises:
        UnitError: no account is left.
    """
    if not settings.organizational_units:
        return tuple(dict.fromkeys(settings.accounts))
    with explained():
        organizations = session.client("organizations")
        management = organizations.describe_organization()["Organization"]["MasterAccountId"]
        found = {
            each["Id"]
            for unit in settings.organizational_units
            for each in _accounts_below(organizations, unit)
            if each.get("State", each.get("Status")) == "ACTIVE"
        }
    chosen = found - {management, *settings.excluded_accounts}
    if settings.accounts:
        chosen &= {*settings.accounts}
    if not chosen:
        message = (
            f"rollout.organizational_units: {', '.join(settings.organizational_units)} hold no active "
            "account that is a target; name other units, or fewer `accounts` and `excluded_accounts`"
        )
        raise UnitError(message)
    return tuple(sorted(chosen))


def _accounts_below(organizations: Client, unit: str) -> Iterator[dict[str, Any]]:
    for page in pages(organizations, "list_accounts_for_parent", ParentId=unit):
        yield from page["Accounts"]
    for page in pages(organizations, "list_organizational_units_for_parent", ParentId=unit):
        for each in page["OrganizationalUnits"]:
            yield from _accounts_below(organizations, each["Id"])
