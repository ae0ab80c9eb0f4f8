"""Who may act for an organization, and which accounts its units mean."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ministack.core.responses import get_account_id, get_region, request_scope

from private_fargate.local.server.organizations import management_account_of
from tests.fakes import organizations
from tests.fakes.stack_sets.forms import RefusalError, invalid

if TYPE_CHECKING:
    from collections.abc import Iterator

Record = dict[str, Any]

PRINCIPAL = "member.org.stacksets.cloudformation.amazonaws.com"
_UNITS = 50  # of one operation


@contextmanager
def acting(parameters: Record) -> Iterator[None]:
    """Act in the account whose StackSets are meant: a delegated administrator's are its management account's.

    Raises:
        RefusalError: the account is no delegated administrator.
    """
    account = get_account_id()
    if parameters.get("CallAs") != "DELEGATED_ADMIN":
        yield
        return
    manager = management_account_of(account)
    if manager is None or not organizations.is_delegate(account, PRINCIPAL):
        raise invalid("Account used is not a delegated administrator")
    with request_scope(manager, get_region()):
        yield


def check_access() -> None:
    """Refuse service-managed permissions where the organization does not give them.

    Raises:
        RefusalError: the account manages no organization, or this does not trust StackSets.
    """
    account = get_account_id()
    if management_account_of(account) != account:
        raise invalid(
            "You must be the management account or delegated admin account of an organization before "
            "operating a SERVICE_MANAGED stack set"
        )
    if not organizations.trusts(account, PRINCIPAL):
        raise invalid("You must enable organizations access to operate a service managed stack set")


def accounts(targets: Record, *, creates: bool) -> dict[str, str]:
    """Return the accounts that are meant, each with the unit by which it is.

    Args:
        targets: units, accounts, and how both go together.
        creates: whether instances are made, for which accounts outside the units cannot be added.

    Raises:
        RefusalError: what is asked for makes no sense, or a unit does not exist.
    """
    units = targets.get("OrganizationalUnitIds", [])
    if not units:
        raise invalid(
            "StackSets with SERVICE_MANAGED permission model can only have OrganizationalUnit as target"
        )
    if len(units) > _UNITS:
        raise RefusalError(
            "LimitExceededException", f"An operation can have at most {_UNITS} OrganizationalUnits"
        )
    named = list(targets.get("Accounts", []))
    kind = targets.get("AccountFilterType") or ("UNION" if named else "NONE")
    if kind == "UNION" and creates:
        raise invalid("AccountFilterType UNION is not supported for CreateStackInstances")
    if bool(named) == (kind == "NONE"):
        raise invalid(f"AccountFilterType {kind} {'takes no' if named else 'needs'} Accounts")
    found = _in_units(units)
    if kind == "INTERSECTION":
        return {account: unit for account, unit in found.items() if account in named}
    if kind == "DIFFERENCE":
        return {account: unit for account, unit in found.items() if account not in named}
    if kind == "UNION":
        return {**dict.fromkeys(named, units[0]), **found}
    return found


def _in_units(units: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for unit in units:
        try:
            inside = organizations.accounts_below(get_account_id(), unit)
        except KeyError:
            raise invalid(f"OrganizationalUnit {unit} is not in the organization") from None
        for account in inside:
            found.setdefault(account, unit)
    return found


def activate(_parameters: Record) -> Record:
    """Let the organization trust StackSets."""
    _check_manager()
    organizations.trust(get_account_id(), PRINCIPAL, trusted=True)
    return {}


def deactivate(_parameters: Record) -> Record:
    """Let the organization trust StackSets no more."""
    _check_manager()
    organizations.trust(get_account_id(), PRINCIPAL, trusted=False)
    return {}


def describe(_parameters: Record) -> Record:
    """Say whether the organization trusts StackSets."""
    manager = management_account_of(get_account_id())
    trusted = manager is not None and organizations.trusts(manager, PRINCIPAL)
    return {"Status": "ENABLED" if trusted else "DISABLED"}


def _check_manager() -> None:
    if management_account_of(get_account_id()) != get_account_id():
        message = "Only the management account of an organization can change its access"
        raise RefusalError("InvalidOperationException", message)
