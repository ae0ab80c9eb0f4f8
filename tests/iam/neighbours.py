"""What lies right beside the work of the agents: all of it is refused."""

from __future__ import annotations

from scene import (
    FOR_ALL,
    KEY,
    OURS,
    REGISTRY,
    REPOSITORY,
    SYSTEM,
    THEIRS,
    arn,
    assumption,
    by_anyone,
    by_role,
    log_stream,
    with_key,
)
from work import CHANNELS, FOREIGN_IMAGE

A_SECRET, A_PARAMETER = arn("secretsmanager", "secret:prod/db-a1B2c3"), arn("ssm", "parameter/prod/token")
A_TASK = arn("ecs", "task/system/0123")
PULL = "ecr:BatchGetImage GetDownloadUrlForLayer"

BY_EXECUTION_ROLES = [
    *by_role("WebExecutionRole", PULL, arn("ecr", "repository/another"), "ecr.api"),
    *by_role("WebExecutionRole", PULL, FOREIGN_IMAGE, "ecr.api", owner=REGISTRY, resource_policy=FOR_ALL),
    *by_role("ApiExecutionRole", PULL, SYSTEM.arn(REPOSITORY), "ecr.api"),
    *by_role("WebExecutionRole", "ecr:PutImage InitiateLayerUpload DeleteRepository", SYSTEM.arn(REPOSITORY)),
    *by_role(
        "WebExecutionRole", "secretsmanager:GetSecretValue", arn("secretsmanager", "secret:prod/db2-a1B2c3")
    ),
    *by_role("WebExecutionRole", "secretsmanager:PutSecretValue DeleteSecret", A_SECRET),
    *by_role("ApiExecutionRole", "secretsmanager:GetSecretValue", A_SECRET),
    *by_role("WebExecutionRole", "ssm:GetParameters", arn("ssm", "parameter/prod/token2"), "ssm"),
    *by_role("WebExecutionRole", "ssm:PutParameter GetParametersByPath", A_PARAMETER),
    *by_role("ApiExecutionRole", "ssm:GetParameters", A_PARAMETER, "ssm"),
    *by_role("WebExecutionRole", "logs:PutLogEvents", log_stream("ApiLogGroup"), "logs"),
    *by_role("WebExecutionRole", "logs:DeleteLogStream", log_stream("WebLogGroup")),
    *by_role(
        "WebExecutionRole", "logs:DeleteLogGroup PutRetentionPolicy", arn("logs", "log-group:WebLogGroup")
    ),
    *by_role("WebExecutionRole", "iam:PassRole", SYSTEM.arn("WebTaskRole")),
    *by_role("WebExecutionRole", "kms:Decrypt", SYSTEM.arn(KEY), resource_policy=SYSTEM.key_policy(KEY)),
]

BY_TASK_ROLES = [
    *by_role("WebTaskRole", "ecr:GetAuthorizationToken", "*", "ecr.api"),
    *by_role("WebTaskRole", PULL, SYSTEM.arn(REPOSITORY), "ecr.api"),
    *by_role("WebTaskRole", "secretsmanager:GetSecretValue", A_SECRET, "secretsmanager"),
    *by_role("WebTaskRole", "ssm:GetParameters", A_PARAMETER, "ssm"),
    *by_role("WebTaskRole", "kms:Decrypt", arn("kms", "key/another"), "kms"),
    *by_role(
        "WebTaskRole",
        "kms:CreateGrant Encrypt ScheduleKeyDeletion",
        SYSTEM.arn(KEY),
        resource_policy=SYSTEM.key_policy(KEY),
    ),
    *by_role("WebTaskRole", "logs:PutLogEvents", log_stream("WebLogGroup"), "logs"),
    *by_role("WebTaskRole", "logs:DeleteLogStream", log_stream("FoundationExecLogGroup")),
    *by_role("WebTaskRole", "iam:PassRole", SYSTEM.arn("WebExecutionRole")),
    *by_role("ApiTaskRole", CHANNELS, "*", "ssmmessages"),
    *by_role("ApiTaskRole", "logs:DescribeLogGroups", "*", "logs"),
]

BY_THE_JUMP_HOST = [
    *by_role("JumpHostProfileJumpHostRole", "ssm:GetParameters", A_PARAMETER, "ssm"),
    *by_role(
        "JumpHostProfileJumpHostRole",
        "ssm:SendCommand StartSession",
        arn("ec2", "instance/i-0123456789abcdef0"),
    ),
    *by_role("JumpHostProfileJumpHostRole", "ecs:ExecuteCommand", A_TASK),
    *by_role("JumpHostProfileJumpHostRole", "secretsmanager:GetSecretValue", A_SECRET, "secretsmanager"),
    *by_role("JumpHostProfileJumpHostRole", "iam:PassRole", SYSTEM.arn("WebTaskRole")),
]

BY_FLOW_LOGS = [
    *by_role("FlowLogsFlowLogRole", "logs:PutLogEvents", log_stream("WebLogGroup")),
    *by_role("FlowLogsFlowLogRole", "logs:DeleteLogStream", log_stream("FlowLogsFlowLogGroup")),
]

