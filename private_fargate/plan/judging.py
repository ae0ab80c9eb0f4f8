"""What a plan means beyond its changes: what it opens, costs and breaks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from private_fargate.plan.cost import cost_change
from private_fargate.plan.problems import new_problems
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

    Raises:
        TemplateError: what would be deployed is no system of templates.
    """
    from private_fargate.plan.security import security_changes  # noqa: PLC0415 -- many rules, for plans alone

    old, new = planned.old, planned.new
    place = Place(planned.plan.region or None, planned.plan.account or None)
    return replace(
        planned.plan,
        security=security_changes(old, new),
        cost=cost_change(old, new, place),
        problems=new_problems(old, new, place),
    )
