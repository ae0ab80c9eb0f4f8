"""An operation of CloudFormation, from its start until it has ended, and how it ended."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping  # noqa: TC003 - a dataclass's annotations are read at run time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from private_fargate.deploy.diagnosis import diagnose, evidence_of
from private_fargate.deploy.events import Event, EventFeed, first_cause
from private_fargate.deploy.pausing import pauses
from private_fargate.deploy.session import AccessError, DeployError, explained
from private_fargate.deploy.stack_state import NEXT, StackState, find_stack
from private_fargate.plan.diagnosis import Diagnosis, Evidence  # noqa: TC001 - a dataclass's annotations
from private_fargate.plan.trees import STACK

if TYPE_CHECKING:
    from collections.abc import Callable

    from private_fargate.deploy.session import Session
    from private_fargate.deploy.watching import Watcher

_DEADLINE = 14_400  # seconds; a NAT gateway takes minutes, a service that never gets healthy three hours
_GOES_ON = "AWS goes on with it; the same command again joins it, `build.py events --follow` shows it"
_WITNESSED = 3  # failures of which more is asked
_LONGEST_SILENCE = 2.0  # seconds between two looks while somebody may be watching

# States in which an operation on a stack has ended; what is left is all "in progress" of something.
_ENDS = ("_COMPLETE", "_FAILED")


class LeftRunningError(DeployError):
    """The client was interrupted; AWS goes on."""

    exit_code = 130


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How an operation on a stack ended.

    `changed` is False if there was nothing to do.  `events` are all that happened, the children's included;
    `failure` is the one that made the operation fail, `diagnosis` what else AWS knows about that.
    """

    stack_arn: str
    status: str
    succeeded: bool
    changed: bool = True
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])
    events: tuple[Event, ...] = ()
    failure: Event | None = None
    diagnosis: Diagnosis | None = None
    was_cancelled: bool = False

    @property
    def needs_a_person(self) -> bool:
        """Whether AWS did not get back to a state from which it can go on."""
        return not self.succeeded and self.status.endswith("_FAILED")

    def explain(self) -> str:
        """Return one line that says why the operation failed, in AWS's words."""
        if self.failure is None:
            return f"{self.status}, and no event says why"
        where = "/".join((*self.failure.path, self.failure.logical_id))
        return f"{self.status}: {where} ({self.failure.type}) {self.failure.status}: {self.failure.reason}"


def followed(
    feed: EventFeed,
    goal: str,
    watcher: Watcher,
    *,
    joined: bool = False,
    show_life: Callable[[], None] = lambda: None,
) -> Outcome:
    """Show the events of an operation until it has ended, and return how.

    Ctrl-C asks the watcher: the operation goes on without this client, or is taken back and followed to the
    end of that.

    Args:
        feed: of the root; opened before the operation began.
        goal: the status of the root that means success.
        watcher: who looks on.
        joined: the operation was under way before the feed was opened, so it may have ended unseen.
        show_life: is called now and then.

    Raises:
        LeftRunningError: Ctrl-C, and it was to go on.
        AccessError: the credentials have expired, or AWS is not there any more; it goes on.
        DeployError: its end was not seen in time.
    """
    session = feed.session
    events: list[Event] = []
    seen: dict[str, tuple[Evidence, ...]] = {}
    was_cancelled = False
    while True:
        try:
            with explained():
                _follow(feed, watcher, events, seen, joined=joined, show_life=show_life)
            break
        except AccessError as error:
            message = f"{error}. {_GOES_ON}"
            raise AccessError(message) from error
        except KeyboardInterrupt:
            state = find_stack(session, feed.root)
            if was_cancelled or state is None or watcher.interrupted(state) == "leave":
                message = f"stopped watching. {_GOES_ON}"
                raise LeftRunningError(message) from None
            cancel(session, state)
            was_cancelled = True
    outcome = _outcome(session, feed.root, tuple(events), goal)
    diagnosis = None if outcome.succeeded else diagnose(session, feed.root, events, seen=seen)
    return replace(outcome, was_cancelled=was_cancelled, diagnosis=diagnosis)


def cancel(session: Session, state: StackState) -> None:
    """Take back what is under way: an update returns to what was before, a creation is deleted.

    Raises:
        DeployError: it is too far for that.
    """
    cloudformation = session.client("cloudformation")
    token = uuid.uuid4().hex
    if state.status == "UPDATE_IN_PROGRESS":
        cloudformation.cancel_update_stack(StackName=state.arn, ClientRequestToken=token)
    elif state.status == "CREATE_IN_PROGRESS":
        cloudformation.delete_stack(StackName=state.arn, ClientRequestToken=token)
    else:
        message = f"{state.status} cannot be cancelled; AWS goes on with it"
        raise DeployError(message)


def _follow(  # noqa: PLR0913 - see `followed`
    feed: EventFeed,
    watcher: Watcher,
    events: list[Event],
    seen: dict[str, tuple[Evidence, ...]],
    *,
    joined: bool,
    show_life: Callable[[], None],
) -> None:
    """Show events until the root reports its end.

    The end is taken from the root's own event: the status that DescribeStacks returns may still be the last
    operation's.  A deleted stack that can no longer be asked has ended, too.
    """
    deadline = time.monotonic() + _DEADLINE
    for pause in pauses(_LONGEST_SILENCE):
        fresh = feed.poll()
        for event in fresh:
            watcher.show(event)
            # A rollback deletes what could be asked, so it is asked at once; of many failures, the first.
            if event.is_failure and event.type != STACK and len(seen) < _WITNESSED:
                seen[event.id] = evidence_of(feed.session, event, [*events, *fresh])
        events += fresh
        # After the end, look until nothing is new: a child's last event may be served later than its
        # parent's, and a creation that was rolled back is still to be deleted.
        if (not fresh and any(map(_ends, events))) or feed.root_is_gone():
            return
        if joined and not fresh and not _is_in_progress(feed.session, feed.root):
            return
        if time.monotonic() > deadline:
            message = f"{feed.root} has not come to an end in {_DEADLINE} s; AWS is still at work on it"
            raise DeployError(message)
        show_life()
        time.sleep(pause)


def _is_in_progress(session: Session, stack: str) -> bool:
    state = find_stack(session, stack)
    return state is not None and NEXT.get(state.status) == "wait"


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
