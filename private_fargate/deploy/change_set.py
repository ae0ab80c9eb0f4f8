"""Change sets of a root and of the stacks nested in it: created, awaited, executed, cleared away.

A stack keeps at most 1,000 change sets, and empty or failed ones stay until somebody deletes them.  So
whatever is not executed and not kept on purpose is deleted here.  The name of a change set is a digest of
what was asked and of the state that the stack was in: a client that was killed finds its own again.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping  # noqa: TC003 - a dataclass's annotations are read at run time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from private_fargate.deploy.diagnosis import diagnose_change_set
from private_fargate.deploy.paging import paged
from private_fargate.deploy.pausing import pauses
from private_fargate.deploy.session import DeployError, code_of
from private_fargate.deploy.stack_state import find_stack, is_missing, kind_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.deploy.options import StackOptions
    from private_fargate.deploy.packaging import Package
    from private_fargate.deploy.session import Client, Session
    from private_fargate.deploy.stack_state import StackState
    from private_fargate.plan.diagnosis import Diagnosis

OURS = "private-fargate-"  # how the names of our change sets begin

# How AWS says "nothing to do".  It has no code for it; templates with transforms get the second text.
_NO_CHANGES = ("didn't contain changes", "No updates are to be performed")

_DEADLINE = 1_800  # seconds for a change set to be made; nested ones of large systems take minutes

# Roles without names of their own need no more, and CAPABILITY_NAMED_IAM would let a template choose names.
_CAPABILITIES = ["CAPABILITY_IAM"]


class EmptyChangeSetError(Exception):
    """Nothing would change; the change set is gone already."""


class ImpossibleChangeError(DeployError):
    """AWS found that a change cannot be made; nothing was done, and nothing of it is left.

    Attributes:
        diagnosis: Why.
    """

    exit_code = 1

    def __init__(self, stack: str, diagnosis: Diagnosis) -> None:
        """Say so in AWS's words."""
        where = f" {diagnosis.where}:" if diagnosis.where else ""
        super().__init__(f"the change set of {stack} could not be made:{where} {diagnosis.reason}")
        self.diagnosis = diagnosis


@dataclass(frozen=True, kw_only=True)
class Request:
    """What CreateChangeSet is asked for.

    Attributes:
        stack: The root's name.
        kind: Whether the stack is there.
        name: Of the change set; equal for equal requests to a stack in the same state.
        arguments: Everything else.
    """

    stack: str
    kind: Literal["CREATE", "UPDATE"]
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ChangeSet:
    """A change set that AWS is ready to execute."""

    arn: str
    stack_arn: str
    kind: Literal["CREATE", "UPDATE"]

    @property
    def token(self) -> str:
        """What makes its execution happen once, however often it is asked for."""
        return self.arn.rsplit("/", 1)[-1]


def request_for(  # noqa: PLR0913 - what is deployed, to what, and how: no two of these belong together
    session: Session,
    stack: str,
    state: StackState | None,
    package: Package,
    *,
    parameters: Mapping[str, str],
    options: StackOptions,
    digest: str,
    purpose: Literal["deploy", "plan"],
) -> Request:
    """Return the request for a change set from what a stack is to what it is to be.

    Parameters that are not given keep the value that the stack has, and their default in a new stack.

    Args:
        session: where.
        stack: the root's name.
        state: the state of the stack.
        package: the templates.
        parameters: of the root.
        options: of the stack.
        digest: of templates and parameters, by which anybody sees what is being deployed.
        purpose: a plan's change set is left for somebody to execute it, a deployment's is not.

    Raises:
        StuckError: the stack is in no state to be changed.
    """
    kind = kind_for(stack, state)
    known = frozenset(state.parameters) if state and kind == "UPDATE" else frozenset[str]()
    kept = package.parameters() & known - parameters.keys()
    arguments = {
        "ChangeSetType": kind,
        "Capabilities": _CAPABILITIES,
        "Parameters": [
            *({"ParameterKey": key, "ParameterValue": value} for key, value in sorted(parameters.items())),
            *({"ParameterKey": key, "UsePreviousValue": True} for key in sorted(kept)),
        ],
        # A first creation that failed leaves a stack that can only be deleted: AWS may as well do so at once.
        # The events stay readable under the stack's ARN.  Updates roll back, which is the default.
        **({"OnStackFailure": "DELETE"} if kind == "CREATE" and not options.express else {}),
        **options.arguments(session.client("cloudformation")),
        **package.source(),
    }
    before = [state.arn, state.since] if state and kind == "UPDATE" else []
    asked = json.dumps([before, stack, arguments], sort_keys=True)
    name = f"{OURS}{purpose}-{hashlib.sha256(asked.encode()).hexdigest()[:16]}"
    return Request(
        stack=stack, kind=kind, name=name, arguments={**arguments, "Description": f"{OURS}{digest}"}
    )


def create(session: Session, request: Request, *, owns_stack: bool) -> ChangeSet:
    """Create a change set and those of its children, or find them, and wait until AWS has worked them out.

    Args:
        session: where.
        request: for what.
        owns_stack: whether the stack comes into being with the change set, and goes with one that failed.

    Raises:
        EmptyChangeSetError: nothing would change.
        ImpossibleChangeError: AWS found that the change cannot be made.
    """
    cloudformation = session.client("cloudformation")
    created = _create_or_find(cloudformation, request)
    arn, stack_arn = created["Id"], created["StackId"]
    described = await_ready(session, arn)
    if described["Status"] == "CREATE_COMPLETE":
        return ChangeSet(arn=arn, stack_arn=stack_arn, kind=request.kind)
    if is_empty(described):
        discard(session, arn, stack_arn if owns_stack else None)
        raise EmptyChangeSetError
    diagnosis = diagnose_change_set(session, arn, str(described.get("StatusReason", "AWS gave no reason")))
    discard(session, arn, stack_arn if owns_stack else None)
    raise ImpossibleChangeError(request.stack, diagnosis)


