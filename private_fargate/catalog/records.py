"""What Service Catalog does to something launched, from when it was asked for until it has ended.

It keeps a record of that, and CloudFormation the events of the stack underneath.  The events are shown as
those of any deployment; whoever may not see the stack is shown the record alone.
"""

from __future__ import annotations

import time
from collections.abc import Mapping  # noqa: TC003 - a dataclass's annotations are read at run time
from dataclasses import dataclass, field, replace
from datetime import datetime  # noqa: TC003 - as above
from typing import TYPE_CHECKING, Any, Final

from private_fargate.catalog import provisioned
from private_fargate.catalog.paging import paged
from private_fargate.deploy.events import EventFeed
from private_fargate.deploy.following import LeftRunningError, Outcome, followed
from private_fargate.deploy.pausing import pauses
from private_fargate.deploy.refusals import answer
from private_fargate.deploy.session import AccessError, DeployError, explained
from private_fargate.deploy.watching import Decision, Watcher

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.events import Event
    from private_fargate.deploy.session import Session
    from private_fargate.deploy.stack_state import StackState

_DEADLINE: Final = 14_400  # seconds, as for a deployment
_LONGEST_SILENCE: Final = 2.0  # seconds
_STACK: Final = "CloudformationStackARN"
_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_ENDS: Final = frozenset({"SUCCEEDED", "FAILED"})
_GOALS: Final[Mapping[str, str]] = {
    "PROVISION_PRODUCT": "CREATE_COMPLETE",
    "UPDATE_PROVISIONED_PRODUCT": "UPDATE_COMPLETE",
    "TERMINATE_PROVISIONED_PRODUCT": "DELETE_COMPLETE",
}
_GOES_ON: Final = "Service Catalog goes on with it; the same command again joins it"


@dataclass(frozen=True, kw_only=True)
class Record:
    """One thing that was done to something launched.

    Attributes:
        id: as `rec-…`.
        kind: as `PROVISION_PRODUCT`.
        status: as `IN_PROGRESS`.
        product: ID of what was launched.
        name: its name.
        created: when it was asked for.
        errors: what went wrong, in AWS's words.
        outputs: by name; the stack is one of them.
    """

    id: str
    kind: str
    status: str
    product: str
    name: str
    created: datetime
    errors: tuple[str, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def has_ended(self) -> bool:
        """Whether nothing follows."""
        return self.status in _ENDS


@dataclass(frozen=True, kw_only=True)
class Result:
    """How it ended, or that there was nothing to do.

    Attributes:
        name: of what was launched.
        id: of what was launched; empty if nothing is known of it.
        status: its status afterwards, as `AVAILABLE`; `TERMINATED` if it is gone.
        succeeded: whether what was asked for was done.
        changed: whether anything had to be done.
        outputs: by name.
        errors: what went wrong, in AWS's words.
        outcome: of the stack; None if there was none, or it may not be seen.
    """

    name: str
    id: str = ""
    status: str
    succeeded: bool
    changed: bool = True
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])
    errors: tuple[str, ...] = ()
    outcome: Outcome | None = None

    @property
    def needs_a_person(self) -> bool:
        """Whether Service Catalog did not get back to a state from which it can go on by itself.

        What failed to be made and was rolled back is such a state: it is terminated and launched again.
        Where no stack was begun, a role or a template has to be mended.
        """
        if self.succeeded:
            return False
        if self.outcome is None:
            return self.status == "ERROR"
        return self.outcome.needs_a_person


