"""A role and what it may do, added together; the policy is a resource of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from troposphere import Ref, Sub, iam

from private_fargate.kit.policy import policy

if TYPE_CHECKING:
    from awacs.aws import PolicyDocument, Statement

    from private_fargate.kit.scope import Scope


def add_role(
    scope: Scope, name: str, trust: PolicyDocument, statements: list[Statement], *, why: tuple[str, str]
) -> tuple[iam.Role, list[str]]:
    """Add the role `<name>Role`, and `<name>Policy` if it may do anything; the library says what bounds it.

    Args:
        scope: The stack that gets them.
        name: What both are called by.
        trust: Who may take the role.
        statements: What it may do; none makes no policy.
        why: Why there is the role, and why the policy says what it says.

    Returns:
        The role, and the logical IDs for which whoever uses it has to wait: a role is complete without its
        policy.
    """
    role = scope.add(
        iam.Role(f"{name}Role", AssumeRolePolicyDocument=trust, **_bound(scope.library.boundary)), why=why[0]
    )
    if not statements:
        return role, []
    title = f"{name}Policy"
    scope.add(iam.ManagedPolicy(title, Roles=[Ref(role)], PolicyDocument=policy(*statements)), why=why[1])
    return role, [title]


def _bound(boundary: str | None) -> dict[str, Any]:
    if boundary is None:
        return {}
    return {"PermissionsBoundary": Sub(f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:policy/{boundary}")}
