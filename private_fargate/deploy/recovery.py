"""Out of a rollback that failed: AWS tries again, without the resources that a person gives up on."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from private_fargate.deploy.deployed import each_stack
from private_fargate.deploy.events import EventFeed
from private_fargate.deploy.following import Outcome, followed
from private_fargate.deploy.session import explained
from private_fargate.deploy.stack_state import StuckError, find_stack
from private_fargate.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from private_fargate.deploy.session import Session
    from private_fargate.deploy.watching import Watcher

_GOAL = "UPDATE_ROLLBACK_COMPLETE"
_WORKING = "UPDATE_ROLLBACK_IN_PROGRESS"


def continue_rollback(session: Session, stack: str, watcher: Watcher, *, skip: Sequence[str] = ()) -> Outcome:
    """Continue a rollback that failed, and follow it to its end; one that is under way is joined.

    Args:
        session: where.
        stack: the root's name.
        watcher: who looks on.
        skip: resources to leave as they are, with the nested stacks that lead to them: `Network/Vpc`.

    Raises:
        StuckError: the stack is in another state, which the message names.
        UserError: a resource to skip is in no stack of it.
        LeftRunningError: Ctrl-C; the rollback goes on.
    """
    with explained():
        state = find_stack(session, stack)
        if state is None or state.status not in {"UPDATE_ROLLBACK_FAILED", _WORKING}:
            message = f"{stack} is {state.status if state else 'not there'}: there is no rollback to continue"
            raise StuckError(message)
        feed = EventFeed.open(session, state.arn)
        if state.status != _WORKING:
            skipped = [_named(session, state.arn, resource) for resource in skip]
            session.client("cloudformation").continue_update_rollback(
                StackName=state.arn, ResourcesToSkip=skipped, ClientRequestToken=uuid.uuid4().hex
            )
        return followed(feed, _GOAL, watcher, joined=state.status == _WORKING)


def _named(session: Session, root: str, resource: str) -> str:
    """Return a resource as ContinueUpdateRollback names it: the nested stack's name and the logical ID.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ContinueUpdateRollback.html

    Raises:
        UserError: there is no such nested stack.
    """
    *path, logical_id = resource.split("/")
    for where, arn in each_stack(session, root):
        if where == tuple(path):
            return f"{arn.split('/')[1]}.{logical_id}" if path else logical_id
    message = f"--skip: {resource}: there is no nested stack {'/'.join(path)}; write it as the events do"
    raise UserError(message)
