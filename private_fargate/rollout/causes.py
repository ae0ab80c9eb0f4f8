"""Why an instance failed: what StackSets says of it, and what its stack's own events say if they can be read.

StackSets repeats a sentence of the root stack, which often is that a nested stack failed.  The one reason is
in the events, in the target account, where somebody has to be let in.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from private_fargate.deploy.diagnosis import diagnose
from private_fargate.deploy.events import EventFeed
from private_fargate.deploy.session import DeployError, explained, in_account

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from private_fargate.deploy.events import Event
    from private_fargate.deploy.session import Session
    from private_fargate.rollout.model import Instance, Place

_AT_ONCE: Final = 4
_BEGINNINGS: Final = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"})
_UNREAD: Final = "S3 error: Access Denied"  # as CloudFormation says it of a nested template
_LET_IN: Final = (
    "that account may not read the templates: the bucket's policy has to let it in "
    "(`build.py bootstrap --organization o-…` does it for those of an organization), and so have "
    "the rights of the role that makes the stack"
)
_EVER: Final = datetime(2006, 1, 1, tzinfo=UTC)  # older than AWS


@dataclass(frozen=True, kw_only=True)
class Readers:
    """Who reads the events of stacks in other accounts.

    Attributes:
        own: The administrator's session.
        account: Its account, where no role is needed.
        role: The name of a role in each target account; empty if there is none to take on.
        partition: `aws`.
    """

    own: Session
    account: str
    role: str
    partition: str

    def session(self, place: Place) -> Session | None:
        """Return a session in an account and Region; None if nobody may go there."""
        if place.account == self.account and place.region == self.own.region:
            return self.own
        if not self.role:
            return None
        role = f"arn:{self.partition}:iam::{place.account}:role/{self.role}"
        return in_account(self.own, place.region, role)


def readers(session: Session, role: str) -> Readers:
    """Return who reads events, with the caller's account found out."""
    with explained():
        caller = session.client("sts").get_caller_identity()
    return Readers(own=session, account=caller["Account"], role=role, partition=caller["Arn"].split(":")[1])


def causes(failed: Sequence[Instance], told: Mapping[Place, str], readers: Readers) -> dict[Place, str]:
    """Return why instances failed, each in a sentence or two.

    Args:
        failed: which.
        told: what the operations said of them.
        readers: who reads the events.
    """

    def deepened(instance: Instance) -> str:
        return _from_events(instance, readers)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        deeper = pool.map(deepened, failed)
        return {
            each.place: _joined(
                _with_remedy(told.get(each.place) or each.reason or "AWS gave no reason"), _with_remedy(found)
            )
            for each, found in zip(failed, deeper, strict=True)
        }


def _joined(said: str, found: str) -> str:
    return f"{said} ({found})" if found.startswith("its events") else found or said


def _with_remedy(cause: str) -> str:
    """Return a cause with what to do about it, if it is one of which AWS's words do not tell that."""
    before, unread, _ = cause.partition(_UNREAD)
    return f"{before}{_UNREAD}: {_LET_IN}" if unread else cause


def _from_events(instance: Instance, readers: Readers) -> str:
    """Return the reason that the stack's events give; why they cannot be read; or nothing."""
    if not instance.stack_id or "FAILED" not in {instance.detail, instance.status}:
        return ""
    try:
        session = readers.session(instance.place)
        if session is None:
            return "its events were not read: name a role of that account with --reader-role"
        with explained():
            events = EventFeed.since(session, instance.stack_id, _EVER).poll()
            found = diagnose(session, instance.stack_id, _of_last_operation(events))
    except DeployError as error:
        return f"its events cannot be read: {error}"
    if found is None:
        return ""
    where = "/".join((*found.path, found.logical_id))
    return f"{where}: {found.reason}" + "".join(f"; {each.fact}" for each in found.evidence[:1])


def _of_last_operation(events: Sequence[Event]) -> Sequence[Event]:
    """Return the events since the root stack was last told to do something."""
    begun = [
        number
        for number, event in enumerate(events)
        if not event.path and event.is_about_its_stack and event.status in _BEGINNINGS
    ]
    return events[begun[-1] :] if begun else events
