"""One deployment from templates to outputs, and its opposite."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from private_fargate.deploy.change_set import (
    create_change_set,
    discard,
    execute,
    find_stack,
    kind_for,
    pauses,
)
from private_fargate.deploy.deployed import deployed_template
from private_fargate.deploy.events import Event, EventFeed, first_cause
from private_fargate.deploy.packaging import package
from private_fargate.deploy.session import DeployError, explained
from private_fargate.plan.comparing import compare
from private_fargate.plan.trees import template_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.deploy.session import Session
    from private_fargate.plan.model import Change

_DEADLINE = 7_200  # seconds; a NAT gateway takes minutes, a service that never gets healthy three hours
_LONGEST_SILENCE = 2.0  # seconds between two looks while somebody may be watching

_GOAL = {"CREATE": "CREATE_COMPLETE", "UPDATE": "UPDATE_COMPLETE"}

# States in which an operation on a stack has ended; what is left is all "in progress" of something.
_ENDS = ("_COMPLETE", "_FAILED")

Show = Callable[[Event], None]
Review = Callable[["Preview"], None]


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What would be done: to the root as AWS says, to everything as the templates say."""

    stack: str
    kind: str
    root: tuple[Mapping[str, Any], ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How an operation on a stack ended.

    `changed` is False if there was nothing to do.  `events` are all that happened, the children's included;
    `failure` is the one that made the operation fail.
    """

    stack_arn: str
    status: str
    succeeded: bool
    changed: bool = True
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])
    events: tuple[Event, ...] = ()
    failure: Event | None = None

    def explain(self) -> str:
        """Return one line that says why the operation failed, in AWS's words."""
        if self.failure is None:
            return f"{self.status}, and no event says why"
        where = "/".join((*self.failure.path, self.failure.logical_id))
        return f"{self.status}: {where} ({self.failure.type}) {self.failure.status}: {self.failure.reason}"


def deploy(  # noqa: PLR0913 - what is deployed, where, and who watches: no two of these belong together
    session: Session,
    stack: str,
    templates: Mapping[str, bytes],
    *,
    bucket: str,
    parameters: Mapping[str, str],
    tags: Mapping[str, str],
    review: Review,
    show: Show,
) -> Outcome:
    """Bring a stack and its nested stacks to what the templates say.

    Args:
        session: where.
        stack: the name of the root stack.
        templates: file name -> JSON; `parent.json` is the root.
        bucket: where the templates are put; it exists.
        parameters: of the root; others keep their values.
        tags: of the root, and by inheritance of everything in it.
        review: is called with what would be done, before it is; whatever it raises calls the deployment off,
            and takes the change set away.
        show: is called with every event.

    Returns:
        How it ended; a deployment that failed and was rolled back is an outcome, not an exception.

    Raises:
        DeployError: it could not be begun, or its end was not seen in time.
    """
    with explained():
        before = find_stack(session, stack)
        kind_for(stack, before)
        packed = package(session, templates, bucket)
        change_set = create_change_set(session, stack, packed, parameters=parameters, tags=tags)
        if change_set is None:
            return _unchanged(session, stack)
        arguments = {**(before.parameters if before else {}), **parameters}
        exists = change_set.kind == "UPDATE"
        changes = compare(
            deployed_template(session, stack) if exists else None, template_of(templates, arguments)
        )
        try:
            review(Preview(stack=stack, kind=change_set.kind, root=change_set.changes, changes=changes))
        except BaseException:  # an interrupt is a "no", too
            discard(session, change_set.arn, None if before else change_set.stack_arn)
            raise
        feed = EventFeed.open(session, change_set.stack_arn)
        execute(session, change_set)
        return _outcome(session, change_set.stack_arn, _follow(feed, show), _GOAL[change_set.kind])


def destroy(session: Session, stack: str, *, show: Show) -> Outcome:
    """Delete a stack with all that is in it, except what its templates say to retain.

    Raises:
        DeployError: there is no such stack, or its end was not seen in time.
    """
    with explained():
        state = find_stack(session, stack)
        if state is None:
            message = f"there is no stack {stack} in {session.region}"
            raise DeployError(message)
        feed = EventFeed.open(session, state.arn)
        session.client("cloudformation").delete_stack(StackName=state.arn)
        return _outcome(session, state.arn, _follow(feed, show), "DELETE_COMPLETE")


def _unchanged(session: Session, stack: str) -> Outcome:
    state = find_stack(session, stack)
    if state is None:
        message = f"{stack} is not there, and AWS finds nothing to create; its templates hold no resource"
        raise DeployError(message)
    return Outcome(
        stack_arn=state.arn, status=state.status, succeeded=True, changed=False, outputs=state.outputs
    )


def _follow(feed: EventFeed, show: Show) -> tuple[Event, ...]:
    """Show events until the root reports its end; return them all.

    The end is taken from the root's own event: the status that DescribeStacks returns may still be the last
    operation's.  A deleted stack that can no longer be asked has ended, too.
    """
    deadline = time.monotonic() + _DEADLINE
    events: list[Event] = []
    for pause in pauses():
        fresh = feed.poll()
        for event in fresh:
            show(event)
        events += fresh
        # After the end, look until nothing is new: a child's last event may be served later than its
        # parent's, and a creation that was rolled back is still to be deleted.
        if (not fresh and any(map(_ends, events))) or feed.root_is_gone():
            return tuple(events)
        if time.monotonic() > deadline:
            message = f"{feed.root} has not come to an end in {_DEADLINE} s; AWS is still at work on it"
            raise DeployError(message)
        time.sleep(min(pause, _LONGEST_SILENCE))
    return tuple(events)


def _ends(event: Event) -> bool:
    """Say whether this is the root's last event; a failure that is still to be rolled back is not."""
    if event.path or not event.is_about_its_stack:
        return False
    return event.status.endswith(_ENDS) and event.status not in {"CREATE_FAILED", "UPDATE_FAILED"}


def _outcome(session: Session, stack_arn: str, events: tuple[Event, ...], goal: str) -> Outcome:
    state = find_stack(session, stack_arn)
    status = state.status if state else "DELETE_COMPLETE"
    succeeded = status == goal
    return Outcome(
        stack_arn=stack_arn,
        status=status,
        succeeded=succeeded,
        outputs=state.outputs if state else {},
        events=events,
        failure=None if succeeded else first_cause(events),
    )
