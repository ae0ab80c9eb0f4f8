"""The two roles of a service: what starts its tasks, and what its tasks may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from awacs import ecr as ecr_actions
from awacs import kms as kms_actions
from awacs import logs as logs_actions
from awacs import secretsmanager, ssm
from troposphere import GetAtt

from private_fargate.kit.policy import SESSION_ACTIONS, allow, arn, trust
from stacks.service.shape import secret_numbers

if TYPE_CHECKING:
    from awacs.aws import PolicyDocument, Statement
    from troposphere import logs

    from stacks.service.shape import Config, Inputs


EACH_SAYS_WHY: Final = "Each statement says what for"


def taken_by_tasks() -> PolicyDocument:
    """Return the trust of both roles: ECS takes them, for tasks of this account and Region alone."""
    return trust("ecs-tasks.amazonaws.com", arn("ecs", "*"))


def execution_statements(config: Config, inputs: Inputs, log: logs.LogGroup) -> list[Statement]:
    """Return what Fargate must do before the container runs, and not more.

    Source: Amazon ECS Developer Guide, "Amazon ECS task execution IAM role".
    """
    statements = [
        allow(
            "WriteItsLog",
            [logs_actions.CreateLogStream, logs_actions.PutLogEvents],
            [GetAtt(log, "Arn")],
        )
    ]
    if config.image != "registry":
        # The token opens no repository by itself, and the action has no resource level.
        statements.append(allow("LogInToTheRegistry", [ecr_actions.GetAuthorizationToken], ["*"]))
        statements.append(
            allow(
                "PullItsImage",
                [ecr_actions.BatchGetImage, ecr_actions.GetDownloadUrlForLayer],
                [inputs.repository_arn or inputs.image_repository_arn],
            )
        )
    numbers = secret_numbers((*config.parameters, *config.secrets))
    if config.parameters:
        found = [inputs.stored_arn[numbers[name]] for name in config.parameters]
        statements.append(allow("ReadItsParameters", [ssm.GetParameters], found))
    if config.secrets:
        found = [inputs.stored_arn[numbers[name]] for name in config.secrets]
        statements.append(allow("ReadItsSecrets", [secretsmanager.GetSecretValue], found))
    return statements


def task_statements(config: Config, inputs: Inputs) -> list[Statement]:
    """Return what the application may do: nothing, except to carry ECS Exec sessions.

    Source: Amazon ECS Developer Guide, "Monitor Amazon ECS containers with ECS Exec".
    """
    if not config.exec:
        return []
    return [
        allow("CarryExecSessions", SESSION_ACTIONS, ["*"]),
        allow("OpenExecSessions", [kms_actions.Decrypt], [inputs.key_arn]),
        allow("FindTheExecLog", [logs_actions.DescribeLogGroups], ["*"]),
        allow(
            "RecordExecSessions",
            [logs_actions.CreateLogStream, logs_actions.DescribeLogStreams, logs_actions.PutLogEvents],
            [inputs.exec_log_group_arn],
        ),
    ]
