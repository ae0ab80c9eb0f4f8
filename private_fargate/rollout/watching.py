"""Who looks on while a StackSet is rolled out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from private_fargate.rollout.model import Instance
    from private_fargate.rollout.planning import RolloutPlan

Wish: TypeAlias = Literal["leave", "stop"]
"""What becomes of the operations when whoever began them is interrupted."""


class RolloutWatcher:
    """Looks on, agrees to everything, and says nothing; others do more."""

    def review(self, plan: RolloutPlan) -> None:
        """Look at a plan before it is done; raise to refuse it."""

    def say(self, text: str) -> None:
        """Take a sentence about how it goes on."""

    def show(self, instance: Instance) -> None:
        """Take an instance whose state has changed."""

    def interrupted(self, running: int) -> Wish:
        """Say what is to become of so many operations that are under way, now that Ctrl-C was pressed."""
        del running
        return "leave"