def find_change_set(session: Session, change_set: str, *, stack: str = "") -> dict[str, Any] | None:
    """Return the description of a change set, None if there is none.

    Args:
        session: where.
        change_set: its ARN, or its name together with the stack.
        stack: the name or ARN of the stack, if the change set is named.
    """
    where = {"StackName": stack} if stack else {}
    try:
        return session.client("cloudformation").describe_change_set(ChangeSetName=change_set, **where)
    except ClientError as error:
        if code_of(error) == "ChangeSetNotFound" or is_missing(error):
            return None
        raise


def is_empty(described: Mapping[str, Any]) -> bool:
    """Say whether a description of a change set means that nothing would change."""
    reason = str(described.get("StatusReason", ""))
    return described["Status"] == "FAILED" and any(text in reason for text in _NO_CHANGES)


def _create_or_find(cloudformation: Client, request: Request) -> dict[str, Any]:
    """Ask for a change set; one of this name that can be used, from a run that was cut off, is taken."""
    deadline = time.monotonic() + _DEADLINE
    for pause in pauses():
        try:
            return cloudformation.create_change_set(
                StackName=request.stack,
                ChangeSetName=request.name,
                ClientToken=request.name,  # a request that is sent again makes no second one
                **request.arguments,
            )
        except ClientError as error:
            if code_of(error) != "AlreadyExistsException" or time.monotonic() > deadline:
                raise
        found = cloudformation.describe_change_set(ChangeSetName=request.name, StackName=request.stack)
        if _is_usable(found):
            return {"Id": found["ChangeSetId"], "StackId": found["StackId"]}
        if not found["Status"].startswith("DELETE"):
            cloudformation.delete_change_set(ChangeSetName=found["ChangeSetId"])
        time.sleep(pause)  # deletion takes its time, and no waiter knows of it
    raise AssertionError  # pragma: no cover - `pauses` has no end


def _is_usable(described: Mapping[str, Any]) -> bool:
    if described["Status"] == "CREATE_COMPLETE":
        return described["ExecutionStatus"] == "AVAILABLE"
    return described["Status"] in {"CREATE_PENDING", "CREATE_IN_PROGRESS"}


def await_ready(session: Session, change_set: str) -> dict[str, Any]:
    """Return the first final description of a change set, after those of its children are final too.

    A root may be FAILED while children are still being made; to delete it then would leave theirs.
    """
    cloudformation = session.client("cloudformation")
    described = _await(cloudformation, change_set)
    for child in children(cloudformation, change_set):
        await_ready(session, child)
    return described


def _await(cloudformation: Client, change_set: str) -> dict[str, Any]:
    """Return the first description that is final, followed by ARN: a name may soon mean another one."""
    deadline = time.monotonic() + _DEADLINE
    for pause in pauses():
        described = cloudformation.describe_change_set(ChangeSetName=change_set)
        if not described["Status"].endswith(("_PENDING", "_IN_PROGRESS")):
            return described
        if time.monotonic() > deadline:
            break
        time.sleep(pause)
    message = f"the change set {change_set} was not ready after {_DEADLINE} s; it is still there"
    raise DeployError(message)


def children(cloudformation: Client, change_set: str) -> list[str]:
    """Return the ARNs of the change sets of a change set's nested stacks."""
    return [
        change["ResourceChange"]["ChangeSetId"]
        for change in raw_changes(cloudformation, change_set)
        if change.get("ResourceChange", {}).get("ChangeSetId")
    ]


def raw_changes(
    cloudformation: Client, change_set: str, *, with_values: bool = False
) -> Iterator[dict[str, Any]]:
    """Yield the changes as DescribeChangeSet returns them, of all its pages.

    Args:
        cloudformation: the client.
        change_set: its ARN.
        with_values: ask for the values of properties, before and after.
    """
    options: dict[str, Any] = {"IncludePropertyValues": True} if with_values else {}
    for page in paged(cloudformation.describe_change_set, ChangeSetName=change_set, **options):
        yield from page["Changes"]


def discard(session: Session, change_set: str, own_stack: str | None) -> None:
    """Delete a change set, and the stack that its creation made, if it did.

    Deleting the root's deletes the children's.  One that is gone already is no mistake.

    Args:
        session: where.
        change_set: its ARN.
        own_stack: the ARN of the stack, if and only if this deployment brought it into being.
    """
    cloudformation = session.client("cloudformation")
    try:
        cloudformation.delete_change_set(ChangeSetName=change_set)
    except ClientError as error:
        if code_of(error) != "ChangeSetNotFound" and not is_missing(error):
            raise
    if own_stack is None:
        return
    state = find_stack(session, own_stack)
    if state is not None and state.status == "REVIEW_IN_PROGRESS":
        cloudformation.delete_stack(StackName=own_stack)


def execute(session: Session, change_set: ChangeSet) -> None:
    """Start what a change set describes; AWS goes on by itself."""
    session.client("cloudformation").execute_change_set(
        ChangeSetName=change_set.arn, ClientRequestToken=change_set.token
    )
