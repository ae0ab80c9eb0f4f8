"""A rollout from its plan to its last instance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from private_fargate.deploy.session import explained
from private_fargate.rollout.definition import definition
from private_fargate.rollout.dependencies import await_others
from private_fargate.rollout.ipam import Ipam, allotted
from private_fargate.rollout.jobs import jobs, preferences
from private_fargate.rollout.operations import Follower, begin_when_free, results, under_way
from private_fargate.rollout.organization import accounts_of
from private_fargate.rollout.outcomes import outcome_of
from private_fargate.rollout.planning import Situation, plan
from private_fargate.rollout.removing import remove
from private_fargate.rollout.running import Runner
from private_fargate.rollout.stopping import minded, settle
from private_fargate.rollout.targets import regions_of, settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.config.models import Environment
    from private_fargate.config.rollout import Rollout
    from private_fargate.deploy.packaging import Package
    from private_fargate.rollout.causes import Readers
    from private_fargate.rollout.client import StackSet
    from private_fargate.rollout.definition import Definition
    from private_fargate.rollout.model import Place
    from private_fargate.rollout.operations import Result
    from private_fargate.rollout.outcomes import RolloutOutcome
    from private_fargate.rollout.planning import RolloutPlan
    from private_fargate.rollout.watching import RolloutWatcher


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is rolled out, and where to.

    Attributes:
        stack_set: Which.
        environment: Its settings.
        package: Its templates, with absolute addresses.
        bucket: Where these are.
        templates: The same by file name, as they were built.
        remove: Whether the stacks stay of instances that go, because the settings no longer name them; None
            leaves these instances.
    """

    stack_set: StackSet
    environment: Environment
    package: Package
    bucket: str
    templates: Mapping[str, bytes]
    remove: bool | None = None

    @property
    def settings(self) -> Rollout:
        """The settings of the rollout."""
        return settings_of(self.environment)


def defined(order: Order) -> Definition:
    """Return what the StackSet is to be.

    Raises:
        UserError: a field of the launch form has no value.
    """
    return definition(
        order.stack_set,
        order.environment,
        order.settings,
        order.package,
        order.bucket,
        order.templates,
    )


def planned(order: Order) -> tuple[RolloutPlan, Definition]:
    """Return what a rollout would do, and what the StackSet is to be; nothing is changed.

    Raises:
        UserError: the settings do not go together.
        DeployError: AWS refuses to tell.
    """
    stack_set, settings = order.stack_set, order.settings
    ipam = Ipam.of(stack_set, settings.addresses)
    with explained():
        described = stack_set.described()
        wanted = defined(order)
        situation = Situation(
            stack_set=stack_set.name,
            region=stack_set.session.region,
            settings=settings,
            accounts=accounts_of(stack_set.session, settings),
            regions=regions_of(order.environment, settings),
            definition=wanted,
            described=described,
            instances=stack_set.instances() if described else {},
            allocated=ipam.allocations() if ipam else {},
        )
        found = plan(situation, remove=order.remove is not None)
        if ipam:
            ipam.check(dict.fromkeys(step.place.region for step in found.steps if step.awaits_range))
        return found, wanted


def roll_out(order: Order, watcher: RolloutWatcher, readers: Readers) -> RolloutOutcome:
    """Roll out: wait for what is under way, plan, have it agreed to, and do it to its end.

    Args:
        order: what, and where to.
        watcher: who looks on, and agrees.
        readers: who reads the events of what failed.

    Raises:
        UserError: the settings do not go together, or nobody agreed.
        LeftRunningError: Ctrl-C, and what is under way was to go on.
        DeployError: AWS refuses.
    """
    stack_set, settings = order.stack_set, order.settings
    await_others(stack_set, settings.after, watcher)
    join(stack_set, watcher)
    found, wanted = planned(order)
    watcher.review(found)
    with explained():
        told = {} if found.is_empty else _unless_stopped(order, found, wanted, watcher)
        return outcome_of(stack_set, settings, found, told, readers)


def join(stack_set: StackSet, watcher: RolloutWatcher) -> bool:
    """Follow the operations that somebody has begun to their end; say whether there were any."""
    with explained():
        if stack_set.described() is None:
            return False
        running = under_way(stack_set)
        if running:
            watcher.say(f"{stack_set.name} is being changed already; joining that")
            with minded(stack_set, watcher):
                Follower(stack_set, watcher).follow(running)
        return bool(running)


def _unless_stopped(
    order: Order, found: RolloutPlan, wanted: Definition, watcher: RolloutWatcher
) -> dict[Place, Result]:
    """Do what was planned; after Ctrl-C, stop it if that is wished, and tell how far it has come."""
    try:
        return _done(order, found, wanted, watcher)
    except KeyboardInterrupt:
        settle(order.stack_set, watcher)
        return {}


def _done(
    order: Order, found: RolloutPlan, wanted: Definition, watcher: RolloutWatcher
) -> dict[Place, Result]:
    """Do what was planned, and no further once too many have failed."""
    stack_set, settings = order.stack_set, order.settings
    told: dict[Place, Result] = {}
    if found.is_new:
        stack_set.ask("create_stack_set", **wanted.sent(order.package.url))
    elif found.changes and not _updated(order, wanted, watcher, told):
        return told
    rest = found.of("create", "update")
    if not found.is_new and found.changes:
        rest = tuple(step for step in rest if step.action == "create" or step.has_new_values)
    regions = regions_of(order.environment, settings)
    ipam = Ipam.of(stack_set, settings.addresses)
    if ipam:
        ipam.release(found.freed, watcher)
        rest = allotted(ipam, rest, _others(found, settings))
    runner = Runner(stack_set=stack_set, settings=settings, watcher=watcher)
    went_well = runner.run(jobs(rest, regions))
    told |= {each.place: each for each in runner.results}
    if went_well and order.remove is not None:
        told |= remove(stack_set, settings, found.of("remove"), watcher, retain=order.remove)
    return told


def _others(found: RolloutPlan, settings: Rollout) -> set[str]:
    """Return the ranges that are settled, of which IPAM may know nothing."""
    return {*settings.addresses.given.values(), *(step.vpc_cidr for step in found.steps if step.vpc_cidr)}


def _updated(order: Order, wanted: Definition, watcher: RolloutWatcher, told: dict[Place, Result]) -> bool:
    """Bring the StackSet and all its instances up to date; say whether that went well."""
    stack_set = order.stack_set
    follower = Follower(stack_set, watcher)
    there, wished = (
        {place.region for place in stack_set.summaries()},
        regions_of(order.environment, order.settings),
    )
    regions = [*(each for each in wished if each in there), *sorted(there - {*wished})]
    operation = begin_when_free(
        stack_set,
        watcher,
        "update_stack_set",
        **wanted.sent(order.package.url),
        **({"OperationPreferences": preferences(order.settings, regions)} if regions else {}),
    )
    ended = follower.follow([operation])
    told |= {each.place: each for each in results(stack_set, operation)}
    if ended[operation] == "SUCCEEDED":
        return True
    watcher.say("more instances failed than rollout.tolerance allows, so nothing else is begun")
    return False
