"""StackSets that come first: waited for, and a reason not to begin if they have failed.

Where accounts get their instances by themselves, StackSets keeps the order (AutoDeployment.DependsOn).  Where
a rollout is begun by hand it does not, so it is kept here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from private_fargate.deploy.session import DeployError, explained
from private_fargate.rollout.client import StackSet
from private_fargate.rollout.operations import Follower, under_way

if TYPE_CHECKING:
    from collections.abc import Sequence

    from private_fargate.rollout.watching import RolloutWatcher

_ARN = re.compile(r"arn:[a-z-]+:cloudformation:([a-z0-9-]+):\d{12}:stackset/([\w-]+)(?::.+)?")
_SHOWN = 3


class NotReadyError(DeployError):
    """A StackSet that comes first is not as it is to be."""

    exit_code = 1


def await_others(stack_set: StackSet, after: Sequence[str], watcher: RolloutWatcher) -> None:
    """Wait until the StackSets that come first have no operation under way, and see that all is well there.

    Args:
        stack_set: what is rolled out.
        after: ARNs of those that come first.
        watcher: who looks on.

    Raises:
        NotReadyError: one has instances that are not as they are to be, or is in another Region.
    """
    for arn in after:
        match = _ARN.fullmatch(arn)
        if match is None or match[1] != stack_set.session.region:
            message = (
                f"rollout.after: {arn} is not in {stack_set.session.region}, where {stack_set.name} is; "
                "only StackSets of one Region can wait for each other"
            )
            raise NotReadyError(message)
        first = StackSet(session=stack_set.session, name=match[2], delegated=stack_set.delegated)
        with explained():
            first.require()
            running = under_way(first)
            if running:
                watcher.say(f"{first.name} comes first and is being rolled out; waiting for its end")
                Follower(first, watcher).follow(running)
            _refuse_failures(stack_set, first)


def _refuse_failures(stack_set: StackSet, first: StackSet) -> None:
    wrong = [each for each in first.summaries().values() if not each.is_done]
    if wrong:
        some = ", ".join(f"{each.place} is {each.status}" for each in wrong[:_SHOWN])
        message = (
            f"rollout.after: {first.name} comes before {stack_set.name}, and {len(wrong)} of its instances "
            f"are not done ({some}); roll it out again first"
        )
        raise NotReadyError(message)
