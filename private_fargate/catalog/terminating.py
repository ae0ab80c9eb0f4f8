"""Terminating what was launched: what goes and what stays is shown first, then it is followed to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.catalog import records
from private_fargate.catalog.launching import token_of
from private_fargate.deploy.destroy import removal
from private_fargate.deploy.session import DeployError, explained

if TYPE_CHECKING:
    from private_fargate.catalog.provisioned import Provisioned
    from private_fargate.catalog.records import Result
    from private_fargate.deploy.session import Session
    from private_fargate.deploy.watching import Watcher
    from private_fargate.plan.model import Change


def going(session: Session, there: Provisioned) -> tuple[Change, ...] | None:
    """Return what becomes of every resource; None if the stack may not be seen, or is gone."""
    with explained():
        stack = _stack_of(session, there)
        try:
            return removal(session, stack) if stack else None
        except DeployError:
            return None


def terminate(
    session: Session, there: Provisioned, watcher: Watcher, *, retain_resources: bool = False
) -> Result:
    """Terminate what was launched; a termination that is under way is joined.

    Args:
        session: where, and as whom.
        there: what was launched.
        watcher: who looks on.
        retain_resources: let the stack live on by itself: Service Catalog forgets it, and nothing is deleted.

    Raises:
        LeftRunningError: Ctrl-C; it goes on.
        DeployError: Service Catalog refuses, or the end was not seen in time.
    """
    with explained():
        stack = "" if retain_resources else _stack_of(session, there)
        if there.status == "UNDER_CHANGE":
            under_way = records.read(session, there.record)
            if under_way.kind == "TERMINATE_PROVISIONED_PRODUCT":
                return records.follow(session, under_way, watcher, stack=stack)
        said = session.client("servicecatalog").terminate_provisioned_product(
            ProvisionedProductId=there.id,
            TerminateToken=token_of([there.id, there.record, retain_resources]),
            **({"RetainPhysicalResources": True} if retain_resources else {}),
        )
    return records.follow(session, records.record_of(said["RecordDetail"]), watcher, stack=stack)


def _stack_of(session: Session, there: Provisioned) -> str:
    return records.stack_of(session, records.account_of(session), there.id)
