"""What happened to a stack and those nested in it, also to one that is gone, and what goes on happening."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from private_fargate.deploy.events import Event, EventFeed
from private_fargate.deploy.inventory import root_of
from private_fargate.deploy.pausing import pauses
from private_fargate.deploy.session import explained, pages
from private_fargate.deploy.stack_state import find_stack
from private_fargate.live.model import Happening

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from private_fargate.deploy.session import Session

_LONGEST_PAUSE = 2.0  # seconds between two looks; somebody is watching


def remembered(session: Session, stack: str) -> str:
    """Return the ARN of a stack, also of the last one of this name that was deleted; AWS keeps them 90 days.

    Raises:
        NoSuchStackError: there never was one, or AWS has forgotten it.
        DeployError: AWS cannot be asked.
    """
    with explained():
        state = find_stack(session, stack)
        if state is not None:
            return state.arn
        deleted = [
            summary
            for page in pages(
                session.client("cloudformation"), "list_stacks", StackStatusFilter=["DELETE_COMPLETE"]
            )
            for summary in page["StackSummaries"]
            if stack in {summary["StackName"], summary["StackId"]}
        ]
    if deleted:
        return str(max(deleted, key=lambda each: each["DeletionTime"])["StackId"])
    return root_of(session, stack).arn


def happenings(session: Session, stack: str, *, since: datetime, follow: bool = False) -> Iterator[Happening]:
    """Yield what happened to the resources of a root and of all stacks nested in it, by time.

    Args:
        session: where.
        stack: the root's ARN.
        since: the time of the oldest event.
        follow: whether to go on with new ones, until the operation that is under way has ended; if none is,
            the next one.

    Raises:
        DeployError: AWS cannot be asked.
    """
    with explained():
        feed = EventFeed.since(session, stack, since)
        is_busy = _is_busy(session, stack)
        yield from (_happening(event, stack) for event in feed.poll())
    for pause in pauses(_LONGEST_PAUSE):
        if not follow:
            return
        with explained():
            fresh = feed.poll()
            yield from (_happening(event, stack) for event in fresh)
            if is_busy and not fresh and not _is_busy(session, stack):
                return
            is_busy = is_busy or bool(fresh)
            if feed.root_is_gone():
                return
        time.sleep(pause)


def _is_busy(session: Session, stack: str) -> bool:
    state = find_stack(session, stack)
    return state is not None and state.is_in_progress


def _happening(event: Event, root: str) -> Happening:
    name = root.split("/")[1]
    own = () if event.is_about_its_stack else (event.logical_id,)
    return Happening(
        time=event.time,
        resource="/".join((name, *event.path, *own)),
        type=event.type,
        status=event.status,
        reason=event.reason,
        is_failure=event.is_failure,
    )
