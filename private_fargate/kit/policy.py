"""IAM policy documents: always with a version, every statement named, in every partition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from awacs import ssmmessages
from awacs.aws import (
    Action,
    Allow,
    ArnLike,
    Condition,
    Deny,
    PolicyDocument,
    Principal,
    Statement,
    StringEquals,
)
from awacs.sts import AssumeRole
from troposphere import AccountId, Sub

if TYPE_CHECKING:
    from collections.abc import Sequence

    from awacs.aws import ConditionElement


def arn(service: str, resource: str, **values: Any) -> Sub:
    """Return an ARN of this account, Region and partition.

    Args:
        service: the ARN's service, such as `ecs`.
        resource: the rest of the ARN; may hold `${Name}` of `values`.
        values: what the names in `resource` stand for.
    """
    prefix = f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:"
    return Sub(prefix + resource, **values)


def policy(*statements: Statement) -> PolicyDocument:
    """Return a policy document of these statements."""
    return PolicyDocument(Version="2012-10-17", Statement=list(statements))


def allow(
    sid: str,
    actions: Sequence[Action],
    resources: Sequence[object],
    *,
    principal: Principal | None = None,
    conditions: Sequence[ConditionElement] = (),
) -> Statement:
    """Return a statement that allows; its Sid says what for."""
    return _statement(Allow, sid, actions, resources, principal, conditions)


def deny(
    sid: str,
    actions: Sequence[Action],
    resources: Sequence[object],
    *,
    principal: Principal | None = None,
    conditions: Sequence[ConditionElement] = (),
) -> Statement:
    """Return a statement that denies; its Sid says what for."""
    return _statement(Deny, sid, actions, resources, principal, conditions)


def _statement(  # noqa: PLR0913, PLR0917  # a statement has this many elements
    effect: str,
    sid: str,
    actions: Sequence[Action],
    resources: Sequence[object],
    principal: Principal | None,
    conditions: Sequence[ConditionElement],
) -> Statement:
    optional: dict[str, object] = {}
    if principal is not None:
        optional["Principal"] = principal
    if conditions:
        optional["Condition"] = Condition(list(conditions))
    return Statement(Sid=sid, Effect=effect, Action=list(actions), Resource=list(resources), **optional)


def trust(service: str | Sub, source: Sub | None = None) -> PolicyDocument:
    """Return a trust policy for an AWS service, acting for resources of this account only.

    Args:
        service: the service principal, such as `ecs-tasks.amazonaws.com`; the same in all
            partitions, except for EC2, whose name ends in the suffix of the partition.
        source: ARN pattern of the resources for which the service may act; None where the
            service sends no source, as EC2 does for an instance profile.
    """
    statement = Statement(
        Sid="AssumedForThisAccountOnly" if source else "AssumedByTheService",
        Effect=Allow,
        Principal=Principal("Service", service),
        Action=[AssumeRole],
    )
    if source is not None:
        statement.Condition = Condition(
            [StringEquals({"aws:SourceAccount": AccountId}), ArnLike({"aws:SourceArn": source})]
        )
    return policy(statement)


OWN_ACCOUNT = StringEquals({"aws:PrincipalAccount": AccountId})
"""Credentials of another account cannot carry data out through our endpoints."""

SESSION_ACTIONS = [
    ssmmessages.CreateControlChannel,
    ssmmessages.CreateDataChannel,
    ssmmessages.OpenControlChannel,
    ssmmessages.OpenDataChannel,
]
"""What the Systems Manager agent calls to carry a session; none has a resource level."""
