"""The state of a stack, and what may be done to a stack in each of them.

Source of the states: botocore's model of StackStatus, and
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from botocore.exceptions import ClientError

from private_fargate.deploy.session import DeployError, code_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.deploy.session import Session

Next: TypeAlias = Literal[
    "create", "update", "wait", "continue rollback", "delete", "delete again", "ask a person"
]
"""What a stack in some state takes next."""

NEXT: Final[Mapping[str, Next]] = MappingProxyType(
    {
        "REVIEW_IN_PROGRESS": "create",
        "CREATE_IN_PROGRESS": "wait",
        "CREATE_FAILED": "delete",
        "CREATE_COMPLETE": "update",
        "ROLLBACK_IN_PROGRESS": "wait",
        "ROLLBACK_FAILED": "delete",
        "ROLLBACK_COMPLETE": "delete",
        "DELETE_IN_PROGRESS": "wait",
        "DELETE_FAILED": "delete again",
        "DELETE_COMPLETE": "create",
        "UPDATE_IN_PROGRESS": "wait",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "wait",
        "UPDATE_COMPLETE": "update",
        "UPDATE_FAILED": "update",  # express mode, or rollback disabled: the next update mends it
        "UPDATE_ROLLBACK_IN_PROGRESS": "wait",
        "UPDATE_ROLLBACK_FAILED": "continue rollback",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "wait",
        "UPDATE_ROLLBACK_COMPLETE": "update",
        "IMPORT_IN_PROGRESS": "wait",
        "IMPORT_COMPLETE": "update",
        "IMPORT_ROLLBACK_IN_PROGRESS": "wait",
        "IMPORT_ROLLBACK_FAILED": "ask a person",
        "IMPORT_ROLLBACK_COMPLETE": "update",
    }
)

_REMEDIES: Final[Mapping[Next, str]] = {
    "wait": "somebody else is at work on it; wait until it has settled",
    "continue rollback": (
        "an update failed, and so did its rollback; mend what the events name and run "
        "`build.py continue-rollback`, with `--skip RESOURCE` for what cannot be mended"
    ),
    "delete": (
        "its creation failed, so it can only be deleted: `build.py destroy`, or deploy with --replace-failed"
    ),
    "delete again": "its deletion failed; `build.py destroy` shows what blocks it and goes on",
    "ask a person": "an import and its rollback failed; look at its events, and at AWS's page on imports",
}


class StuckError(DeployError):
    """The stack is in a state from which only a person gets it out."""


@dataclass(frozen=True, kw_only=True)
class StackState:
    """A stack that is there.

    Attributes:
        arn: Its ARN; a name may mean another stack tomorrow.
        status: As `UPDATE_COMPLETE`.
        reason: What CloudFormation says of the status.
        since: When it was last changed, as text; of a stack that is only planned, when it was planned.
        parameters: Name -> value.
        outputs: Name -> value.
        tags: Name -> value.
        change_set: The ARN of the change set that was executed last; empty if none was.
        is_protected: Whether it refuses to be deleted.
    """

    arn: str
    status: str
    reason: str = ""
    since: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    change_set: str = ""
    is_protected: bool = False

    @property
    def next(self) -> Next:
        """What it takes next."""
        return NEXT.get(self.status, "ask a person")

    @property
    def is_in_progress(self) -> bool:
        """Whether an operation on it goes on."""
        return self.next == "wait"


def find_stack(session: Session, stack: str) -> StackState | None:
    """Return the state of a stack by its name or ARN, None if there is none, or none any more."""
    try:
        described = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    state = _state(described)
    return None if state.status == "DELETE_COMPLETE" else state


def _state(described: dict[str, Any]) -> StackState:
    return StackState(
        arn=described["StackId"],
        status=described["StackStatus"],
        reason=described.get("StackStatusReason", ""),
        since=str(described.get("LastUpdatedTime") or described.get("CreationTime", "")),
        parameters={p["ParameterKey"]: p["ParameterValue"] for p in described.get("Parameters", [])},
        outputs={o["OutputKey"]: o["OutputValue"] for o in described.get("Outputs", [])},
        tags={t["Key"]: t["Value"] for t in described.get("Tags", [])},
        change_set=described.get("ChangeSetId", ""),
        is_protected=bool(described.get("EnableTerminationProtection", False)),
    )


def is_missing(error: ClientError) -> bool:
    """Say whether CloudFormation means that there is no such stack, for which it has no code of its own."""
    return code_of(error) == "ValidationError" and "does not exist" in str(error)


def kind_for(stack: str, state: StackState | None) -> Literal["CREATE", "UPDATE"]:
    """Return which kind of change set a stack in this state takes.

    Raises:
        StuckError: none, before somebody has done something about its state; the message says what.
    """
    if state is None or state.next == "create":
        return "CREATE"
    if state.next == "update":
        return "UPDATE"
    message = f"{stack} is {state.status}: {_REMEDIES[state.next]}"
    raise StuckError(message)
