"""How a rollout ended: each instance, and why those that failed did."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from private_fargate.deploy.session import explained
from private_fargate.rollout.causes import causes
from private_fargate.rollout.definition import execution_role
from private_fargate.rollout.model import VPC_CIDR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.config.rollout import Rollout
    from private_fargate.rollout.causes import Readers
    from private_fargate.rollout.client import StackSet
    from private_fargate.rollout.model import Instance, Place
    from private_fargate.rollout.operations import Result
    from private_fargate.rollout.planning import RolloutPlan


@dataclass(frozen=True, kw_only=True)
class Row:
    """An instance at the end.

    Attributes:
        instance: As it is.
        vpc_cidr: The range of its network; empty if that is not told.
        cause: Why it is not as it is to be; empty if it is.
    """

    instance: Instance
    vpc_cidr: str = ""
    cause: str = ""


@dataclass(frozen=True, kw_only=True)
class RolloutOutcome:
    """How a rollout ended.

    Attributes:
        stack_set: Its name.
        changed: Whether anything was done.
        rows: The instances.
        missing: Where there is to be one, and none was begun.
    """

    stack_set: str
    changed: bool
    rows: tuple[Row, ...]
    missing: tuple[Place, ...] = ()

    @property
    def succeeded(self) -> bool:
        """Whether every target is as the settings say."""
        return not self.missing and not any(row.cause for row in self.rows)


def outcome_of(
    stack_set: StackSet,
    settings: Rollout,
    plan: RolloutPlan,
    told: Mapping[Place, Result],
    readers: Readers,
) -> RolloutOutcome:
    """Return how a rollout ended.

    Args:
        stack_set: what was rolled out.
        settings: of the rollout.
        plan: what was to be done.
        told: what the operations said.
        readers: who reads the events of what failed.
    """
    now = stack_set.instances()
    meant = [step for step in plan.steps if step.action != "unnamed"]
    failed = [
        now[step.place]
        for step in meant
        if step.place in now and (step.action == "remove" or not now[step.place].is_done)
    ]
    reasons = {place: each.reason for place, each in told.items() if each.status == "FAILED"}
    why = causes(failed, reasons, readers_of(stack_set, settings, readers))
    said = {step.place: step.vpc_cidr for step in plan.steps}
    return RolloutOutcome(
        stack_set=stack_set.name,
        changed=not plan.is_empty,
        rows=tuple(
            Row(
                instance=now[place],
                vpc_cidr=now[place].overrides.get(VPC_CIDR) or said.get(place, ""),
                cause=why.get(place, ""),
            )
            for place in dict.fromkeys([*(step.place for step in plan.steps if step.place in now), *now])
        ),
        missing=tuple(step.place for step in meant if step.place not in now and step.action != "remove"),
    )


def rows_of(stack_set: StackSet, readers: Readers) -> tuple[Row, ...]:
    """Return the instances of a StackSet as they are, and why those that failed did.

    Raises:
        NoStackSetError: it is not there.
    """
    with explained():
        shared = {
            each["ParameterKey"]: each["ParameterValue"] for each in stack_set.require().get("Parameters", [])
        }
        now = stack_set.instances()
    why = causes([each for each in now.values() if "FAILED" in each.detail], {}, readers)
    return tuple(
        Row(
            instance=each,
            vpc_cidr=each.overrides.get(VPC_CIDR, shared.get(VPC_CIDR, "")),
            cause=why.get(place, ""),
        )
        for place, each in sorted(now.items())
    )


def readers_of(stack_set: StackSet, settings: Rollout, readers: Readers) -> Readers:
    """Return who reads events: a role that was named, else the execution role if it is of our making."""
    if readers.role or settings.permissions == "service-managed":
        return readers
    return replace(readers, role=execution_role(stack_set.name, settings))
