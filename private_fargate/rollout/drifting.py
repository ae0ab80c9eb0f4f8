"""What was changed by hand in the instances of a StackSet.

StackSets compares the root stack of each instance and not the stacks nested in it, and in a system of nested
stacks that is next to nothing.  So where somebody may read the account, every stack below is compared too.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from private_fargate.deploy.drift import drift_of
from private_fargate.deploy.session import DeployError, explained
from private_fargate.rollout.jobs import preferences
from private_fargate.rollout.operations import Follower, begin_when_free, results
from private_fargate.rollout.stopping import minded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from private_fargate.config.rollout import Rollout
    from private_fargate.rollout.causes import Readers
    from private_fargate.rollout.client import StackSet
    from private_fargate.rollout.model import Instance
    from private_fargate.rollout.watching import RolloutWatcher

_AT_ONCE: Final = 4  # instances; within each, three stacks
_CHANGED: Final = ["MODIFIED", "DELETED"]


@dataclass(frozen=True, kw_only=True)
class DriftRow:
    """What was found of one instance.

    Attributes:
        instance: Which.
        drifted: Resources that are not as the templates say, and how: `Network/Vpc MODIFIED`.
        compared: How many were compared; None if only StackSets did it, which does not tell.
        doubt: What could not be told; empty if all could.
    """

    instance: Instance
    drifted: tuple[str, ...] = ()
    compared: int | None = None
    doubt: str = ""


def drift(
    stack_set: StackSet,
    settings: Rollout,
    regions: Sequence[str],
    watcher: RolloutWatcher,
    readers: Readers,
) -> tuple[DriftRow, ...]:
    """Compare every instance with its templates.

    Args:
        stack_set: whose.
        settings: how many at once.
        regions: in their order.
        watcher: who looks on.
        readers: who compares nested stacks in the accounts.

    Raises:
        NoStackSetError: it is not there.
        DeployError: AWS refuses.
    """
    with explained():
        stack_set.require()
        there = {place.region for place in stack_set.summaries()}
        if not there:
            return ()
        follower = Follower(stack_set, watcher)
        operation = begin_when_free(
            stack_set,
            watcher,
            "detect_stack_set_drift",
            OperationPreferences=preferences(settings, [each for each in regions if each in there]),
        )
        with minded(stack_set, watcher):
            follower.follow([operation])
        told = {each.place: each for each in results(stack_set, operation)}
        failed = {place: each.reason for place, each in told.items() if each.status != "SUCCEEDED"}
        every = list(stack_set.instances().values())

    def row(instance: Instance) -> DriftRow:
        if instance.place in failed:
            return DriftRow(instance=instance, doubt=failed[instance.place] or "it was not compared")
        return _compared(stack_set, operation, instance, readers)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return tuple(pool.map(row, every))


def _compared(stack_set: StackSet, operation: str, instance: Instance, readers: Readers) -> DriftRow:
    try:
        session = readers.session(instance.place)
        if session is not None:
            found = drift_of(session, instance.stack_id)
            return DriftRow(
                instance=instance,
                drifted=tuple(f"{each.resource} {each.status}" for each in found.drifted),
                compared=found.in_sync + len(found.drifted),
                doubt="; ".join(found.untold),
            )
        doubt = "nested stacks were not compared: name a role of that account with --reader-role"
    except DeployError as error:
        doubt = f"nested stacks cannot be compared: {error}"
    with explained():
        drifted = stack_set.each(
            "list_stack_instance_resource_drifts",
            StackInstanceAccount=instance.place.account,
            StackInstanceRegion=instance.place.region,
            OperationId=operation,
            StackInstanceResourceDriftStatuses=_CHANGED,
        )
        names = tuple(f"{each['LogicalResourceId']} {each['StackResourceDriftStatus']}" for each in drifted)
    return DriftRow(instance=instance, drifted=names, doubt=doubt)
