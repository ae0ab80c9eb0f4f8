"""Change sets: created, awaited, described, executed, and cleared away when they hold nothing.

A stack keeps at most 1,000 change sets, and empty or failed ones stay until somebody deletes them.  So
whatever is not executed here is deleted here.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from private_fargate.deploy.session import DeployError, code_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.deploy.packaging import Package
    from private_fargate.deploy.session import Client, Session

# How AWS says "nothing to do".  It has no code for it; templates with transforms get the second text.
_NO_CHANGES = ("didn't contain changes", "No updates are to be performed")

_DEADLINE = 1_800  # seconds for a change set to be made; nested ones of large systems take minutes
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0  # seconds between two looks

# Roles without names of their own need no more, and CAPABILITY_NAMED_IAM would let a template choose names.
_CAPABILITIES = ["CAPABILITY_IAM"]

# States from which a stack can be updated; ROLLBACK_COMPLETE is none of them.
_SETTLED = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
    }
)


@dataclass(frozen=True, kw_only=True)
class ChangeSet:
    """A change set that AWS is ready to execute.

    `changes` are those of the root only, as DescribeChangeSet returns them.
    """

    arn: str
    stack_arn: str
    kind: Literal["CREATE", "UPDATE"]
    changes: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class StackState:
    """A stack that is there: its ARN, status, parameters and outputs."""

    arn: str
    status: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]


def find_stack(session: Session, stack: str) -> StackState | None:
    """Return the state of a stack by its name or ARN, None if there is none."""
    try:
        described = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return StackState(
        arn=described["StackId"],
        status=described["StackStatus"],
        parameters={p["ParameterKey"]: p["ParameterValue"] for p in described.get("Parameters", [])},
        outputs={o["OutputKey"]: o["OutputValue"] for o in described.get("Outputs", [])},
    )


def is_missing(error: ClientError) -> bool:
    """Say whether CloudFormation means that there is no such stack, for which it has no code of its own."""
    return code_of(error) == "ValidationError" and "does not exist" in str(error)


def kind_for(stack: str, state: StackState | None) -> Literal["CREATE", "UPDATE"]:
    """Return which kind of change set a stack in this state takes.

    Raises:
        DeployError: none, before somebody has done something about its state; the message says what.
    """
    if state is None or state.status == "REVIEW_IN_PROGRESS":
        return "CREATE"
    if state.status in _SETTLED:
        return "UPDATE"
    if state.status.endswith("_IN_PROGRESS"):
        message = f"{stack} is {state.status}: somebody else is at work on it; wait until it has settled"
    elif state.status == "UPDATE_ROLLBACK_FAILED":
        message = f"{stack} is {state.status}: run `aws cloudformation continue-update-rollback` first"
    else:
        message = f"{stack} is {state.status}: it can only be deleted (`aws cloudformation delete-stack`)"
    raise DeployError(message)


def create_change_set(
    session: Session,
    stack: str,
    package: Package,
    *,
    parameters: Mapping[str, str],
    tags: Mapping[str, str],
) -> ChangeSet | None:
    """Create a change set and wait until AWS has worked it out; None if nothing would change.

    Parameters that are not given keep the value that the stack has, and their default in a new stack.

    Raises:
        DeployError: the stack is in no state to be changed, or AWS found the change impossible.
    """
    cloudformation = session.client("cloudformation")
    state = find_stack(session, stack)
    kind = kind_for(stack, state)
    known = frozenset(state.parameters) if state and kind == "UPDATE" else frozenset[str]()
    kept = package.parameters() & known - parameters.keys()
    name = f"private-fargate-{secrets.token_hex(6)}"
    created = cloudformation.create_change_set(
        StackName=stack,
        ChangeSetName=name,
        ChangeSetType=kind,
        ClientToken=name,  # a request that is sent again after a broken connection makes no second one
        Capabilities=_CAPABILITIES,
        IncludeNestedStacks=True,
        Parameters=[
            *({"ParameterKey": key, "ParameterValue": value} for key, value in sorted(parameters.items())),
            *({"ParameterKey": key, "UsePreviousValue": True} for key in sorted(kept)),
        ],
        Tags=[{"Key": key, "Value": value} for key, value in sorted(tags.items())],
        # A first creation that failed leaves a stack that can only be deleted: AWS may as well do so at once.
        # The events stay readable under the stack's ARN.  Updates roll back, which is the default.
        **({"OnStackFailure": "DELETE"} if kind == "CREATE" else {}),
        **package.source(),
    )
    arn, stack_arn = created["Id"], created["StackId"]
    described = _wait(cloudformation, arn)
    if described["Status"] == "CREATE_COMPLETE":
        changes = tuple(_changes(cloudformation, arn))
        return ChangeSet(arn=arn, stack_arn=stack_arn, kind=kind, changes=changes)
    discard(session, arn, stack_arn if state is None else None)
    reason = str(described.get("StatusReason", "AWS gave no reason"))
    if described["Status"] == "FAILED" and any(text in reason for text in _NO_CHANGES):
        return None
    message = f"the change set of {stack} is {described['Status']}: {reason}"
    raise DeployError(message)


def discard(session: Session, change_set: str, own_stack: str | None) -> None:
    """Delete a change set, and the stack that its creation made, if it did.

    Args:
        session: where.
        change_set: its ARN.
        own_stack: the ARN of the stack, if and only if this run brought it into being.
    """
    cloudformation = session.client("cloudformation")
    cloudformation.delete_change_set(ChangeSetName=change_set)
    if own_stack is None:
        return
    state = find_stack(session, own_stack)
    if state is not None and state.status == "REVIEW_IN_PROGRESS":
        cloudformation.delete_stack(StackName=own_stack)


def execute(session: Session, change_set: ChangeSet) -> None:
    """Start what a change set describes; AWS goes on by itself."""
    session.client("cloudformation").execute_change_set(
        ChangeSetName=change_set.arn, ClientRequestToken=change_set.arn.rsplit("/", 1)[-1]
    )


def pauses() -> Iterator[float]:
    """Yield the seconds to wait before each next look: doubling from a tenth to five."""
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 2, _LONGEST_PAUSE)


def _wait(cloudformation: Client, change_set: str) -> dict[str, Any]:
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


def _changes(cloudformation: Client, change_set: str) -> Iterator[Mapping[str, Any]]:
    token: dict[str, str] = {}
    while True:
        page = cloudformation.describe_change_set(ChangeSetName=change_set, **token)
        yield from page["Changes"]
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}
