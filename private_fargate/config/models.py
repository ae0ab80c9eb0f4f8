"""The settings of one environment, as frozen, typed values.

Every field has the default that the reference system has, so a name and one service are enough
for all of it.  Keys follow Copilot manifests and Compose files where the meaning is the same.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """A frozen group of settings that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FlowLogs(Settings):
    """Where the addresses and verdicts of every connection are recorded."""

    retention: int = 30  # days


class Network(Settings):
    """The VPC, and how what is inside reaches what is outside."""

    cidr: str = "10.0.0.0/16"
    zones: int | tuple[str, ...] = 3  # 2 to 6, or the names of the zones
    egress: Literal["nat-per-zone", "nat-single", "nat-regional", "none"] = "nat-per-zone"
    endpoints: Literal["auto"] | tuple[str, ...] = "auto"  # "ecr.api", "s3", ...
    flow_logs: FlowLogs | Literal[False] = FlowLogs()


class Discovery(Settings):
    """The private DNS namespace in which services find each other."""

    namespace: str | None = None  # the environment's name, if not given


class Cluster(Settings):
    """The ECS cluster."""

    container_insights: Literal["enabled", "enhanced", "disabled"] = "enabled"


class RepositoryImage(Settings):
    """An image in an ECR repository of this environment."""

    repository: str
    mirror: str | None = None  # where the image is copied from
    digest: str | None = None  # sha256:…, if it is known before the deployment


class SecretsManagerSecret(Settings):
    """A secret in Secrets Manager: a name or an ARN, with an optional `:json-key:stage:version`."""

    secretsmanager: str


class HealthCheck(Settings):
    """The command by which the container itself says whether it is healthy."""

    command: tuple[str, ...]
    interval: int = 10  # seconds
    timeout: int = 5  # seconds
    retries: int = 3
    start_period: int = 0  # seconds


class Logging(Settings):
    """What becomes of the lines that the container writes."""

    retention: int = 30  # days
    mode: Literal["blocking", "non-blocking"] = "non-blocking"


class Service(Settings):
    """One Fargate service."""

    image: str | RepositoryImage
    port: int
    cpu: int = 512  # CPU units, 1024 to the vCPU
    memory: int = 1024  # MiB
    platform: Literal["linux/x86_64", "linux/arm64"] = "linux/x86_64"
    count: int = 1
    environment: dict[str, str] = Field(default_factory=dict)
    secrets: dict[str, str | SecretsManagerSecret] = Field(default_factory=dict)
    exec: bool = False
    read_only: bool = False  # the container's file system, as in Compose
    writable: tuple[str, ...] = ()  # absolute paths that stay writable when the rest is not
    logging: Logging = Logging()
    healthcheck: HealthCheck | None = None
    allow_to: tuple[str, ...] = ()  # names of services, CIDR ranges, or "internet"


class JumpHost(Settings):
    """An EC2 instance inside the VPC, reached through Session Manager."""

    instance_type: str = "t3.micro"
    placement: Literal["private", "public"] = "private"


class Environment(Settings):
    """One environment: everything that its parent stack contains."""

    name: str
    regions: tuple[str, ...] = ("us-east-1",)
    tags: dict[str, str] = Field(default_factory=dict)
    deletion: Literal["retain", "delete"] = "retain"  # of repositories, keys and logs
    network: Network = Network()
    discovery: Discovery = Discovery()
    cluster: Cluster = Cluster()
    services: Annotated[dict[str, Service], Field(min_length=1)]
    jump_host: JumpHost | Literal["none"] = JumpHost()
