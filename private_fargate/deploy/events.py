"""The events of a stack and of all stacks nested in it, each exactly once, in the order they happened."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a dataclass's annotations are read at run time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from private_fargate.deploy.deployed import each_stack, nested_stacks
from private_fargate.deploy.stack_state import is_missing
from private_fargate.plan.trees import STACK

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from private_fargate.deploy.session import Client, Session

# What AWS writes to a resource that did nothing wrong, but whose neighbour did.
_CANCELLED = ("creation cancelled", "update cancelled", "deletion cancelled")

# What a stack says when something in it, or in a stack nested in it, went wrong.
_ECHO = re.compile(r"Embedded stack \S* ?was not successfully|The following resource\(s\) failed to")

# What a stack says of a rollback that somebody asked for, or that followed by itself: no reason either.
_ROLLBACK = re.compile(r"(?:[\s.]|Rollback requested by user|User Initiated)*")

_EMBEDDED = re.compile(r"Embedded stack (arn:\S+) was not successfully")


@dataclass(frozen=True, kw_only=True)
class Event:
    """What happened to one resource of one stack; a stack is a resource of itself, too."""

    time: datetime
    id: str
    stack_arn: str
    path: tuple[str, ...]  # logical IDs of the nested stacks from the root to the stack; () is the root
    logical_id: str
    type: str
    status: str
    reason: str
    physical_id: str

    @property
    def is_about_its_stack(self) -> bool:
        """Whether the resource is the very stack that reports it."""
        return self.physical_id == self.stack_arn

    @property
    def is_final(self) -> bool:
        """Whether nothing follows: for a stack, that its operation has ended."""
        return not self.status.endswith("_IN_PROGRESS")

    @property
    def is_failure(self) -> bool:
        """Whether the resource itself went wrong, rather than being stopped because another one did."""
        return self.status.endswith("_FAILED") and not any(t in self.reason for t in _CANCELLED)


@dataclass
class EventFeed:
    """The new events of a root stack and its descendants since the feed was opened.

    A stack's events are read from the newest backwards until one that is known, so none is lost however many
    there are, and each is returned once, by its identifier.  This machine's clock, which may be off, is not
    asked.
    """

    session: Session
    root: str  # ARN
    _paths: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    _seen: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    _gone: set[str] = field(default_factory=set[str])
    _oldest: datetime | None = None  # older events are left out

    @classmethod
    def since(cls, session: Session, root: str, oldest: datetime) -> EventFeed:
        """Return a feed that starts with what has happened since a time, also to stacks that are gone."""
        feed = cls(session=session, root=root, _oldest=oldest)
        for path, stack in each_stack(session, root):
            feed._note(stack, path)
        return feed

    @classmethod
    def open(cls, session: Session, root: str) -> EventFeed:
        """Return a feed that starts now, and leaves out what has happened to the stacks before."""
        feed = cls(session=session, root=root)
        feed._note(root, ())
        feed._skip_past()
        return feed

    def poll(self) -> list[Event]:
        """Return the events since the last call, oldest first.

        A child that appears in its parent's events is followed from its own first event on.
        """
        cloudformation = self.session.client("cloudformation")
        fresh: list[Event] = []
        waiting = list(self._paths)
        while waiting:
            stack = waiting.pop()
            found = self._new_events(cloudformation, stack)
            fresh += found
            waiting += self._children(found)
        return sorted(fresh, key=lambda event: event.time)

    def root_is_gone(self) -> bool:
        """Say whether the root's events can no longer be read (an embedded AWS forgets deleted stacks)."""
        return self.root in self._gone

    def _note(self, stack: str, path: tuple[str, ...]) -> None:
        self._paths[stack] = path
        self._seen[stack] = set()

    def _skip_past(self) -> None:
        """Take the newest page of events of each existing stack for known."""
        cloudformation = self.session.client("cloudformation")
        waiting = [self.root]
        while waiting:
            stack = waiting.pop()
            try:
                page = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
                children = nested_stacks(self.session, stack)
            except ClientError as error:
                if not is_missing(error):
                    raise
                continue
            self._seen[stack] = {event["EventId"] for event in page}
            for logical_id, child in children.items():
                self._note(child, (*self._paths[stack], logical_id))
                waiting.append(child)

    def _new_events(self, cloudformation: Client, stack: str) -> list[Event]:
        seen, fresh = self._seen[stack], list[Event]()
        token: dict[str, str] = {}
        while stack not in self._gone:
            try:
                page = cloudformation.describe_stack_events(StackName=stack, **token)
            except ClientError as error:
                if not is_missing(error):
                    raise
                self._gone.add(stack)
                break
            unknown = [
                event
                for event in page["StackEvents"]
                if event["EventId"] not in seen and not (self._oldest and event["Timestamp"] < self._oldest)
            ]
            fresh += [_event(event, stack, self._paths[stack]) for event in unknown]
            # A page with a known or too old event is the last that can hold others: the newest come first.
            if not page.get("NextToken") or len(unknown) < len(page["StackEvents"]):
                break
            token = {"NextToken": page["NextToken"]}
        seen.update(event.id for event in fresh)
        return fresh[::-1]  # events of one moment keep the order in which the stack reports them

    def _children(self, events: Iterable[Event]) -> list[str]:
        """Return the nested stacks that these events mention for the first time."""
        found: list[str] = []
        for event in events:
            # A child that failed at once may be named only in the reason.
            named = _EMBEDDED.search(event.reason)
            child = named[1] if named else event.physical_id
            if event.type == STACK and child.startswith("arn:") and child not in self._paths:
                self._note(child, (*event.path, event.logical_id))
                found.append(child)
        return found


def first_cause(events: Sequence[Event]) -> Event | None:
    """Return the event that made an operation fail, None if none did.

    A parent repeats its child's failure, and siblings report that they were cancelled: neither says why.  So
    it is the earliest failure of its own; if stacks only repeat those of others, which nobody saw, that of
    the deepest one.  What a rollback could not delete is a consequence, unless deleting was the operation.
    Where nothing failed, an alarm or a timeout may have: the stack says so when its rollback begins.
    """
    every = [event for event in events if event.is_failure]
    failures = [event for event in every if event.status != "DELETE_FAILED"] or every
    own = [event for event in failures if not _is_echo(event)]
    if own:
        return min(own, key=lambda event: event.time)
    rollbacks = [event for event in events if _is_reason_of_a_rollback(event)]
    if rollbacks:
        return min(rollbacks, key=lambda event: event.time)
    return min(failures, key=lambda event: (-len(event.path), event.time), default=None)


def _is_echo(event: Event) -> bool:
    """Say whether a stack repeats what went wrong in it; one that could not even begin says why itself."""
    return event.type == STACK and (event.is_about_its_stack or bool(_ECHO.search(event.reason)))


def _is_reason_of_a_rollback(event: Event) -> bool:
    """Say whether a stack tells of something other than a failed resource when it begins to roll back."""
    if not (event.is_about_its_stack and event.status.endswith("ROLLBACK_IN_PROGRESS")):
        return False
    return not _ECHO.search(event.reason) and not _ROLLBACK.fullmatch(event.reason)


def _event(event: dict[str, Any], stack: str, path: tuple[str, ...]) -> Event:
    return Event(
        time=event["Timestamp"],
        id=event["EventId"],
        stack_arn=stack,
        path=path,
        logical_id=event["LogicalResourceId"],
        type=event["ResourceType"],
        status=event["ResourceStatus"],
        reason=event.get("ResourceStatusReason", ""),
        physical_id=event.get("PhysicalResourceId", ""),
    )
