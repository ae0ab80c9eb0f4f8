"""The opposite of a deployment: what goes, what stays, what is in the way, and the deletion itself.

CloudFormation deletes dependents first: services and their instances before the namespace, interfaces of
endpoints before subnets.  What stops it is what others have put there since; that is shown, and removed only
after somebody has agreed.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from private_fargate.deploy.blockers import Blocker, blockers_of
from private_fargate.deploy.deployed import deployed_template, resources_of
from private_fargate.deploy.events import EventFeed
from private_fargate.deploy.following import Outcome, followed
from private_fargate.deploy.session import DeployError, explained
from private_fargate.deploy.stack_state import StackState, find_stack
from private_fargate.deploy.watching import Watcher
from private_fargate.plan.comparing import compare

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session
    from private_fargate.plan.model import Change

_ROUNDS = 3  # of removing what is in the way and deleting again
_GOAL = "DELETE_COMPLETE"


class ProtectedError(DeployError):
    """The stack refuses to be deleted."""

    exit_code = 3


class MissingStackError(DeployError):
    """There is no stack of that name."""


class Remover(Watcher):
    """Who looks on while a stack is deleted: lets nothing be removed that the stack did not make."""

    def may_remove(self, blocker: Blocker) -> bool:  # noqa: ARG002 -- others ask
        """Say whether something that is in the way may be removed."""
        return False


def removal(session: Session, stack: str) -> tuple[Change, ...]:
    """Return what becomes of every resource of a stack if it is deleted, as changes with their fate.

    Raises:
        DeployError: AWS cannot be asked.
    """
    with explained():
        state = find_stack(session, stack)
        if state is None:
            return ()
        return _located(session, state.arn, compare(deployed_template(session, state.arn), None))


def _located(session: Session, stack: str, changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """Leave out what conditions kept from being made, and note which resource each is."""
    there = {resource["LogicalResourceId"]: resource for resource in resources_of(session, stack)}
    found: list[Change] = []
    for change in changes:
        physical = there.get(change.logical_id, {}).get("PhysicalResourceId", "")
        if not physical:
            continue
        within = _located(session, physical, change.within) if change.within else ()
        found.append(replace(change, physical_id=physical, within=within))
    return tuple(found)


def destroy(session: Session, stack: str, watcher: Remover, *, unprotect: bool = False) -> Outcome:
    """Delete a stack with all that is in it, except what its templates say to retain.

    A deletion that is under way is joined, one that failed is taken up again.

    Args:
        session: where.
        stack: the root's name.
        watcher: who looks on, and is asked about what is in the way.
        unprotect: turn termination protection off first.

    Raises:
        MissingStackError: there is no such stack.
        ProtectedError: termination protection is on, and was not to be turned off.
        LeftRunningError: Ctrl-C; the deletion goes on.
        DeployError: the end was not seen in time.
    """
    with explained():
        state = find_stack(session, stack)
        if state is None:
            message = f"there is no stack {stack} in {session.region}"
            raise MissingStackError(message)
        if state.is_protected:
            _unprotect(session, stack, state, wanted=unprotect)
        outcome = _delete(session, state, watcher)
        for _ in range(_ROUNDS):
            if outcome.succeeded or not _cleared(session, state.arn, watcher):
                break
            outcome = _delete(session, state, watcher)
        return outcome


def _unprotect(session: Session, stack: str, state: StackState, *, wanted: bool) -> None:
    if not wanted:
        message = (
            f"{stack} is protected from deletion; "
            "say --unprotect, or deploy it with deployment.termination_protection: false first"
        )
        raise ProtectedError(message)
    session.client("cloudformation").update_termination_protection(
        StackName=state.arn, EnableTerminationProtection=False
    )


def _delete(session: Session, state: StackState, watcher: Remover) -> Outcome:
    feed = EventFeed.open(session, state.arn)
    now = find_stack(session, state.arn)
    joined = now is not None and now.status == "DELETE_IN_PROGRESS"
    if now is not None and not joined:
        session.client("cloudformation").delete_stack(
            StackName=state.arn, ClientRequestToken=uuid.uuid4().hex
        )
    return followed(feed, _GOAL, watcher, joined=joined or now is None)


def _cleared(session: Session, stack: str, watcher: Remover) -> bool:
    """Remove what is in the way of a deletion that failed; say whether anything was removed."""
    removed = False
    for blocker in blockers_of(session, stack):
        if watcher.may_remove(blocker):
            blocker.remove()
            removed = True
    return removed
