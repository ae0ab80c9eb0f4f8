"""The diagnosis of a failed deployment: its one real reason, and what the services say about it.

CloudFormation's event of a failed service says that it did not stabilize; why is known to ECS alone, and for
about an hour.  So the events lead to the resource, and the resource's type says whom to ask.  Whatever is
refused while asking is a fact, not an error: a diagnosis is made after something has gone wrong already.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from private_fargate.deploy.events import first_cause
from private_fargate.deploy.witnesses.functions import ask_about_custom_resource
from private_fargate.deploy.witnesses.inquiry import Inquiry
from private_fargate.deploy.witnesses.machines import (
    ask_about_endpoint,
    ask_about_instance,
    ask_about_nat_gateway,
)
from private_fargate.deploy.witnesses.operations import (
    ask_about_failed_events,
    ask_about_hooks,
    ask_which_hooks,
    speaks_of_a_check,
)
from private_fargate.deploy.witnesses.services import ask_about_service
from private_fargate.plan.diagnosis import Diagnosis, Evidence
from private_fargate.plan.trees import STACK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from private_fargate.deploy.events import Event
    from private_fargate.deploy.session import Session

__all__ = ["Diagnosis", "Evidence", "diagnose", "diagnose_change_set", "evidence_of"]

_WITNESSES: Final[Mapping[str, Callable[[Inquiry, str], None]]] = MappingProxyType(
    {
        "AWS::ECS::Service": ask_about_service,
        "AWS::EC2::NatGateway": ask_about_nat_gateway,
        "AWS::EC2::VPCEndpoint": ask_about_endpoint,
        "AWS::EC2::Instance": ask_about_instance,
    }
)
_NOTHING: Final[Mapping[str, tuple[Evidence, ...]]] = MappingProxyType({})

# Of a change set whose nested one failed; the nested one may be nested again.
_NESTED: Final = re.compile(r"Nested change set (arn:\S+) was not successfully created")
_DEEPEST: Final = 8  # levels of nested stacks that are followed


def diagnose(
    session: Session,
    stack_arn: str,
    events: Sequence[Event],
    *,
    seen: Mapping[str, tuple[Evidence, ...]] = _NOTHING,
) -> Diagnosis | None:
    """Return why an operation on a stack failed; None if no event says that anything did.

    Args:
        session: where.
        stack_arn: the root.
        events: of the operation, those of nested stacks included.
        seen: what `evidence_of` found when an event came in, by the event's ID.  A rollback deletes what
            could be asked, so what was asked before it is better.
    """
    cause = first_cause(events)
    if cause is None:
        return None
    physical_id = _physical_id(cause, events)
    return Diagnosis(
        path=cause.path[:-1] if cause.is_about_its_stack and cause.path else cause.path,
        logical_id=cause.path[-1] if cause.is_about_its_stack and cause.path else cause.logical_id,
        type=cause.type,
        status=cause.status,
        reason=cause.reason,
        evidence=seen.get(cause.id) or evidence_of(session, cause, events),
        physical_id=physical_id,
        stack_arn=cause.stack_arn or stack_arn,
        region=session.region,
    )


def evidence_of(session: Session, event: Event, events: Iterable[Event] = ()) -> tuple[Evidence, ...]:
    """Return what is known about a failed resource beside its event, the closest to the cause first.

    Args:
        session: where.
        event: that says that it failed.
        events: others, among which its physical ID may be, if this event lacks it.
    """
    inquiry = Inquiry(session)
    if speaks_of_a_check(event.reason):
        ask_about_hooks(inquiry, event.stack_arn, event.logical_id)
        ask_about_failed_events(inquiry, StackName=event.stack_arn)
    if event.type == "AWS::CloudFormation::CustomResource" or event.type.startswith("Custom::"):
        ask_about_custom_resource(inquiry, event.stack_arn, event.logical_id, event.reason)
    elif event.type in _WITNESSES:
        _WITNESSES[event.type](inquiry, _physical_id(event, events))
    return tuple(inquiry.facts)


def diagnose_change_set(session: Session, change_set: str, reason: str) -> Diagnosis:
    """Return why AWS could not make a change set; it has to be there still, failed.

    Args:
        session: where.
        change_set: the root's, by ARN.
        reason: its StatusReason.
    """
    inquiry = Inquiry(session)
    path, stack_arn, logical_id, kind = list[str](), "", "", ""
    for _ in range(_DEEPEST):
        nested = _NESTED.search(reason)
        answer = (
            inquiry.ask("cloudformation", "describe_change_set", ChangeSetName=nested[1]) if nested else {}
        )
        if nested is None or not answer:
            break
        change_set, stack_arn = nested[1], answer.get("StackId", "")
        path.append(_logical_id_of(inquiry, stack_arn) or answer.get("StackName", ""))
        reason = answer.get("StatusReason", reason)
    if speaks_of_a_check(reason):
        for event in ask_about_failed_events(inquiry, ChangeSetName=change_set):
            if not logical_id and event.get("LogicalResourceId"):
                logical_id, kind = event["LogicalResourceId"], event.get("ResourceType", "")
        ask_which_hooks(inquiry, change_set)
    if not logical_id:
        logical_id = path.pop() if path else _stack_name(change_set, inquiry)
    return Diagnosis(
        path=tuple(path),
        logical_id=logical_id,
        type=kind or STACK,
        status="FAILED",
        reason=reason,
        evidence=tuple(inquiry.facts),
        physical_id=change_set,
        stack_arn=stack_arn,
        region=session.region,
    )


def _physical_id(event: Event, events: Iterable[Event]) -> str:
    """Return the ID of the resource, from a later or an earlier event if this one lacks it."""
    if event.physical_id:
        return event.physical_id
    same = (
        each for each in events if (each.stack_arn, each.logical_id) == (event.stack_arn, event.logical_id)
    )
    return next((each.physical_id for each in same if each.physical_id), "")


def _logical_id_of(inquiry: Inquiry, stack: str) -> str:
    """Return the name that a nested stack has in its parent; empty if it has none yet."""
    described = inquiry.ask("cloudformation", "describe_stacks", StackName=stack).get("Stacks", [])
    parent = described[0].get("ParentId", "") if described else ""
    if not parent:
        return ""
    answer = inquiry.ask("cloudformation", "describe_stack_resources", PhysicalResourceId=stack)
    for resource in answer.get("StackResources", []):
        if resource.get("PhysicalResourceId") == stack:
            return str(resource["LogicalResourceId"])
    return ""


def _stack_name(change_set: str, inquiry: Inquiry) -> str:
    answer = inquiry.ask("cloudformation", "describe_change_set", ChangeSetName=change_set)
    return str(answer.get("StackName", ""))
