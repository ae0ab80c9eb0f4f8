"""Who looks on while a stack is deployed or deleted, and is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from private_fargate.deploy.events import Event
    from private_fargate.deploy.lease import Entry
    from private_fargate.deploy.stack_state import StackState
    from private_fargate.plan.judging import Planned

Decision: TypeAlias = Literal["leave", "cancel"]
"""What becomes of an operation whose client is interrupted: AWS goes on, or takes it back."""


class Watcher:
    """Nobody in particular: says yes to everything and looks at nothing."""

    def review(self, planned: Planned) -> None:
        """Look at what would be done, before it is; whatever this raises calls it off."""

    def show(self, event: Event) -> None:
        """Look at an event."""

    def wait_for(self, entry: Entry) -> None:
        """Learn that somebody else is deploying the same stack, whose end is awaited."""

    def join(self, state: StackState) -> None:
        """Learn that the same deployment is under way already, and is only watched."""

    def interrupted(self, state: StackState) -> Decision:  # noqa: ARG002 -- others look at the state
        """Say what becomes of the operation after Ctrl-C."""
        return "leave"
