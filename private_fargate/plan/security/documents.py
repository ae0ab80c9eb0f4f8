"""What a difference between two policies means for whoever reads a plan, by the sort of policy it is.

A policy that grants is about what it allows.  The policy of a resource also holds back what policies of
roles allow, so that to deny less there is to allow more.  A policy that limits, such as the one of a VPC
endpoint, allows everything if it is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from private_fargate.plan.security.inclusion import Difference, allowed, denied, difference
from private_fargate.plan.security.wording import differing, reasons_in_words, rules_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.plan.model import SecurityChange
    from private_fargate.plan.security.rules import Rules
    from private_fargate.plan.security.wording import Teller


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two policies at one place.

    Attributes:
        teller: Makes the changes of the resource.
        subject: As `trust`.
        before: What it says now.
        after: What it would say.
    """

    teller: Teller
    subject: str
    before: Rules
    after: Rules

    def make(self, direction: Literal["widened", "narrowed", "changed"], message: str) -> SecurityChange:
        """Make a change with the statements that differ."""
        old, new = differing(self.before, self.after)
        return self.teller.change(self.subject, direction, message, old, new)


def granting(comparison: Comparison) -> Iterator[SecurityChange]:
    """Yield what changes by a policy that grants: of a role, or who may take one."""
    found = difference(comparison.before, comparison.after)
    yield from _told(comparison, found)
    if found:
        return
    # What none of these policies allows may be allowed by the policy of a resource.
    denials = difference(denied(comparison.before), denied(comparison.after))
    if denials.gained:
        what = reasons_in_words(denials.gained)
        yield comparison.make("changed", f"newly denies {what}, which no policy compared here allows")
    if denials.lost:
        what = reasons_in_words(denials.lost)
        yield comparison.make("changed", f"no longer denies {what}, which no policy compared here allows")


def of_resource(comparison: Comparison, *, is_gone: bool = False) -> Iterator[SecurityChange]:
    """Yield what changes by the policy of a resource, which also limits what others allow.

    Args:
        comparison: The two policies.
        is_gone: Whether the resource goes with the policy, so that there is nothing left to protect.
    """
    found = difference(allowed(comparison.before), allowed(comparison.after))
    denials = difference(denied(comparison.before), denied(comparison.after))
    whole = difference(comparison.before, comparison.after)
    if not is_gone and denials.lost:
        what = reasons_in_words(denials.lost)
        yield comparison.make("widened", f"no longer denies {what}")
    if denials.gained:
        yield comparison.make("narrowed", f"newly denies {reasons_in_words(denials.gained)}")
    if denials.unsure and not denials.lost:
        yield comparison.make("changed", "denies something else; what, cannot be told before the deployment")
    if found:
        yield from _told(comparison, whole)


def limiting(comparison: Comparison) -> Iterator[SecurityChange]:
    """Yield what changes by a policy that limits: only what passes it can be allowed by others."""
    yield from _told(comparison, difference(comparison.before, comparison.after), verb="lets pass")


def _told(comparison: Comparison, found: Difference, verb: str = "allows") -> Iterator[SecurityChange]:
    if found.gained:
        yield comparison.make("widened", _gained(found, verb))
    if found.lost:
        yield comparison.make("narrowed", f"no longer {verb} {reasons_in_words(found.lost)}")
    if found.unsure:
        yield comparison.make(
            "changed",
            "says something else; whether that is more or less cannot be told before the deployment",
        )


def _gained(found: Difference, verb: str) -> str:
    lifted = [reason for reason in found.gained if not reason.rule.allows]
    given = [reason for reason in found.gained if reason.rule.allows]
    parts = [f"newly {verb} {reasons_in_words(given)}"] if given else []
    parts += [f"no longer denies {reasons_in_words(lifted)}"] if lifted else []
    return "; ".join(parts)


def summary(rules: Rules) -> str:
    """Say what a set of rules allows, in a few words."""
    told = rules_in_words(allowed(rules).rules)
    if rules.unread:
        told = "; ".join(filter(None, [told, "what cannot be told before the deployment"]))
    return told or "nothing"
