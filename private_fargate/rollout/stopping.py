"""Operations stopped: what runs in an account goes on to its end there, and nothing more is begun."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from private_fargate.deploy.following import LeftRunningError
from private_fargate.deploy.session import explained
from private_fargate.rollout.operations import Follower, status_of, under_way

if TYPE_CHECKING:
    from collections.abc import Generator

    from private_fargate.rollout.client import StackSet
    from private_fargate.rollout.watching import RolloutWatcher


_GOES_ON = "AWS goes on; `rollout-status` shows it, `rollout-stop` stops it, and the same command joins it"


class StoppedError(LeftRunningError):
    """What was under way was stopped, and is not done."""


def settle(stack_set: StackSet, watcher: RolloutWatcher) -> None:
    """See to what is under way after Ctrl-C: return if it was stopped.

    Raises:
        LeftRunningError: it goes on.
    """
    try:
        with explained():
            running = len(under_way(stack_set)) if stack_set.described() else 0
        if watcher.interrupted(running) == "stop":
            watcher.say("stopping; stacks that are being changed go on to their end")
            stop(stack_set, watcher)
            return
    except KeyboardInterrupt:  # once more: away, at once
        running = 1
    message = f"stopped watching. {_GOES_ON}" if running else "stopped; nothing is under way"
    raise LeftRunningError(message) from None


@contextmanager
def minded(stack_set: StackSet, watcher: RolloutWatcher) -> Generator[None]:
    """Ask after Ctrl-C what is to become of what is under way.

    Raises:
        LeftRunningError: it goes on, or was stopped.
    """
    try:
        yield
    except KeyboardInterrupt:
        settle(stack_set, watcher)
        message = "stopped; the same command goes on with what is not done"
        raise StoppedError(message) from None


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
