"""Who belongs to whom: ministack makes every account that asks the management account of an organization."""

from __future__ import annotations

from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import organizations

_handle_request = organizations.handle_request


def repair() -> None:
    """Let an account that an organization has be a member of it, in answers and in conditions of policies."""
    organizations.handle_request = _handled
    iam_evaluator._principal_org_id = organization_id


def management_account_of(account: str) -> str | None:
    """Return the management account of an account's organization, which may be itself; None without one."""
    for manager, member in list(organizations._accounts._data):
        if member == account and manager != account:
            return str(manager)
    return account if organizations._orgs.contains_scoped(account, None, "self") else None


def organization_id(account: str) -> str | None:
    """Return the ID of the organization that an account belongs to."""
    manager = management_account_of(account)
    return str(organizations._orgs.get_scoped(manager, None, "self")["Id"]) if manager else None


async def _handled(
    method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
) -> tuple[int, Any, bytes]:
    """Answer a member out of the records of its management account; what it may do there is not looked at."""
    manager = management_account_of(get_account_id()) or get_account_id()
    with request_scope(manager, get_region()):
        answer: tuple[int, Any, bytes] = await _handle_request(method, path, headers, body, query)
    return answer
