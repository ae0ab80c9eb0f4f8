"""What the execution role has to be allowed for the logs of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.roles.faults import told
from private_fargate.verify.rules.rule import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Fault, Rule

_STREAM_FAILS: Final = (
    "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
    "failed to create Cloudwatch log stream: AccessDeniedException"
)
_AWSLOGS: Final = "AmazonECS/latest/developerguide/using_awslogs.html"


@rule(
    "IAM-009",
    "error",
    "The execution role may write to the log groups of its tasks",
    symptom=_STREAM_FAILS,
    fix="Allow logs:CreateLogStream and logs:PutLogEvents on the GetAtt Arn of the AWS::Logs::LogGroup.",
    source=_AWSLOGS,
)
def may_write_logs(model: Model) -> Iterator[Fault]:
    """The log driver opens its stream before the container starts, and the task stops if it cannot."""
    yield from told(model, "log")


@rule(
    "IAM-010",
    "error",
    "A permission for a log group includes the streams in it",
    symptom=_STREAM_FAILS,
    fix="End the ARN in :*, or take the GetAtt Arn of the AWS::Logs::LogGroup, which does.",
    source="AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html",
)
def may_write_to_streams(model: Model) -> Iterator[Fault]:
    """An ARN put together by hand names the group, and the calls are about the streams below it."""
    yield from told(model, "log without its streams")


@rule(
    "IAM-019",
    "error",
    "The execution role may create the log groups that it is told to create",
    symptom="ResourceInitializationError: failed to validate logger args: create stream has been retried 1 "
    "times: failed to create Cloudwatch log group: AccessDeniedException: User is not authorized to perform: "
    "logs:CreateLogGroup",
    fix="Declare the AWS::Logs::LogGroup and refer to it, or allow logs:CreateLogGroup on it.",
    source=f"{_AWSLOGS}: the managed policy of the execution role has no logs:CreateLogGroup",
)
def may_create_log_groups(model: Model) -> Iterator[Fault]:
    """awslogs-create-group is an option of the task definition; the right to do so is in another resource."""
    yield from told(model, "log group")


RULES: Final[tuple[Rule, ...]] = (may_write_logs, may_write_to_streams, may_create_log_groups)
