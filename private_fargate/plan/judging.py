"""What a plan means beyond its changes: what it opens, costs and breaks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from private_fargate.plan.cost import cost_change
from private_fargate.plan.problems import new_problems
from private_fargate.plan.trees import TemplateError
from private_fargate.verify.templates.places import Place

if TYPE_CHECKING:
    from private_fargate.plan.model import Plan
    from private_fargate.plan.trees import StackTemplate


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A plan, and the two systems of templates between which it leads.

    Attributes:
        plan: What would be done.
        old: What is deployed; None if nothing is.
        new: What would be.
    """

    plan: Plan
    old: StackTemplate | None
    new: StackTemplate


def judged(planned: Planned) -> Plan:
    """Return the plan with its security changes, its cost and what the verifier finds anew.

    Where templates of others cannot be read, a note says so, and there is no cost.
    """
    from private_fargate.plan.security import security_changes  # noqa: PLC0415 -- many rules, for plans alone

    old, new = planned.old, planned.new
    plan = planned.plan
    place = Place(plan.region or None, plan.account or None)
    try:
        return replace(
            plan,
            security=security_changes(old, new),
            cost=cost_change(old, new, place),
            problems=new_problems(old, new, place),
        )
    except TemplateError as error:
        note = f"{error}: what this opens, costs and breaks cannot be told"
        return replace(plan, notes=(*plan.notes, note))
