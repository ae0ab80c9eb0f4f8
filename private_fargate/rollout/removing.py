"""Instances taken out of a StackSet, with their stacks or so that these stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.deploy.session import explained
from private_fargate.rollout.ipam import Ipam, living
from private_fargate.rollout.jobs import preferences, targeted
from private_fargate.rollout.model import VPC_CIDR
from private_fargate.rollout.operations import Follower, begin_when_free, results
from private_fargate.rollout.stopping import minded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from private_fargate.config.rollout import Rollout
    from private_fargate.rollout.client import StackSet
    from private_fargate.rollout.model import Instance, Place, Step
    from private_fargate.rollout.operations import Result
    from private_fargate.rollout.watching import RolloutWatcher


def remove(
    stack_set: StackSet,
    settings: Rollout,
    condemned: Iterable[Step | Instance],
    watcher: RolloutWatcher,
    *,
    retain: bool,
) -> dict[Place, Result]:
    """Take instances out of the StackSet, and return what came of each.

    Args:
        stack_set: which.
        settings: how carefully, and with which permissions.
        condemned: the instances.
        watcher: who looks on.
        retain: whether their stacks stay; they can never be taken back into a StackSet by rolling out.
    """
    told: dict[Place, Result] = {}
    condemned = tuple(condemned)
    if retain and (ipam := Ipam.of(stack_set, settings.addresses)):
        ipam.keep(each.place for each in condemned)
    for (unit, regions), accounts in _alike(condemned).items():
        follower = Follower(stack_set, watcher)
        operation = begin_when_free(
            stack_set,
            watcher,
            "delete_stack_instances",
            Regions=list(regions),
            RetainStacks=retain,
            OperationPreferences=preferences(settings, regions),
            **targeted(settings, accounts, [unit] if unit else []),
        )
        follower.follow([operation])
        told |= {each.place: each for each in results(stack_set, operation)}
    if not retain and (ipam := Ipam.of(stack_set, settings.addresses)):
        gone = {place for place, each in told.items() if each.status == "SUCCEEDED"}
        ipam.release(
            ((each.place, each.overrides.get(VPC_CIDR, "")) for each in condemned if each.place in gone),
            watcher,
        )
    return told


def _alike(condemned: Iterable[Step | Instance]) -> dict[tuple[str, tuple[str, ...]], Sequence[str]]:
    """Return the accounts that one operation can name: of one unit, with instances in the same Regions."""
    regions: dict[tuple[str, str], list[str]] = {}
    for each in condemned:
        regions.setdefault((each.unit, each.place.account), []).append(each.place.region)
    found: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (unit, account), there in sorted(regions.items()):
        found.setdefault((unit, tuple(sorted(there))), []).append(account)
    return dict(found)


def dissolve(
    stack_set: StackSet, settings: Rollout, watcher: RolloutWatcher, *, retain: bool
) -> tuple[Result, ...]:
    """Take all instances out, and then remove the StackSet; return what came of each instance.

    Where one cannot be taken out, the StackSet stays, so that it can be tried again.

    Args:
        stack_set: which.
        settings: how carefully, and with which permissions.
        watcher: who looks on.
        retain: whether the stacks stay.

    Raises:
        LeftRunningError: Ctrl-C; it goes on, or was stopped.
    """
    with explained():
        every = stack_set.instances().values()
        with minded(stack_set, watcher):
            told = remove(stack_set, settings, every, watcher, retain=retain)
        if not stack_set.summaries():
            _give_back_all(stack_set, settings, watcher)
            stack_set.ask("delete_stack_set")
    return tuple(told.values())


def _give_back_all(stack_set: StackSet, settings: Rollout, watcher: RolloutWatcher) -> None:
    """Give back to IPAM what no instance has had, or a client that was killed did not give back."""
    ipam = Ipam.of(stack_set, settings.addresses)
    if ipam:
        left = ((place, each.cidr) for place, some in ipam.allocations().items() for each in living(some))
        ipam.release(left, watcher)
