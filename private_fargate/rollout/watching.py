"""Who looks on while a StackSet is rolled out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from private_fargate.rollout.model import Instance
    from private_fargate.rollout.planning import RolloutPlan


class RolloutWatcher:
    """Looks on, agrees to everything, and says nothing; others do more."""

    def review(self, plan: RolloutPlan) -> None:
        """Look at a plan before it is done; raise to refuse it."""

    def say(self, text: str) -> None:
        """Take a sentence about how it goes on."""

    def show(self, instance: Instance) -> None:
        """Take an instance whose state has changed."""
