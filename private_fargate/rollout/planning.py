"""The plan of a rollout: what becomes of each instance, known before anything is done."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from private_fargate.rollout.addresses import ranges, source
from private_fargate.rollout.ipam import living
from private_fargate.rollout.model import VPC_CIDR, Step
from private_fargate.rollout.targets import places_of, targets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from private_fargate.config.rollout import Rollout
    from private_fargate.rollout.definition import Definition
    from private_fargate.rollout.ipam import Allocation
    from private_fargate.rollout.model import Action, Instance, Place, Target

_STUCK: Final = "INOPERABLE"


@dataclass(frozen=True, kw_only=True)
class RolloutPlan:
    """What a rollout would do.

    Attributes:
        stack_set: Its name.
        region: Of the StackSet, not of its instances.
        is_new: Whether the StackSet is made.
        changes: What of the StackSet changes, in words.
        steps: What becomes of each instance, in the order of accounts and Regions.
        notes: What is worth knowing and forbids nothing.
        freed: Ranges that go back to IPAM, because no network has them any more.
    """

    stack_set: str
    region: str
    is_new: bool
    changes: tuple[str, ...]
    steps: tuple[Step, ...]
    notes: tuple[str, ...] = field(default=())
    freed: tuple[tuple[Place, str], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.changes and not self.freed and not any(self.of("create", "update", "remove"))

    def of(self, *actions: Action) -> tuple[Step, ...]:
        """Return the steps that do one of these."""
        return tuple(step for step in self.steps if step.action in actions)


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What a plan follows from.

    Attributes:
        stack_set: Its name.
        region: In which it is.
        settings: Of the rollout.
        accounts: The targets.
        regions: The targets, in their order.
        definition: What the StackSet is to be.
        described: What AWS says of it; None if it is not there.
        instances: As they are.
        allocated: What IPAM has allocated for networks of the StackSet, by place.
    """

    stack_set: str
    region: str
    settings: Rollout
    accounts: Sequence[str]
    regions: Sequence[str]
    definition: Definition
    described: Mapping[str, Any] | None
    instances: Mapping[Place, Instance]
    allocated: Mapping[Place, Sequence[Allocation]] = field(
        default_factory=dict["Place", "Sequence[Allocation]"]
    )


def plan(given: Situation, *, remove: bool = False) -> RolloutPlan:
    """Return what a rollout would do.

    Args:
        given: what it follows from.
        remove: whether the instances go that the settings no longer name.

    Raises:
        UserError: values or ranges do not go together.
    """
    places = places_of(given.accounts, given.regions)
    shared = given.definition.parameters.get(VPC_CIDR, "")
    held = {
        place: cidr
        for place, each in given.instances.items()
        if (cidr := each.overrides.get(VPC_CIDR, shared))
    }
    promised = _promised(given.allocated, places, held)
    dealt = ranges(given.settings.addresses, places, held, promised)
    wanted = targets(given.settings, places, dealt)
    changes = given.definition.differences(given.described)
    left = [each for place, each in given.instances.items() if place not in places]

    def step(target: Target) -> Step:
        found = _step(target, given.instances.get(target.place), changes)
        origin = source(given.settings.addresses, target.place, held, promised)
        waits = given.settings.addresses.ipam_pool is not None and target.place not in dealt
        cidr = "" if waits else target.overrides.get(VPC_CIDR, shared)
        return replace(found, vpc_cidr=cidr, source=origin if cidr or waits else "", awaits_range=waits)

    return RolloutPlan(
        stack_set=given.stack_set,
        region=given.region,
        is_new=given.described is None,
        changes=changes,
        steps=(*map(step, wanted), *(_left(each, held.get(each.place, ""), remove=remove) for each in left)),
        notes=_notes(given.settings, dealt, places, shared),
        freed=_freed(given.allocated, promised, held),
    )


def _promised(
    allocated: Mapping[Place, Sequence[Allocation]], places: Sequence[Place], held: Mapping[Place, str]
) -> dict[Place, str]:
    """Return the ranges that are allocated for places in which no instance is yet."""
    return {
        place: found[0].cidr
        for place in places
        if place not in held and (found := living(allocated.get(place, ())))
    }


def _freed(
    allocated: Mapping[Place, Sequence[Allocation]], promised: Mapping[Place, str], held: Mapping[Place, str]
) -> tuple[tuple[Place, str], ...]:
    """Return the allocations that no instance has or is to have: what a client did not give back."""
    return tuple(
        (place, each.cidr)
        for place, some in sorted(allocated.items())
        for each in living(some)
        if each.cidr not in {held.get(place), promised.get(place)}
    )


def _step(target: Target, found: Instance | None, differences: Sequence[str]) -> Step:
    action, why = _action(target, found, differences)
    return Step(
        place=target.place,
        action=action,
        why=why,
        overrides=target.overrides,
        unit=found.unit if found else "",
        has_new_values=found is not None and dict(found.overrides) != dict(target.overrides),
    )


def _action(target: Target, found: Instance | None, differences: Sequence[str]) -> tuple[Action, str]:
    if found is None:
        return "create", "is not there"
    if found.status != _STUCK and dict(found.overrides) != dict(target.overrides):
        names = {*found.overrides, *target.overrides}
        other = sorted(n for n in names if found.overrides.get(n) != target.overrides.get(n))
        return "update", f"values: {', '.join(other)}"
    if found.status == _STUCK:
        return (
            "unchanged",
            "is INOPERABLE: its deletion failed; see to its stack, and take it out with --remove retain",
        )
    if not found.is_done:
        return "update", f"is {found.status}" + (f", {found.detail}" if found.detail else "")
    if differences:
        return "update", "; ".join(differences)
    return "unchanged", ""


def _left(instance: Instance, cidr: str, *, remove: bool) -> Step:
    return Step(
        place=instance.place,
        action="remove" if remove else "unnamed",
        why="the settings no longer name it",
        overrides=instance.overrides,
        unit=instance.unit,
        vpc_cidr=cidr,
        source="as it is" if cidr else "",
    )


def _notes(
    settings: Rollout, dealt: Mapping[Place, str], places: Sequence[Place], shared: str
) -> tuple[str, ...]:
    found: list[str] = []
    if not dealt and settings.addresses.ipam_pool is None and shared and len(places) > 1:
        found.append(
            f"all networks have the same range, {shared}, and can never be joined; "
            "`rollout.addresses` deals each its own"
        )
    if (
        settings.concurrency_mode == "strict"
        and isinstance(settings.concurrency, int)
        and isinstance(settings.tolerance, int)
        and settings.concurrency > settings.tolerance + 1
    ):
        found.append(
            f"strict: with a tolerance of {settings.tolerance} the work goes on in "
            f"{settings.tolerance + 1} accounts at once, not in {settings.concurrency}"
        )
    return tuple(found)
