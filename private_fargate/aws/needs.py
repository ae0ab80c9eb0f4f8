"""What each feature of a task or a host calls in AWS, before and while it runs.

One table, read from two sides: the planner of endpoints asks which doors a feature goes through, the
verifier whether each door, and each right to use it, is there.  A row is complete: with its endpoints
and its permissions, the feature works in a subnet that has no way to the internet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Role: TypeAlias = Literal["execution", "task", "instance"]
"""Who calls: the ECS agent for the task, the application in it, or the EC2 instance."""

ResourceKind: TypeAlias = Literal[
    "any", "repository", "log group", "secret", "parameter", "key", "object", "bucket"
]
"""What a permission is for; `any` where the action has no resource level, so that only `*` fits."""


@dataclass(frozen=True, slots=True)
class Permission:
    """Actions that a role must be allowed on one kind of resource.

    >>> Permission("execution", ("ecr:GetAuthorizationToken",), "any").actions
    ('ecr:GetAuthorizationToken',)
    """

    role: Role
    actions: tuple[str, ...]
    resource: ResourceKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """What one feature calls.

    Attributes:
        feature: Its name, for a person and for a table.
        why: What its user does, after the user's name: "nginx" + "pulls its image from ECR".
        endpoints: Names in `ENDPOINT_SERVICES`, all of which are needed together.
        permissions: What each role must be allowed.
        internet: Whether it needs a way to the internet too, for which no endpoint stands in.
        source: Where AWS says so.
    """

    feature: str
    why: str
    endpoints: tuple[str, ...] = ()
    permissions: tuple[Permission, ...] = ()
    internet: bool = False
    source: str


_SESSION = (
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
_EXECUTION_ROLE = "AmazonECS/latest/developerguide/task_execution_IAM_role.html"
_ECS_ENDPOINTS = "AmazonECS/latest/developerguide/vpc-endpoints.html"
_ECS_EXEC = "AmazonECS/latest/developerguide/ecs-exec.html"

PULL_FROM_ECR: Final = Need(
    feature="image in ECR",
    why="pulls its image from ECR",
    endpoints=("s3", "ecr.api", "ecr.dkr"),
    permissions=(
        Permission("execution", ("ecr:GetAuthorizationToken",), "any"),
        Permission("execution", ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"), "repository"),
    ),
    source=f"AmazonECR/latest/userguide/vpc-endpoints.html; {_EXECUTION_ROLE}",
)
PULL_THROUGH_CACHE: Final = Need(
    feature="image behind a pull-through cache of ECR",
    why="pulls its image through a cache, which fetches it the first time",
    endpoints=PULL_FROM_ECR.endpoints,
    permissions=(
        *PULL_FROM_ECR.permissions,
        Permission("execution", ("ecr:BatchImportUpstreamImage", "ecr:CreateRepository"), "repository"),
    ),
    internet=True,
    source="AmazonECR/latest/userguide/vpc-endpoints.html: the first pull of a tag needs a NAT gateway",
)
PULL_FROM_ELSEWHERE: Final = Need(
    feature="image in another registry",
    why="pulls its image from a registry outside AWS",
    internet=True,
    source="public.ecr.aws and other registries have no endpoint that serves images; mirror into ECR",
)
WRITE_LOGS: Final = Need(
    feature="awslogs",
    why="writes its log",
    endpoints=("logs",),
    permissions=(Permission("execution", ("logs:CreateLogStream", "logs:PutLogEvents"), "log group"),),
    source=f"{_ECS_ENDPOINTS}; AmazonECS/latest/developerguide/using_awslogs.html",
)
READ_SECRETS: Final = Need(
    feature="secrets from Secrets Manager",
    why="reads secrets from Secrets Manager",
    endpoints=("secretsmanager",),
    permissions=(Permission("execution", ("secretsmanager:GetSecretValue",), "secret"),),
    source=f"{_ECS_ENDPOINTS}; AmazonECS/latest/developerguide/specifying-sensitive-data-secrets.html",
)
READ_PARAMETERS: Final = Need(
    feature="parameters from Systems Manager",
    why="reads parameters from Systems Manager",
    endpoints=("ssm",),
    permissions=(Permission("execution", ("ssm:GetParameters",), "parameter"),),
    source=f"{_ECS_ENDPOINTS}; AmazonECS/latest/developerguide/specifying-sensitive-data-parameters.html",
)
DECRYPT_SECRETS: Final = Need(
    feature="secrets or parameters under a key of one's own",
    why="reads secrets that a key of ours encrypts",
    permissions=(Permission("execution", ("kms:Decrypt",), "key"),),
    source=f"{_EXECUTION_ROLE}; no endpoint: Secrets Manager and Systems Manager call KMS, not the task",
)
READ_FILES: Final = Need(
    feature="environment files in S3",
    why="reads environment files from S3",
    endpoints=("s3",),
    permissions=(
        Permission("execution", ("s3:GetObject",), "object"),
        Permission("execution", ("s3:GetBucketLocation",), "bucket"),
    ),
    source=f"{_EXECUTION_ROLE}; AmazonECS/latest/developerguide/use-environment-file.html",
)
EXEC: Final = Need(
    feature="ECS Exec",
    why="opens Exec sessions",
    endpoints=("ssmmessages",),
    permissions=(Permission("task", _SESSION, "any"),),
    source=f"{_ECS_EXEC}; AmazonECS/latest/developerguide/task-iam-roles.html",
)
EXEC_UNDER_KEY: Final = Need(
    feature="ECS Exec under a KMS key",
    why="encrypts its Exec sessions with a key of ours",
    endpoints=("kms",),
    permissions=(Permission("task", ("kms:Decrypt",), "key"),),
    source=_ECS_EXEC,
)
EXEC_LOGGED: Final = Need(
    feature="ECS Exec logged to CloudWatch",
    why="records its Exec sessions",
    endpoints=("logs",),
    permissions=(
        Permission("task", ("logs:DescribeLogGroups",), "any"),
        Permission(
            "task", ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"), "log group"
        ),
    ),
    source=_ECS_EXEC,
)
REACH_ECS: Final = Need(
    feature="ECS in regions opened since 2023-12-23",
    why="reports to ECS, which newer regions serve through the VPC",
    endpoints=("ecs", "ecs-agent", "ecs-telemetry"),
    source=f"{_ECS_ENDPOINTS}: all three or none; that it holds for Fargate too is read from its place there",
)
SESSION_MANAGER: Final = Need(
    feature="Session Manager",
    why="is reached through Session Manager",
    endpoints=("ssm", "ssmmessages"),
    permissions=(
        Permission("instance", ("ssm:UpdateInstanceInformation",), "any"),
        Permission("instance", _SESSION, "any"),
    ),
    source="systems-manager/latest/userguide/setup-create-vpc.html; ec2messages before agent 3.3.40.0 only",
)
INSTALL_PACKAGES: Final = Need(
    feature="packages of Amazon Linux 2023",
    why="installs packages of Amazon Linux",
    endpoints=("s3",),
    source="the repositories are S3 buckets, read without credentials; see AL2023_PACKAGES",
)
DISCOVER_BY_API: Final = Need(
    feature="Cloud Map by its API",
    why="asks Cloud Map for instances",
    endpoints=("data-servicediscovery",),
    permissions=(
        Permission(
            "task",
            ("servicediscovery:DiscoverInstances", "servicediscovery:DiscoverInstancesRevision"),
            "any",
        ),
    ),
    source="cloud-map/latest/dg/vpc-interface-endpoints.html; by DNS, the resolver of the VPC is enough",
)
SERVICE_CONNECT: Final = Need(
    feature="Service Connect",
    why="is configured by ECS through its proxy",
    endpoints=("ecs-agent",),
    source=f"{_ECS_ENDPOINTS}: management of the Envoy proxy uses ecs-agent",
)
SEND_TRACES: Final = Need(
    feature="X-Ray",
    why="sends traces",
    endpoints=("xray",),
    permissions=(
        Permission(
            "task",
            (
                "xray:GetSamplingRules",
                "xray:GetSamplingTargets",
                "xray:PutTelemetryRecords",
                "xray:PutTraceSegments",
            ),
            "any",
        ),
    ),
    source="aws-managed-policy/latest/reference/AWSXRayDaemonWriteAccess.html",
)
SEND_METRICS: Final = Need(
    feature="CloudWatch metrics by their API",
    why="sends metrics",
    endpoints=("monitoring",),
    permissions=(Permission("task", ("cloudwatch:PutMetricData",), "any"),),
    source="AmazonCloudWatch/latest/monitoring/cloudwatch-and-interface-VPC.html",
)

NEEDS: Final[tuple[Need, ...]] = (
    PULL_FROM_ECR,
    PULL_THROUGH_CACHE,
    PULL_FROM_ELSEWHERE,
    WRITE_LOGS,
    READ_SECRETS,
    READ_PARAMETERS,
    DECRYPT_SECRETS,
    READ_FILES,
    EXEC,
    EXEC_UNDER_KEY,
    EXEC_LOGGED,
    REACH_ECS,
    SESSION_MANAGER,
    INSTALL_PACKAGES,
    DISCOVER_BY_API,
    SERVICE_CONNECT,
    SEND_TRACES,
    SEND_METRICS,
)
"""Every row of the table."""
