"""All changes of access and of protection between two trees of templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.plan.pairs import ANYWHERE
from private_fargate.plan.security.doors import door_changes
from private_fargate.plan.security.identities import identity_changes
from private_fargate.plan.security.networks import network_changes
from private_fargate.plan.security.protections import protection_changes
from private_fargate.plan.security.resource_policies import resource_policy_changes
from private_fargate.plan.security.sides import worlds_of
from private_fargate.plan.security.wording import Teller

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.plan.model import SecurityChange
    from private_fargate.plan.security.sides import Sides
    from private_fargate.plan.trees import StackTemplate
    from private_fargate.verify.templates.places import Place

_RANK: Final = {"widened": 0, "changed": 1, "narrowed": 2}

_NAMED: Final = ("AWS::IAM::", "AWS::EC2::SecurityGroup", "AWS::KMS::", "AWS::SSO::")
"""Types that others name: a new logical ID is a new ARN, which policies elsewhere may not know."""


def security_changes(
    old: StackTemplate | None, new: StackTemplate | None, place: Place = ANYWHERE
) -> tuple[SecurityChange, ...]:
    """Return who may do what afterwards and could not before, and the reverse; what is widened comes first.

    A choice that the templates leave open is looked at each way; what widens in any of them is widened.

    Args:
        old: what is deployed; None if nothing is.
        new: what would be; None if nothing is to be left.
        place: where, as far as that is known.

    Raises:
        TemplateError: one of the templates is none.
    """
    found: dict[tuple[str, str, str, str], SecurityChange] = {}
    for sides in worlds_of(old, new, place):
        for change in _changes(sides):
            key = (change.resource, change.subject, change.direction, change.message)
            found.setdefault(key, change)
    return tuple(
        sorted(
            found.values(),
            key=lambda change: (_RANK[change.direction], change.resource, change.subject, change.message),
        )
    )


def _changes(sides: Sides) -> Iterator[SecurityChange]:
    yield from identity_changes(sides)
    yield from resource_policy_changes(sides)
    yield from network_changes(sides)
    yield from protection_changes(sides)
    yield from door_changes(sides)
    yield from _renamed(sides)


def _renamed(sides: Sides) -> Iterator[SecurityChange]:
    for pair in sides.pairs:
        if pair.is_renamed and pair.before and pair.item.type.startswith(_NAMED):
            message = f"is what {pair.before.address} was, under another logical ID: a new one is made"
            yield Teller(sides, pair.item).change(
                "name", "changed", message, str(pair.before.address), str(pair.item.address)
            )
