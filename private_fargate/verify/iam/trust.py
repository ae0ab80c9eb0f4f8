"""Whether a service of AWS may take a role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.verify.iam.evaluation import Decision, resource_policy
from private_fargate.verify.iam.patterns import TASK
from private_fargate.verify.iam.requests import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.verify.iam.statements import Policy


def task_arn(partition: str, region: str, account: str) -> str:
    """Give the `aws:SourceArn` with which ECS takes the role of a task.

    Nothing after the account can be relied on, so that it ends in one character of its own: `*` covers it,
    a cluster, a service or a task definition never does, and for `task/*` it cannot be told.

    Source: Amazon ECS Developer Guide, "Amazon ECS task IAM role": "Using the aws:SourceArn condition key
    to specify a specific cluster is not currently supported".
    """
    return f"arn:{partition}:ecs:{region}:{account}:{TASK}"


def may_assume(policy: Policy, service: str, context: Mapping[str, tuple[str, ...]]) -> Decision:
    """Decide by the trust policy of a role whether a service may take it.

    Args:
        policy: The role's `AssumeRolePolicyDocument`.
        service: The service's principal, as `ecs-tasks.amazonaws.com`.
        context: What the service says of the request: for a task `aws:SourceAccount`, and `aws:SourceArn`
            from `task_arn`.  A service that says nothing of the kind has them without a value.
    """
    asked = Request(action="sts:AssumeRole", resource="", service_principal=service, context=context)
    return resource_policy(policy, asked)
