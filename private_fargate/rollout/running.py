"""Several operations as one rollout: Region after Region, and no further if too many accounts fail.

Within one operation StackSets itself keeps to that.  Where each instance has values of its own there are as
many operations as instances, and it is kept here, by the same rules.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from private_fargate.deploy.pausing import pauses
from private_fargate.rollout.jobs import amount, at_once, preferences, targeted
from private_fargate.rollout.operations import UNDER_WAY, Follower, begin, results, status_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from private_fargate.config.rollout import Rollout
    from private_fargate.rollout.client import StackSet
    from private_fargate.rollout.jobs import Job
    from private_fargate.rollout.operations import Result
    from private_fargate.rollout.watching import RolloutWatcher

_LONGEST_PAUSE = 5.0  # seconds


@dataclass
class _Lane:
    """What is to be done in a Region, and how it stands."""

    region: str
    waiting: list[Job]
    accounts: int
    regions: int = 1  # more only where a single operation does it all, and StackSets counts
    running: dict[str, Job] = field(default_factory=dict[str, "Job"])
    failed: int = 0
    is_broken: bool = False  # somebody has stopped an operation, or StackSets itself gave one up

    @property
    def is_over(self) -> bool:
        return not self.waiting and not self.running

    def has_room(self, settings: Rollout) -> bool:
        """Say whether the next operation may begin."""
        busy = sum(len(job.accounts) for job in self.running.values())
        return bool(self.waiting) and (
            not self.running
            or busy + len(self.waiting[0].accounts) <= at_once(settings, self.accounts, self.failed)
        )


@dataclass
class Runner:
    """Does the operations of a rollout.

    Attributes:
        stack_set: On which.
        settings: How carefully.
        watcher: Who looks on.
        results: What came of each instance.
    """

    stack_set: StackSet
    settings: Rollout
    watcher: RolloutWatcher
    results: list[Result] = field(default_factory=list["Result"])

    def run(self, jobs: Sequence[Job]) -> bool:
        """Do operations to their end; return whether all of them were begun."""
        if not jobs:
            return True
        lanes = _lanes(jobs)
        follower = Follower(self.stack_set, self.watcher)
        rests = pauses(_LONGEST_PAUSE)
        while any(not lane.is_over for lane in lanes):
            moved = False
            for lane in self._open(lanes):
                moved |= self._begin(lane)
            for lane in lanes:
                moved |= self._collect(lane)
            follower.look()
            if any(self._has_failed(lane) for lane in lanes):
                self._give_up(lanes)
            if moved:
                rests = pauses(_LONGEST_PAUSE)
            else:
                time.sleep(next(rests))
        return not any(self._has_failed(lane) for lane in lanes)

    def _open(self, lanes: Sequence[_Lane]) -> list[_Lane]:
        """Return the Regions whose turn it is."""
        active = [lane for lane in lanes if not lane.is_over]
        return active if self.settings.region_order == "parallel" else active[:1]

    def _begin(self, lane: _Lane) -> bool:
        began = False
        while lane.has_room(self.settings):
            job = lane.waiting[0]
            operation = begin(
                self.stack_set,
                f"{job.kind}_stack_instances",
                Regions=list(job.regions),
                ParameterOverrides=[
                    {"ParameterKey": key, "ParameterValue": value}
                    for key, value in sorted(job.overrides.items())
                ],
                OperationPreferences=preferences(self.settings, job.regions),
                **targeted(self.settings, job.accounts),
            )
            if operation is None:
                break
            lane.running[operation] = lane.waiting.pop(0)
            began = True
        return began

    def _collect(self, lane: _Lane) -> bool:
        """Take note of the operations that have ended; say whether there were any."""
        ended = {
            operation: status
            for operation in lane.running
            if (status := status_of(self.stack_set, operation)["Status"]) not in UNDER_WAY
        }
        for operation, status in ended.items():
            found = results(self.stack_set, operation)
            self.results += found
            job = lane.running.pop(operation)
            lane.failed += len({each.place.account for each in found if each.status == "FAILED"})
            lane.is_broken |= status == "STOPPED" or (status != "SUCCEEDED" and len(job.regions) > 1)
        return bool(ended)

    def _has_failed(self, lane: _Lane) -> bool:
        return lane.is_broken or (
            lane.regions == 1 and lane.failed > amount(self.settings.tolerance, lane.accounts)
        )

    def _give_up(self, lanes: Sequence[_Lane]) -> None:
        """Begin nothing more: where too many have failed, and in the Regions after that."""
        too_many = [lane.region for lane in lanes if self._has_failed(lane)]
        dropped = sum(len(job.accounts) for lane in lanes for job in lane.waiting)
        if dropped:
            self.watcher.say(
                f"{', '.join(too_many)}: stopped, or more than {self.settings.tolerance} failed "
                f"(rollout.tolerance); {dropped} instances are not begun"
            )
        for lane in lanes:
            if self.settings.region_order == "sequential" or lane.region in too_many:
                lane.waiting.clear()


def _lanes(jobs: Sequence[Job]) -> list[_Lane]:
    found: dict[str, _Lane] = {}
    for job in jobs:
        lane = found.setdefault(job.regions[0], _Lane(region=job.regions[0], waiting=[], accounts=0))
        lane.regions = len(job.regions)
        lane.waiting.append(job)
        lane.accounts += len(job.accounts)
    return list(found.values())
