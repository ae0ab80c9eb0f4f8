"""What rules say of the calls that a role is refused: one fault for each role and cause."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from private_fargate.verify.rules.paths import listed
from private_fargate.verify.rules.roles.refused_calls import refusals
from private_fargate.verify.rules.rule import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.findings import Severity
    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.roles.refused_calls import Cause, Refusal
    from private_fargate.verify.templates.resources import Resource


def told(model: Model, *causes: Cause, ending: str = "", severity: Severity | None = None) -> Iterator[Fault]:
    """Make one fault of each role of all that it is refused for some causes.

    Args:
        model: Where to look.
        causes: Which refusals.
        ending: What to add to the sentence.
        severity: How bad it is, where that differs from the rule's own.
    """
    for group in gathered(model, *causes):
        yield fault(model, group, ending, severity)


def gathered(model: Model, *causes: Cause) -> list[list[Refusal]]:
    """Gather what each role is refused for some causes."""
    found: dict[tuple[int, int], list[Refusal]] = defaultdict(list)
    for refusal in refusals(model):
        if refusal.cause in causes:
            found[id(refusal.role.resource), id(refusal.place)].append(refusal)
    return list(found.values())


def fault(model: Model, group: list[Refusal], ending: str = "", severity: Severity | None = None) -> Fault:
    """Make one fault of what one role is refused."""
    role, place = group[0].role.resource, group[0].place
    actions = listed(refusal.call.action for refusal in group)
    names = dict.fromkeys(refusal.path.workload.name for refusal in group)
    needed = f"{listed(names)} {'needs' if len(names) == 1 else 'need'}"
    why = model.system.show(group[0].check.why)
    message = f"{role.address} is refused {actions}, which {needed}: {why}{ending}"
    broken = tuple(dict.fromkeys(refusal.path.name for refusal in group))
    return Fault(place, message, at=policies_of(place), breaks=broken, severity=severity)


def policies_of(resource: Resource) -> tuple[str, ...]:
    """Give where in a role, or in a key, its policies are written."""
    names = ("Policies", "ManagedPolicyArns", "KeyPolicy")
    return next(((name,) for name in names if resource.get(name)), ())