TAKING_A_ROLE = [
    request
    for role in ("WebExecutionRole", "WebTaskRole", "ApiExecutionRole", "ApiTaskRole")
    for request in (
        # The service itself, deputy of somebody in another account; and without saying for whom.
        assumption(role, "ecs-tasks.amazonaws.com", arn("ecs", "task/system/0123", THEIRS)),
        assumption(role, "ecs-tasks.amazonaws.com"),
        assumption(role, "ecs-tasks.amazonaws.com", f"arn:aws:ecs:eu-west-1:{OURS}:task/system/0123"),
        assumption(role, "ec2.amazonaws.com", arn("ec2", "instance/i-0123456789abcdef0")),
        assumption(role, "lambda.amazonaws.com", arn("lambda", "function:f")),
        assumption(role, f"arn:aws:iam::{OURS}:role/Administrator"),
        assumption(role, f"arn:aws:iam::{THEIRS}:role/Administrator"),
    )
] + [
    assumption(
        "FlowLogsFlowLogRole", "vpc-flow-logs.amazonaws.com", arn("ec2", "vpc-flow-log/fl-0123", THEIRS)
    ),
    assumption("FlowLogsFlowLogRole", "vpc-flow-logs.amazonaws.com"),
    assumption("FlowLogsFlowLogRole", "ecs-tasks.amazonaws.com", A_TASK),
    assumption("JumpHostProfileJumpHostRole", "ecs-tasks.amazonaws.com", A_TASK),
    assumption("JumpHostProfileJumpHostRole", f"arn:aws:iam::{THEIRS}:role/Administrator"),
]

CARRYING_DATA_OUT = [
    by_anyone(THEIRS, "ecr:GetAuthorizationToken", "*", "ecr.api", THEIRS),
    by_anyone(THEIRS, "ecr:PutImage", arn("ecr", "repository/drop", THEIRS), "ecr.dkr", THEIRS),
    by_anyone(THEIRS, "ecr:BatchGetImage", SYSTEM.arn(REPOSITORY), "ecr.dkr", OURS),
    by_anyone(
        THEIRS, "logs:PutLogEvents", arn("logs", "log-group:drop:log-stream:s", THEIRS), "logs", THEIRS
    ),
    by_anyone(THEIRS, "secretsmanager:GetSecretValue", A_SECRET, "secretsmanager", OURS),
    by_anyone(THEIRS, "ssm:UpdateInstanceInformation", arn("ec2", "instance/i-0123", THEIRS), "ssm", THEIRS),
    by_anyone(THEIRS, "ssmmessages:OpenDataChannel", "*", "ssmmessages", THEIRS),
    by_anyone(THEIRS, "kms:Decrypt", arn("kms", "key/theirs", THEIRS), "kms", THEIRS),
    by_anyone(THEIRS, "s3:PutObject", "arn:aws:s3:::drop/data", "s3", THEIRS),
    by_anyone(OURS, "s3:PutObject", "arn:aws:s3:::drop/data", "s3", THEIRS),
    by_anyone(OURS, "s3:GetObject", "arn:aws:s3:::tools/malware", "s3", THEIRS),
    by_anyone(OURS, "s3:GetObject", "arn:aws:s3:::al2023-repos-us-east-1-de612dc3/package.rpm", "s3", THEIRS),
    by_anyone(OURS, "ecr:PutImage", SYSTEM.arn(REPOSITORY), "ecr.dkr", OURS),
    by_anyone(OURS, "ecr:BatchGetImage", arn("ecr", "repository/theirs", THEIRS), "ecr.dkr", THEIRS),
    by_anyone(OURS, "logs:PutLogEvents", arn("logs", "log-group:drop:log-stream:s", THEIRS), "logs", THEIRS),
    by_anyone(OURS, "logs:DeleteLogGroup", arn("logs", "log-group:WebLogGroup"), "logs", OURS),
    by_anyone(
        OURS,
        "secretsmanager:PutSecretValue",
        arn("secretsmanager", "secret:drop-a1B2c3", THEIRS),
        "secretsmanager",
        THEIRS,
    ),
    by_anyone(OURS, "ssm:PutParameter", A_PARAMETER, "ssm", OURS),
    by_anyone(OURS, "kms:Encrypt", SYSTEM.arn(KEY), "kms", OURS),
]

THE_KEY = [
    with_key(
        "logs.us-east-1.amazonaws.com",
        "kms:Decrypt",
        {"kms:EncryptionContext:aws:logs:arn": arn("logs", "log-group:WebLogGroup", THEIRS)},
    ),
    with_key("logs.us-east-1.amazonaws.com", "kms:Decrypt", {}),
    with_key("ecr.amazonaws.com", "kms:Decrypt", {}),
    with_key(f"arn:aws:iam::{THEIRS}:role/Administrator", "kms:Decrypt", {}),
    with_key(
        f"arn:aws:iam::{OURS}:role/Administrator", "kms:CreateGrant", {"kms:GrantIsForAWSResource": "false"}
    ),
]

REFUSED = [
    *BY_EXECUTION_ROLES,
    *BY_TASK_ROLES,
    *BY_THE_JUMP_HOST,
    *BY_FLOW_LOGS,
    *TAKING_A_ROLE,
    *CARRYING_DATA_OUT,
    *THE_KEY,
]
