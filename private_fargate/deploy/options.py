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
        revert_drift: Bring back what was changed by hand, too.  AWS does that in the root only, and cannot
            look into nested stacks at the same time.
        is_protected: Whether the stack refuses to be deleted; None leaves that as it is.
        stack_policy: Whether updates may replace or delete what holds data; None leaves that as it is.
        names_roles: Whether the templates may give roles and policies names: a catalog's has to.
    """

    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    topics: tuple[str, ...] = ()
    role: str = ""
    alarms: tuple[str, ...] = ()
    watched_minutes: int = 0
    express: bool = False
    revert_drift: bool = False
    is_protected: bool | None = None
    stack_policy: Literal["none", "protect-data"] | None = None
    names_roles: bool = False

    def arguments(self, client: Client) -> dict[str, Any]:
        """Return them as CreateChangeSet takes them.

        Raises:
            DeployError: the installed client library does not know the mode.
        """
        watched = self.watched_minutes if self.alarms else 0
        triggers = [{"Arn": arn, "Type": "AWS::CloudWatch::Alarm"} for arn in self.alarms]
        return {
            "Tags": [{"Key": key, "Value": value} for key, value in sorted(self.tags.items())],
            "NotificationARNs": list(self.topics),
            "RollbackConfiguration": {"RollbackTriggers": triggers, "MonitoringTimeInMinutes": watched},
            **({"RoleARN": self.role} if self.role else {}),
            **({"Capabilities": ["CAPABILITY_NAMED_IAM"]} if self.names_roles else {}),
            **self._mode(client),
        }

    def _mode(self, client: Client) -> dict[str, Any]:
        """Return the mode, and whether AWS looks into nested stacks."""
        if self.express and not takes(client, "CreateChangeSet", "DeploymentConfig"):
            message = "deployment.mode: the installed boto3 does not know express; write standard"
            raise DeployError(message)
        if self.revert_drift and not takes(client, "CreateChangeSet", "DeploymentMode"):
            message = "--revert-drift: the installed boto3 does not know it; update boto3"
            raise DeployError(message)
        return {
            "IncludeNestedStacks": not self.revert_drift,
            **({"DeploymentConfig": {"Mode": "EXPRESS"}} if self.express else {}),
            **({"DeploymentMode": "REVERT_DRIFT"} if self.revert_drift else {}),
        }


def takes(client: Client, operation: str, *path: str) -> bool:
    """Say whether the installed client library knows an argument of an operation, or what is inside of it."""
    model: Any = client.meta
    shape = model.service_model.operation_model(operation).input_shape
    for member in path:
        if member not in shape.members:
            return False
        shape = shape.members[member]
    return True
