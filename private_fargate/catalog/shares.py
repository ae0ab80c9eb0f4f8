"""With which units of the organization a portfolio is shared.

The stack shares with single accounts; for units and a whole organization CloudFormation has no resource, so
these are brought to what the settings say by calls.  Only the organization's management account or its
delegated administrator may make them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from private_fargate.catalog.paging import paged
from private_fargate.deploy.pausing import pauses
from private_fargate.deploy.refusals import answer
from private_fargate.deploy.session import DeployError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.config.catalog import Shares
    from private_fargate.deploy.session import Session

Kind: TypeAlias = Literal["ORGANIZATION", "ORGANIZATIONAL_UNIT"]

_NODES: Final[tuple[Kind, ...]] = ("ORGANIZATION", "ORGANIZATIONAL_UNIT")
_ACCOUNTS: Final = ("ACCOUNT", "ORGANIZATION_MEMBER_ACCOUNT")
_NOT_OURS: Final = frozenset({"OperationNotSupportedException", "AccessDeniedException"})
_NO_TRUST: Final = frozenset({"OperationNotSupportedException"})
_NOT_TOLD: Final = _NOT_OURS | {"ResourceNotFoundException"}
_TRUST: Final = (
    "`aws servicecatalog enable-aws-organizations-access` in the management account switches that on; "
    "another account has to be its delegated administrator; then publish again"
)
_ENDED: Final = frozenset({"ResourceNotFoundException"})  # of what is taken away, nothing is left to ask
_DEADLINE: Final = 1_800  # seconds; it goes through all accounts of a unit


class ShareError(DeployError):
    """A portfolio was not shared with everybody."""


@dataclass(frozen=True, kw_only=True)
class Share:
    """A unit or the organization, and what it gets with the portfolio.

    Attributes:
        kind: Which of both.
        id: As `ou-…` or `o-…`.
        tag_options: Whether it gets the tag options.
        principals: Whether principals named by pattern may launch there.
    """

    kind: Kind
    id: str
    tag_options: bool = False
    principals: bool = False


@dataclass(frozen=True, kw_only=True)
class ShareChanges:
    """What has to be done so that the settings hold."""

    added: tuple[Share, ...] = ()
    changed: tuple[Share, ...] = ()
    removed: tuple[Share, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing has to."""
        return not (self.added or self.changed or self.removed)


def wanted(said: Shares) -> tuple[Share, ...]:
    """Return what the settings say: units, or the whole organization if it is all that is named."""
    names: list[tuple[Kind, str]] = [("ORGANIZATIONAL_UNIT", unit) for unit in said.organizational_units]
    if said.organization and not (said.organizational_units or said.accounts):
        names = [("ORGANIZATION", said.organization)]
    return tuple(
        Share(kind=kind, id=name, tag_options=said.tag_options, principals=said.principals)
        for kind, name in names
    )


def found(session: Session, portfolio: str) -> tuple[Share, ...]:
    """Return with which units a portfolio is shared; of an account outside of any organization, none."""
    return tuple(
        Share(
            kind=kind,
            id=str(each["PrincipalId"]).rpartition("/")[2],
            tag_options=each.get("ShareTagOptions", False),
            principals=each.get("SharePrincipals", False),
        )
        for kind in _NODES
        for each in _listed(session, portfolio, kind)
    )


def reaches_others(session: Session, portfolio: str) -> bool:
    """Say whether anybody else has the portfolio, a unit or a single account."""
    kinds = (*_NODES, *_ACCOUNTS)
    return any(True for kind in kinds for _ in _listed(session, portfolio, kind))


def _listed(session: Session, portfolio: str, kind: str) -> Iterator[dict[str, Any]]:
    described = session.client("servicecatalog").describe_portfolio_shares

    def shared(**arguments: Any) -> dict[str, Any]:
        return answer(described, unless=_NOT_OURS, **arguments) or {}

    for page in paged(shared, PortfolioId=portfolio, Type=kind):
        yield from page.get("PortfolioShareDetails", [])


def changes(there: tuple[Share, ...], said: tuple[Share, ...]) -> ShareChanges:
    """Return what leads from the shares that there are to those that the settings name."""
    before = {each.id: each for each in there}
    after = {each.id: each for each in said}
    return ShareChanges(
        added=tuple(each for each in said if each.id not in before),
        changed=tuple(each for each in said if each.id in before and before[each.id] != each),
        removed=tuple(each for each in there if each.id not in after),
    )


def require_trust(session: Session, agreed: ShareChanges) -> None:
    """Make sure that the organization trusts Service Catalog, if anything is to be shared with it.

    Whoever may not ask learns it from AWS when it is shared.

    Raises:
        ShareError: it does not; the message says how it is brought to.
    """
    if not (agreed.added or agreed.changed):
        return
    client = session.client("servicecatalog")
    said = answer(client.get_aws_organizations_access_status, unless=_NOT_TOLD)
    if said is not None and said["AccessStatus"] != "ENABLED":
        names = ", ".join(each.id for each in (*agreed.added, *agreed.changed))
        message = (
            f"catalog.shares: the portfolio cannot be shared with {names}, for the organization does not "
            f"trust Service Catalog (access is {said['AccessStatus']}); {_TRUST}"
        )
        raise ShareError(message)


def share(session: Session, portfolio: str, agreed: ShareChanges) -> None:
    """Bring the shares of a portfolio about, and wait until all accounts have them.

    Raises:
        ShareError: some accounts do not; the message names them.
    """
    client = session.client("servicecatalog")
    for operation, found in (
        (client.create_portfolio_share, agreed.added),
        (client.update_portfolio_share, agreed.changed),
    ):
        for each in found:
            said = answer(operation, unless=_NO_TRUST, PortfolioId=portfolio, **_node(each), **_with(each))
            if said is None:
                message = f"{each.id}: the portfolio cannot be shared with it from this account; {_TRUST}"
                raise ShareError(message)
            _await(session, said, each)
    for each in agreed.removed:
        _await(session, client.delete_portfolio_share(PortfolioId=portfolio, **_node(each)), each)


def _node(each: Share) -> dict[str, Any]:
    return {"OrganizationNode": {"Type": each.kind, "Value": each.id}}


def _with(each: Share) -> dict[str, bool]:
    return {"ShareTagOptions": each.tag_options, "SharePrincipals": each.principals}


def _await(session: Session, said: dict[str, Any], each: Share) -> None:
    token = said.get("PortfolioShareToken")
    if not token:  # it was so already
        return
    client = session.client("servicecatalog")
    deadline = time.monotonic() + _DEADLINE
    for pause in pauses():
        status = answer(client.describe_portfolio_share_status, unless=_ENDED, PortfolioShareToken=token)
        if status is None or status["Status"] == "COMPLETED":
            return
        if status["Status"] not in {"NOT_STARTED", "IN_PROGRESS"}:
            message = f"{each.id}: the sharing of the portfolio ended {status['Status']}: {_why(status)}"
            raise ShareError(message)
        if time.monotonic() > deadline:
            break
        time.sleep(pause)
    message = f"{each.id}: the portfolio is not shared after {_DEADLINE} s; AWS goes on with it"
    raise ShareError(message)


def _why(status: dict[str, Any]) -> str:
    """Return which accounts have it not, and why, in AWS's words."""
    errors = status.get("ShareDetails", {}).get("ShareErrors", [])
    told = [
        f"{', '.join(error.get('Accounts', []))}: {error.get('Error', '')} {error.get('Message', '')}".strip()
        for error in errors
    ]
    return "; ".join(told) or "AWS does not say why; is trusted access to the organization switched on?"
