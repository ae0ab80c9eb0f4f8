"""What ministack's Organizations lacks: which services are trusted, and who acts for the organization.

A fake: whatever service principal is trusted is believed to exist.
"""

from __future__ import annotations

from typing import Any

from ministack.core.responses import AccountScopedDict, error_response_json, get_account_id, now_iso
from ministack.services import organizations

from private_fargate.local.server.organizations import management_account_of

Record = dict[str, Any]

_trusted = AccountScopedDict()  # service -> since when, by management account
_delegates = AccountScopedDict()  # (service, account) -> since when, by management account


def extend() -> None:
    """Let a management account trust services, and delegate them."""
    organizations._DISPATCH.update(
        {
            "DeregisterDelegatedAdministrator": _deregister,
            "DisableAWSServiceAccess": _distrust,
            "EnableAWSServiceAccess": _trust,
            "ListAWSServiceAccessForOrganization": _list_trusted,
            "ListDelegatedAdministrators": _list_delegates,
            "RegisterDelegatedAdministrator": _register,
        }
    )


def trusts(manager: str, service: str) -> bool:
    """Say whether an organization trusts a service."""
    return bool(_trusted.contains_scoped(manager, None, service))


def trust(manager: str, service: str, *, trusted: bool) -> None:
    """Let an organization trust a service, or no more."""
    if trusted:
        _trusted.set_scoped(manager, None, service, now_iso())
    else:
        _trusted.pop_scoped(manager, None, service, None)


def is_delegate(account: str, service: str) -> bool:
    """Say whether an account acts for the management account of its organization in a service."""
    manager = management_account_of(account)
    return manager is not None and bool(_delegates.contains_scoped(manager, None, (service, account)))


def accounts_below(manager: str, unit: str) -> list[str]:
    """Return the active accounts of a root or a unit and of the units in it, without the management account.

    Raises:
        KeyError: there is no such root or unit.
    """
    known = {**_of(organizations._roots, manager), **_of(organizations._ous, manager)}
    if unit not in known:
        raise KeyError(unit)
    inside = {unit}
    while more := {
        name for name, each in known.items() if each.get("_ParentId") in inside and name not in inside
    }:
        inside |= more
    return [
        name
        for name, each in _of(organizations._accounts, manager).items()
        if each["_ParentId"] in inside and each["Status"] == "ACTIVE" and name != manager
    ]


def _of(records: AccountScopedDict, manager: str) -> dict[str, Record]:
    return {name: record for (owner, name), record in list(records._data.items()) if owner == manager}


def _done(result: Record | None = None) -> tuple[int, Any, bytes]:
    return organizations._json(200, result or {})


def _trust(request: Record) -> tuple[int, Any, bytes]:
    trust(get_account_id(), request["ServicePrincipal"], trusted=True)
    return _done()


def _distrust(request: Record) -> tuple[int, Any, bytes]:
    trust(get_account_id(), request["ServicePrincipal"], trusted=False)
    return _done()


def _list_trusted(_request: Record) -> tuple[int, Any, bytes]:
    return _done({"EnabledServicePrincipals": [{"ServicePrincipal": name} for name in _trusted]})


def _register(request: Record) -> tuple[int, Any, bytes]:
    account, service = request["AccountId"], request["ServicePrincipal"]
    if account not in organizations._accounts or account == get_account_id():
        message = "You specified an account that is not a member of the organization."
        return error_response_json("AccountNotFoundException", message, 400)
    if service not in _trusted:
        message = f"Service access of {service} is not enabled for the organization."
        return error_response_json("ConstraintViolationException", message, 400)
    if (service, account) in _delegates:
        message = "The account is already a delegated administrator for the service."
        return error_response_json("AccountAlreadyRegisteredException", message, 400)
    _delegates[service, account] = now_iso()
    return _done()


def _deregister(request: Record) -> tuple[int, Any, bytes]:
    if _delegates.pop((request["ServicePrincipal"], request["AccountId"]), None) is None:
        message = "The account is not a delegated administrator for the service."
        return error_response_json("AccountNotRegisteredException", message, 400)
    return _done()


def _list_delegates(request: Record) -> tuple[int, Any, bytes]:
    asked = request.get("ServicePrincipal")
    names = sorted({account for service, account in _delegates if asked in {None, service}})
    records = [organizations._public_account(organizations._accounts[name]) for name in names]
    return _done({"DelegatedAdministrators": records})
