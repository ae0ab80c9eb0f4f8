"""What the agents of AWS really call, from the start of a task to a session in it: all of it is allowed.

Source: Amazon ECS Developer Guide, "task execution IAM role" and "ECS Exec"; Systems Manager User Guide,
"messages from SSM Agent"; Amazon VPC User Guide, "IAM role for publishing flow logs".
"""

from __future__ import annotations

from scene import (
    EVERYTHING,
    FOR_ALL,
    KEY,
    OURS,
    REGISTRY,
    REPOSITORY,
    SYSTEM,
    Request,
    arn,
    assumption,
    by_role,
    log_stream,
    with_key,
)

CHANNELS = "ssmmessages:CreateControlChannel CreateDataChannel OpenControlChannel OpenDataChannel"
FOREIGN_IMAGE = arn("ecr", "repository/api", REGISTRY)
EXEC_LOG = arn("logs", "log-group:FoundationExecLogGroup:*")


def _object_of_aws(bucket_and_key: str) -> Request:
    """Return the download of an object that AWS itself has signed, with an account of its own."""
    principal = "arn:aws:iam::666666666666:role/Signer"
    return Request(
        principal=principal,
        action="s3:GetObject",
        resource=f"arn:aws:s3:::{bucket_and_key}",
        owner="666666666666",
        identity=[EVERYTHING],
        resource_policy=FOR_ALL,
        endpoint=SYSTEM.endpoint("s3"),
        context={"aws:PrincipalAccount": "666666666666", "aws:PrincipalArn": principal},
        note="through s3",
    )


STARTING_A_TASK = [
    assumption("WebExecutionRole", "ecs-tasks.amazonaws.com", arn("ecs", "task/system/0123")),
    assumption("ApiExecutionRole", "ecs-tasks.amazonaws.com", arn("ecs", "task/system/0123")),
    *by_role("WebExecutionRole", "ecr:GetAuthorizationToken", "*", "ecr.api"),
    *by_role(
        "WebExecutionRole",
        "ecr:BatchGetImage GetDownloadUrlForLayer",
        SYSTEM.arn(REPOSITORY),
        "ecr.api",
        "ecr.dkr",
    ),
    _object_of_aws("prod-us-east-1-starport-layer-bucket/layer"),
    *by_role(
        "ApiExecutionRole",
        "ecr:BatchGetImage GetDownloadUrlForLayer",
        FOREIGN_IMAGE,
        "ecr.api",
        "ecr.dkr",
        owner=REGISTRY,
        resource_policy=FOR_ALL,
    ),
    *by_role(
        "WebExecutionRole",
        "secretsmanager:GetSecretValue",
        arn("secretsmanager", "secret:prod/db-a1B2c3"),
        "secretsmanager",
    ),
    *by_role("WebExecutionRole", "ssm:GetParameters", arn("ssm", "parameter/prod/token"), "ssm"),
    *by_role("WebExecutionRole", "logs:CreateLogStream PutLogEvents", log_stream("WebLogGroup"), "logs"),
    *by_role("ApiExecutionRole", "logs:CreateLogStream PutLogEvents", log_stream("ApiLogGroup"), "logs"),
]

A_SESSION_IN_A_TASK = [
    assumption("WebTaskRole", "ecs-tasks.amazonaws.com", arn("ecs", "task/system/0123")),
    assumption("ApiTaskRole", "ecs-tasks.amazonaws.com", arn("ecs", "task/system/0123")),
    *by_role("WebTaskRole", CHANNELS, "*", "ssmmessages"),
    *by_role("WebTaskRole", "kms:Decrypt", SYSTEM.arn(KEY), "kms", resource_policy=SYSTEM.key_policy(KEY)),
    *by_role("WebTaskRole", "logs:DescribeLogGroups", "*", "logs"),
    *by_role("WebTaskRole", "logs:DescribeLogStreams", EXEC_LOG, "logs"),
    *by_role(
        "WebTaskRole", "logs:CreateLogStream PutLogEvents", log_stream("FoundationExecLogGroup"), "logs"
    ),
]

THE_JUMP_HOST = [
    assumption("JumpHostProfileJumpHostRole", "ec2.amazonaws.com"),
    *by_role(
        "JumpHostProfileJumpHostRole",
        "ssm:UpdateInstanceInformation",
        arn("ec2", "instance/i-0123456789abcdef0"),
        "ssm",
    ),
    *by_role("JumpHostProfileJumpHostRole", CHANNELS, "*", "ssmmessages"),
    _object_of_aws("al2023-repos-us-east-1-de612dc2/core/package.rpm"),
]

FLOW_LOGS = [
    assumption("FlowLogsFlowLogRole", "vpc-flow-logs.amazonaws.com", arn("ec2", "vpc-flow-log/fl-0123")),
    *by_role("FlowLogsFlowLogRole", "logs:CreateLogStream PutLogEvents", log_stream("FlowLogsFlowLogGroup")),
    *by_role(
        "FlowLogsFlowLogRole", "logs:DescribeLogStreams", arn("logs", "log-group:FlowLogsFlowLogGroup:*")
    ),
]

THE_KEY = [
    with_key(
        "logs.us-east-1.amazonaws.com",
        f"kms:{action}",
        {"kms:EncryptionContext:aws:logs:arn": arn("logs", "log-group:WebLogGroup")},
    )
    for action in ("Decrypt", "Encrypt", "GenerateDataKey")
] + [
    # ECR takes a grant when a repository is made.
    with_key(f"arn:aws:iam::{OURS}:role/Deployer", "kms:CreateGrant", {"kms:GrantIsForAWSResource": "true"}),
    with_key(f"arn:aws:iam::{OURS}:role/Deployer", "kms:PutKeyPolicy", {}),
]

ALLOWED = [*STARTING_A_TASK, *A_SESSION_IN_A_TASK, *THE_JUMP_HOST, *FLOW_LOGS, *THE_KEY]
