"""What stands: a root and the stacks nested in it, each with its resources."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - a dataclass's annotations are read at run time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from private_fargate.deploy.deployed import resources_of
from private_fargate.deploy.session import explained
from private_fargate.deploy.stack_state import StackState, find_stack
from private_fargate.errors import UserError
from private_fargate.plan.trees import STACK

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session

SERVICE: Final = "AWS::ECS::Service"

AT_ONCE: Final = 6  # questions; CloudFormation throttles an account that asks more


class NoSuchStackError(UserError):
    """The environment is not deployed where it was looked for."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A stack as it was read, with its resources.

    Attributes:
        path: The logical IDs that lead from the root to it; () is the root.
        state: Of the stack.
        resources: As ListStackResources returns them.
    """

    path: tuple[str, ...]
    state: StackState
    resources: tuple[Mapping[str, Any], ...]

    def of_type(self, resource_type: str) -> list[Mapping[str, Any]]:
        """Return its resources of a type that are there."""
        return [
            resource
            for resource in self.resources
            if resource["ResourceType"] == resource_type and resource.get("PhysicalResourceId")
        ]

    def name_of(self, service: Mapping[str, Any]) -> str:
        """Return what people call a service: as its stack was told, else as the templates name it."""
        logical_id = str(service["LogicalResourceId"])
        alone = self.path[-1] if self.path and len(self.of_type(SERVICE)) == 1 else logical_id
        return self.state.parameters.get("ServiceName", alone)


def root_of(session: Session, stack: str) -> StackState:
    """Return the state of a stack that has to be there.

    Raises:
        NoSuchStackError: it is not; the message says how to have it.
        DeployError: AWS cannot be asked.
    """
    with explained():
        state = find_stack(session, stack)
    if state is None:
        message = (
            f"{stack}: no such stack in {session.region}{_at(session)}; deploy it (`build.py deploy`), "
            "or say where it is (--region, --profile, --stack)"
        )
        raise NoSuchStackError(message)
    return state


def each_found(session: Session, root: StackState) -> list[Found]:
    """Return a root and all stacks nested in it with their resources, parents first."""
    session.client("cloudformation")  # boto3 makes clients in one thread only

    def read(stack: tuple[tuple[str, ...], str]) -> Found | None:
        path, arn = stack
        state = find_stack(session, arn) if path else root
        return state and Found(path=path, state=state, resources=tuple(resources_of(session, arn)))

    found: list[Found] = []
    storey: list[tuple[tuple[str, ...], str]] = [((), root.arn)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while storey:
            read_now = [each for each in pool.map(read, storey) if each is not None]
            found += read_now
            storey = [
                ((*parent.path, child["LogicalResourceId"]), child["PhysicalResourceId"])
                for parent in read_now
                for child in parent.of_type(STACK)
            ]
    return found


def _at(session: Session) -> str:
    return f" at {session.endpoint}" if session.endpoint else ""
