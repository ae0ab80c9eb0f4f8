"""What is said of a stack beside its templates and parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from private_fargate.deploy.session import DeployError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.deploy.session import Client


@dataclass(frozen=True, kw_only=True)
class StackOptions:
    """Properties of the root stack; all that is left out is cleared, not kept.

    Attributes:
        tags: Of the root, and by inheritance of everything in it.
        topics: ARNs of the SNS topics that get its events.
        role: The ARN of the role that CloudFormation takes; empty for the caller's own rights.
        alarms: ARNs of the CloudWatch alarms that roll a deployment back.
        watched_minutes: How long the alarms are watched after the last resource, 0 to 180.
        express: Do not wait until resources are stable.
        is_protected: Whether the stack refuses to be deleted; None leaves that as it is.
        stack_policy: Whether updates may replace or delete what holds data; None leaves that as it is.
    """

    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    topics: tuple[str, ...] = ()
    role: str = ""
    alarms: tuple[str, ...] = ()
    watched_minutes: int = 0
    express: bool = False
    is_protected: bool | None = None
    stack_policy: Literal["none", "protect-data"] | None = None

    def arguments(self, client: Client) -> dict[str, Any]:
        """Return them as CreateChangeSet takes them.

        Raises:
            DeployError: the installed client library does not know express mode.
        """
        watched = self.watched_minutes if self.alarms else 0
        triggers = [{"Arn": arn, "Type": "AWS::CloudWatch::Alarm"} for arn in self.alarms]
        return {
            "Tags": [{"Key": key, "Value": value} for key, value in sorted(self.tags.items())],
            "NotificationARNs": list(self.topics),
            "RollbackConfiguration": {"RollbackTriggers": triggers, "MonitoringTimeInMinutes": watched},
            **({"RoleARN": self.role} if self.role else {}),
            **({"DeploymentConfig": {"Mode": "EXPRESS"}} if self._may_express(client) else {}),
        }

    def _may_express(self, client: Client) -> bool:
        if self.express and not takes(client, "CreateChangeSet", "DeploymentConfig"):
            message = (
                "deployment.mode: the installed boto3 does not know express; write standard, or update it"
            )
            raise DeployError(message)
        return self.express


def takes(client: Client, operation: str, member: str) -> bool:
    """Say whether the installed client library knows an argument of an operation."""
    model: Any = client.meta
    return member in model.service_model.operation_model(operation).input_shape.members
