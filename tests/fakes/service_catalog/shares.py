"""Shares of portfolios with accounts, units and the organization."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.fakes.service_catalog import organization, sharing, state
from tests.fakes.service_catalog.refusals import (
    InvalidParametersError,
    InvalidStateError,
    NotFoundError,
    NotSupportedError,
)
from tests.fakes.service_catalog.state import SETTLES_AFTER, Share, new_id

if TYPE_CHECKING:
    from tests.fakes.service_catalog.call import Call
    from tests.fakes.service_catalog.state import Json, Portfolio

_MEMBER = "ORGANIZATION_MEMBER_ACCOUNT"
_PREFIXES = {"ORGANIZATION": "o-", "ORGANIZATIONAL_UNIT": "ou-", "ACCOUNT": ""}


def create(call: Call) -> Json:
    portfolio = call.portfolio()
    kind, value = _with(call)
    known = _find(portfolio, kind, value)
    if known is not None and known.token and _status(known) == "IN_PROGRESS":
        raise InvalidStateError(f"A share of portfolio {portfolio.id} with {value} is in progress.")
    if known is not None:
        portfolio.shares.remove(known)
    share = Share(
        kind=kind,
        value=value,
        tag_options=call.input.get("ShareTagOptions", False),
        principals=call.input.get("SharePrincipals", False),
        token="" if kind == "ACCOUNT" else new_id("share"),
    )
    portfolio.shares.append(share)
    return {"PortfolioShareToken": share.token} if share.token else {}


def update(call: Call) -> Json:
    portfolio = call.portfolio()
    share = _share(portfolio, *_with(call))
    share.tag_options = call.input.get("ShareTagOptions", share.tag_options)
    share.principals = call.input.get("SharePrincipals", share.principals)
    share.since = time.time()
    share.token = share.token or new_id("share")
    return {"PortfolioShareToken": share.token, "Status": _status(share)}


def delete(call: Call) -> Json:
    portfolio = call.portfolio()
    share = _share(portfolio, *_with(call))
    portfolio.shares.remove(share)
    if share.kind == "ACCOUNT":
        state.book(share.value, call.region).imported.discard(portfolio.id)
    return {"PortfolioShareToken": share.token} if share.token else {}


def describe_status(call: Call) -> Json:
    token = call.input["PortfolioShareToken"]
    for portfolio in call.book.portfolios.values():
        for share in portfolio.shares:
            if share.token == token:
                members = organization.members(call.account, call.region, share.value)
                return {
                    "PortfolioShareToken": token,
                    "PortfolioId": portfolio.id,
                    "OrganizationNodeValue": share.value,
                    "Status": _status(share),
                    "ShareDetails": {"SuccessfulShares": members, "ShareErrors": []},
                }
    raise NotFoundError(f"Portfolio share {token} not found.")


def describe_all(call: Call) -> Json:
    portfolio, kind = call.portfolio(), call.input["Type"]
    return {
        "PortfolioShareDetails": [
            {
                "PrincipalId": share.value,
                "Type": share.kind,
                "Accepted": share.kind != "ACCOUNT" or _is_accepted(portfolio, share),
                "ShareTagOptions": share.tag_options,
                "SharePrincipals": share.principals,
            }
            for share in portfolio.shares
            if share.kind == kind
        ]
    }


def list_access(call: Call) -> Json:
    portfolio = call.portfolio()
    accounts = [share.value for share in portfolio.shares if share.kind in {"ACCOUNT", _MEMBER}]
    return {"AccountIds": accounts}


def list_organization_access(call: Call) -> Json:
    portfolio, kind = call.portfolio(), call.input["OrganizationNodeType"]
    _check_organization(call)
    wanted = _MEMBER if kind == "ACCOUNT" else kind
    nodes = [{"Type": kind, "Value": each.value} for each in portfolio.shares if each.kind == wanted]
    return {"OrganizationNodes": nodes}


def accept(call: Call) -> Json:
    portfolio = _offered(call)
    call.book.imported.add(portfolio.id)
    return {}


def reject(call: Call) -> Json:
    portfolio = _offered(call)
    call.book.imported.discard(portfolio.id)
    return {}


def list_accepted(call: Call) -> Json:
    kind = call.input.get("PortfolioShareType", "IMPORTED")
    found = []
    for portfolio in sharing.imported(call).values():
        by_itself = any(share.kind != "ACCOUNT" for share in sharing.shares_with(portfolio, call.account))
        if by_itself == (kind == "AWS_ORGANIZATIONS"):
            found.append(portfolio.detail())
    return {"PortfolioDetails": found}


def enable_organization(call: Call) -> Json:
    if not organization.is_managed_by(call.account):
        raise NotSupportedError(f"Account {call.account} manages no organization.")
    organization.enable(call.account)
    return {}


def disable_organization(call: Call) -> Json:
    organization.disable(call.account)
    return {}


def organization_status(call: Call) -> Json:
    return {"AccessStatus": "ENABLED" if organization.is_enabled(call.account) else "DISABLED"}


def _with(call: Call) -> tuple[str, str]:
    """Return with whom a share is, as kind and value.

    Raises:
        InvalidParametersError: neither an account nor a part of the organization is named, or both.
    """
    node = call.input.get("OrganizationNode")
    if (node is None) == ("AccountId" not in call.input):
        raise InvalidParametersError("Either AccountId or OrganizationNode is required, and not both.")
    if node is None:
        if call.input["AccountId"] == call.account:
            raise InvalidParametersError("A portfolio cannot be shared with the account that owns it.")
        return "ACCOUNT", call.input["AccountId"]
    _check_organization(call)
    kind, value = node.get("Type", ""), node.get("Value", "")
    if not value.rpartition("/")[2].startswith(_PREFIXES.get(kind, "?")):
        raise InvalidParametersError(f"{value} is no {kind or 'type of organization node'}.")
    return (_MEMBER if kind == "ACCOUNT" else kind), value


def _check_organization(call: Call) -> None:
    if not organization.is_enabled(call.account):
        raise NotSupportedError("Access to AWS Organizations is not enabled for Service Catalog.")


def _find(portfolio: Portfolio, kind: str, value: str) -> Share | None:
    return next((each for each in portfolio.shares if (each.kind, each.value) == (kind, value)), None)


def _share(portfolio: Portfolio, kind: str, value: str) -> Share:
    share = _find(portfolio, kind, value)
    if share is None:
        raise NotFoundError(f"Portfolio {portfolio.id} is not shared with {value}.")
    return share


def _status(share: Share) -> str:
    return "IN_PROGRESS" if time.time() < share.since + SETTLES_AFTER else "COMPLETED"


def _is_accepted(portfolio: Portfolio, share: Share) -> bool:
    return portfolio.id in state.book(share.value, portfolio.region).imported


def _offered(call: Call) -> Portfolio:
    portfolio = sharing.owned_by_anybody(call.region, call.input["PortfolioId"])
    if portfolio is None or not sharing.shares_with(portfolio, call.account):
        raise NotFoundError(f"Portfolio {call.input['PortfolioId']} not found.")
    return portfolio


OPERATIONS = {
    "CreatePortfolioShare": create,
    "UpdatePortfolioShare": update,
    "DeletePortfolioShare": delete,
    "DescribePortfolioShareStatus": describe_status,
    "DescribePortfolioShares": describe_all,
    "ListPortfolioAccess": list_access,
    "ListOrganizationPortfolioAccess": list_organization_access,
    "AcceptPortfolioShare": accept,
    "RejectPortfolioShare": reject,
    "ListAcceptedPortfolioShares": list_accepted,
    "EnableAWSOrganizationsAccess": enable_organization,
    "DisableAWSOrganizationsAccess": disable_organization,
    "GetAWSOrganizationsAccessStatus": organization_status,
}
