"""How a deployed environment is: its stacks, its services and the change sets that wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.deploy.change_set import OURS
from private_fargate.deploy.inventory import each_found, root_of
from private_fargate.deploy.services import services_of
from private_fargate.deploy.session import explained, pages
from private_fargate.errors import UserError
from private_fargate.live.model import Environment, PendingChangeSet, Stack

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from private_fargate.deploy.inventory import Found
    from private_fargate.deploy.session import Session
    from private_fargate.deploy.stack_state import StackState

_OVER: Final = frozenset({"EXECUTE_COMPLETE", "EXECUTE_FAILED"})


class NoSuchOutputError(UserError):
    """A stack has no output of this name."""


def output_of(stack: str, outputs: Mapping[str, str], name: str) -> str:
    """Return the value of one output.

    Raises:
        NoSuchOutputError: there is none of this name; the message names those that there are.
    """
    if name in outputs:
        return outputs[name]
    message = f"{name}: {stack} has no such output; it has {', '.join(sorted(outputs)) or 'none'}"
    raise NoSuchOutputError(message)


def status_of(session: Session, stack: str) -> Environment:
    """Return how an environment is at the moment.

    Args:
        session: where.
        stack: the root's name or ARN.

    Raises:
        NoSuchStackError: it is not deployed.
        DeployError: AWS cannot be asked about its stacks.  What it does not tell of services is a note.
    """
    root = root_of(session, stack)
    with explained():
        found = each_found(session, root)
        change_sets = _pending(session, root)
    notes: list[str] = []
    return Environment(
        region=session.region,
        root=_tree(found, ()),
        services=services_of(session, found, notes),
        change_sets=change_sets,
        notes=tuple(notes),
    )


def _tree(found: Iterable[Found], path: tuple[str, ...]) -> Stack:
    every = list(found)
    (own,) = (each for each in every if each.path == path)
    return Stack(
        name=path[-1] if path else own.state.arn.split("/")[1],
        arn=own.state.arn,
        status=own.state.status,
        since=own.state.since,
        reason=own.state.reason,
        within=tuple(
            _tree(every, each.path) for each in every if each.path[:-1] == path and each.path != path
        ),
    )


def _pending(session: Session, root: StackState) -> tuple[PendingChangeSet, ...]:
    """Return our change sets that were made and not executed."""
    name = root.arn.split("/")[1]
    return tuple(
        PendingChangeSet(
            name=each["ChangeSetName"],
            status=each["Status"],
            execution=each["ExecutionStatus"],
            since=str(each.get("CreationTime", "")),
        )
        for page in pages(session.client("cloudformation"), "list_change_sets", StackName=name)
        for each in page["Summaries"]
        if each["ChangeSetName"].startswith(OURS) and each["ExecutionStatus"] not in _OVER
    )