class _Onlooker(Watcher):
    """Shows what happens, and leaves the stack to Service Catalog: it would not learn of a cancellation."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher

    def show(self, event: Event) -> None:
        self._watcher.show(event)

    def interrupted(self, state: StackState) -> Decision:  # noqa: ARG002 -- whatever it is
        return "leave"


def read(session: Session, identifier: str) -> Record:
    """Return a record as it is now."""
    answers = list(paged(session.client("servicecatalog").describe_record, Id=identifier))
    outputs = [each for page in answers for each in page.get("RecordOutputs", [])]
    record = record_of(answers[0]["RecordDetail"])
    return replace(record, outputs={each["OutputKey"]: each.get("OutputValue", "") for each in outputs})


def record_of(said: Mapping[str, Any]) -> Record:
    """Return the record that an answer tells of."""
    errors = [each.get("Description") or each.get("Code", "") for each in said.get("RecordErrors", [])]
    return Record(
        id=said["RecordId"],
        kind=said.get("RecordType", ""),
        status=said["Status"],
        product=said.get("ProvisionedProductId", ""),
        name=said.get("ProvisionedProductName", ""),
        created=said["CreatedTime"],
        errors=tuple(errors),
    )


def follow(session: Session, record: Record, watcher: Watcher, *, stack: str = "") -> Result:
    """Show what happens until it has ended, and return how.

    Args:
        session: where.
        record: of what was asked for.
        watcher: who looks on.
        stack: the ARN of the stack underneath, if it is known; one that is deleted is found by nothing else.

    Raises:
        LeftRunningError: Ctrl-C; it goes on.
        AccessError: the credentials have expired, or AWS is not there any more; it goes on.
        DeployError: its end was not seen in time.
    """
    try:
        with explained():
            outcome = _follow_stack(session, record, watcher, stack)
            ended = _await_end(session, record.id)
            return _result(session, ended, outcome)
    except AccessError as error:
        message = f"{error}. {_GOES_ON}"
        raise AccessError(message) from error
    except KeyboardInterrupt:
        message = f"stopped watching. {_GOES_ON}"
        raise LeftRunningError(message) from None


def stack_of(session: Session, account: str, product: str) -> str:
    """Return the ARN of the stack underneath; empty if there is none, or it may not be seen.

    Args:
        session: where.
        account: in which it is, twelve digits.
        product: ID of what was launched.
    """
    client = session.client("cloudformation")
    unless = {*_DENIED, "ValidationError"}
    said = answer(client.describe_stacks, unless=unless, StackName=f"SC-{account}-{product}")
    return "" if said is None else str(said["Stacks"][0]["StackId"])


def account_of(session: Session) -> str:
    """Return the account of whoever calls, twelve digits."""
    return str(session.client("sts").get_caller_identity()["Account"])


def _follow_stack(session: Session, record: Record, watcher: Watcher, known: str) -> Outcome | None:
    """Follow the stack's operation as soon as it has begun; None if it never does, or may not be seen."""
    account = account_of(session)
    for pause in _until_deadline(record.id):
        now = read(session, record.id)
        stack = known or now.outputs.get(_STACK, "") or stack_of(session, account, record.product)
        if stack and _has_begun(session, stack, record.created):
            feed = EventFeed.since(session, stack, record.created)
            goal = _GOALS.get(record.kind, "UPDATE_COMPLETE")
            return followed(feed, goal, _Onlooker(watcher), joined=True)
        if now.has_ended:
            return None
        time.sleep(pause)
    return None


def _has_begun(session: Session, stack: str, asked: datetime) -> bool:
    """Say whether anything has happened to a stack since something was asked for, and may be seen."""
    client = session.client("cloudformation")
    said = answer(client.describe_stack_events, unless={*_DENIED, "ValidationError"}, StackName=stack)
    newest = said["StackEvents"][0]["Timestamp"] if said and said["StackEvents"] else None
    return newest is not None and newest >= asked


def _await_end(session: Session, identifier: str) -> Record:
    for pause in _until_deadline(identifier):
        record = read(session, identifier)
        if record.has_ended:
            return record
        time.sleep(pause)
    raise AssertionError  # pragma: no cover - `_until_deadline` raises


def _until_deadline(identifier: str) -> Iterator[float]:
    deadline = time.monotonic() + _DEADLINE
    for pause in pauses(_LONGEST_SILENCE):
        yield pause
        if time.monotonic() > deadline:
            message = f"{identifier} has not come to an end in {_DEADLINE} s; AWS is still at work on it"
            raise DeployError(message)


def _result(session: Session, record: Record, outcome: Outcome | None) -> Result:
    now = provisioned.find(session, record.product)
    succeeded = record.status == "SUCCEEDED"
    is_there = now is not None and succeeded
    return Result(
        name=record.name,
        id=record.product,
        status=now.status if now else "TERMINATED",
        succeeded=succeeded,
        outputs=provisioned.outputs_of(session, record.product) if is_there else {},
        errors=record.errors,
        outcome=outcome,
    )
