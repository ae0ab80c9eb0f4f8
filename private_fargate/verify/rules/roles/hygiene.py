"""Roles that may do more than they need, and names of policies that are not those of the partition."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.roles.faults import policies_of
from private_fargate.verify.rules.roles.trust import roles_of_tasks
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.templates.values import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.iam import Statement
    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.templates.symbols import Value

_MANAGED: Final = re.compile(r"arn:(aws[a-z-]*):iam::aws:policy/.+")


@rule(
    "IAM-021",
    "info",
    "The role of a task may not do everything",
    symptom="none: whoever gets into the container has the account",
    fix="Name the actions that the application calls, and the resources that it calls them on.",
    source="AmazonECS/latest/developerguide/security-iam-roles.html",
)
def roles_are_limited(model: Model) -> Iterator[Fault]:
    """It works at once, and so nobody comes back to it."""
    for role in roles_of_tasks(model):
        if role.boundary is not None:
            continue
        for attached in role.attached:
            if any(_is_everything(statement) for statement in attached.policy.statements):
                own = attached.by is role.resource
                by = f", by {attached.policy.name}" if attached.arn or not own else ""
                where = policies_of(role.resource) if own else ()
                yield Fault(attached.by, f"{role.resource.address} may do everything{by}", at=where)
                break


def _is_everything(statement: Statement) -> bool:
    """Say whether a statement allows all actions on all resources."""
    resources = statement.resources
    return (
        statement.effect == "Allow"
        and not statement.conditions
        and not statement.actions.negated
        and bool({"*", "*:*"} & set(statement.actions.texts))
        and resources is not None
        and not resources.negated
        and "*" in resources.texts
    )


@rule(
    "IAM-024",
    "error",
    "The managed policies of a role are those of the partition that it is in",
    symptom="ARN arn:aws:iam::aws:policy/… is not valid.",
    fix="Write !Sub arn:${AWS::Partition}:iam::aws:policy/…, which is right everywhere.",
    source="IAM/latest/UserGuide/reference-arns.html",
)
def managed_policies_are_of_the_partition(model: Model) -> Iterator[Fault]:
    """Each partition has policies of the same names and with ARNs of its own."""
    world = model.system.world
    if world.region is None and world.partition == "aws":
        return  # nobody said so: it is only likely
    for role in model.system.of("IAM::Role"):
        named: list[tuple[tuple[str | int, ...], Value]] = [
            (("ManagedPolicyArns", index), arn)
            for index, arn in enumerate(role.items("ManagedPolicyArns").values)
        ]
        named.append((("PermissionsBoundary",), role.get("PermissionsBoundary") or ""))
        for at, arn in named:
            match = _MANAGED.fullmatch(as_text(arn))
            if match and match[1] != world.partition:
                yield Fault(role, f"{match[0]} is not in the partition {world.partition}", at=at)


RULES: Final[tuple[Rule, ...]] = (roles_are_limited, managed_policies_are_of_the_partition)
