"""Operations stopped: what runs in an account goes on to its end there, and nothing more is begun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.deploy.session import explained
from private_fargate.rollout.operations import Follower, status_of, under_way

if TYPE_CHECKING:
    from private_fargate.rollout.client import StackSet
    from private_fargate.rollout.watching import RolloutWatcher


def stop(stack_set: StackSet, watcher: RolloutWatcher) -> dict[str, str]:
    """Stop all operations that are under way, and return the status in which each has ended.

    Raises:
        NoStackSetError: it is not there.
    """
    with explained():
        stack_set.require()
        running = under_way(stack_set)
        follower = Follower(stack_set, watcher)
        for operation in reversed(running):  # those that wait first, so that none of them begins
            if status_of(stack_set, operation)["Status"] in {"RUNNING", "QUEUED"}:
                stack_set.ask("stop_stack_set_operation", OperationId=operation)
        return follower.follow(running) if running else {}
