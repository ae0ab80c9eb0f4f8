"""What the execution role has to be allowed for the logs of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.roles.faults import policies_of, told
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.tasks.containers import containers
from private_fargate.verify.tasks.demand import Call
from private_fargate.verify.templates.values import as_bool, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.tasks.roles import Role
    from private_fargate.verify.templates.resources import Resource

_STREAM_FAILS: Final = (
    "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
    "failed to create Cloudwatch log stream: AccessDeniedException"
)
_CREATE: Final = "logs:CreateLogGroup"
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
    for role, definition in _told_in_vain(model):
        message = (
            f"{role.resource.address} may not create the log group that {definition.address} has it create; "
            "this works as long as the group is there already"
        )
        yield Fault(role.resource, message, at=policies_of(role.resource), severity="warning")


def _told_in_vain(model: Model) -> Iterator[tuple[Role, Resource]]:
    """Give the roles that are to create log groups of the templates, and may not, with who says so."""
    told_before: set[int] = set()
    for definition in model.definitions:
        role = model.roles.role(definition.get("ExecutionRoleArn"))
        if role is None or id(role.resource) in told_before:
            continue
        for container in containers(definition):
            makes = as_bool(container.log_option("awslogs-create-group"))
            group = model.system.find(container.log_option("awslogs-group"), "Logs::LogGroup")
            if container.log_driver != "awslogs" or makes is not True or group is None:
                continue
            call = Call(_CREATE, (as_text(group.attribute("Arn")),))
            if model.roles.may(role.resource.attribute("Arn"), call, ()).holds is False:
                told_before.add(id(role.resource))
                yield role, definition
                break


RULES: Final[tuple[Rule, ...]] = (may_write_logs, may_write_to_streams, may_create_log_groups)
