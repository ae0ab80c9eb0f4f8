"""The settings of one environment, as frozen, typed values.

Every field has the default that the reference system has, so a name and one service are enough
for all of it.  Keys follow Copilot manifests and Compose files where the meaning is the same.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from private_fargate.config import checks
from private_fargate.config.catalog import Catalog
from private_fargate.config.kinds import by_kind
from private_fargate.config.rollout import Rollout
from private_fargate.config.settings import Settings

Retention: TypeAlias = Annotated[int, AfterValidator(checks.retention)]
Text: TypeAlias = Annotated[str, AfterValidator(checks.variable_value)]
VariableName: TypeAlias = Annotated[str, AfterValidator(checks.variable)]
AlarmArn: TypeAlias = Annotated[str, AfterValidator(checks.alarm)]
TopicArn: TypeAlias = Annotated[str, AfterValidator(checks.topic)]
RoleArn: TypeAlias = Annotated[str, AfterValidator(checks.role)]
ServiceName: TypeAlias = Annotated[str, AfterValidator(checks.label)]


class FlowLogs(Settings):
    """Where the addresses and verdicts of every connection are recorded."""

    retention: Retention = 365
    """Days for which the records are kept."""


class Network(Settings):
    """The VPC, and how what is inside reaches what is outside."""

    cidr: Annotated[str, AfterValidator(checks.vpc_range)] = "10.0.0.0/16"
    """Private range of the VPC, /16 to /23."""
    zones: Annotated[
        Annotated[int, Tag("number")] | Annotated[tuple[str, ...], Tag("list")],
        Discriminator(by_kind(list="list", other="number")),
        AfterValidator(checks.zones),
    ] = 3
    """Number of Availability Zones, 2 to 6, or their names."""
    egress: Literal["nat-per-zone", "nat-single", "nat-regional", "none"] = "nat-per-zone"
    """The way to the internet."""
    endpoints: Annotated[
        Annotated[Literal["auto"], Tag("text")]
        | Annotated[tuple[Annotated[str, AfterValidator(checks.endpoint)], ...], Tag("list")],
        Discriminator(by_kind(list="list", other="text")),
    ] = "auto"
    """VPC endpoints: what the services use, or a list such as [s3, ecr.api]."""
    flow_logs: Annotated[
        Annotated[Literal[False], Tag("switch")] | Annotated[FlowLogs, Tag("mapping")],
        Discriminator(by_kind(mapping="mapping", other="switch")),
    ] = FlowLogs()
    """The record of every connection, or false for none."""


class Discovery(Settings):
    """The private DNS namespace in which services find each other."""

    namespace: Annotated[str, AfterValidator(checks.domain)] | None = None
    """DNS name; the environment's name, if it is not given."""


class Cluster(Settings):
    """The ECS cluster."""

    container_insights: Literal["enabled", "enhanced", "disabled"] = "enabled"
    """How closely CloudWatch watches the tasks."""


class RepositoryImage(Settings):
    """An image in an ECR repository of this environment."""

    repository: Annotated[str, AfterValidator(checks.repository)]
    """Name of the repository; the environment's name stands before it."""
    mirror: Annotated[str, AfterValidator(checks.image_uri)] | None = None
    """Image that is copied into the repository."""
    digest: Annotated[str, AfterValidator(checks.digest)] | None = None
    """Digest of the image, if it is known before the deployment."""


class SecretsManagerSecret(Settings):
    """A secret in Secrets Manager."""

    secretsmanager: Annotated[str, AfterValidator(checks.secret)]
    """Name or ARN, with :JSON-KEY:STAGE:VERSION after it if needed."""


Seconds: TypeAlias = Annotated[int, BeforeValidator(checks.seconds)]


class HealthCheck(Settings):
    """The command by which the container itself says whether it is healthy."""

    command: Annotated[tuple[str, ...], AfterValidator(checks.command)]
    """[CMD-SHELL, TEXT] or [CMD, PROGRAM, ARGUMENT, …]."""
    interval: Annotated[Seconds, AfterValidator(checks.between(5, 300, "seconds"))] = 10
    """Seconds between two checks."""
    timeout: Annotated[Seconds, AfterValidator(checks.between(2, 60, "seconds"))] = 5
    """Seconds after which a check has failed."""
    retries: Annotated[int, AfterValidator(checks.between(1, 10))] = 3
    """Failed checks after which the container is unhealthy."""
    start_period: Annotated[Seconds, AfterValidator(checks.between(0, 300, "seconds"))] = 0
    """Seconds in which failed checks do not count."""


class Logging(Settings):
    """What becomes of the lines that the container writes."""

    retention: Retention = 365
    """Days for which the log is kept."""
    mode: Literal["blocking", "non-blocking"] = "non-blocking"
    """Whether the application waits when CloudWatch Logs is slow."""


Image: TypeAlias = Annotated[
    Annotated[str, AfterValidator(checks.image_uri), Tag("text")]
    | Annotated[RepositoryImage, Tag("mapping")],
    Discriminator(by_kind(mapping="mapping", other="text")),
]
Secret: TypeAlias = Annotated[
    Annotated[str, AfterValidator(checks.parameter), Tag("text")]
    | Annotated[SecretsManagerSecret, Tag("mapping")],
    Discriminator(by_kind(mapping="mapping", other="text")),
]


class Service(Settings):
    """One Fargate service."""

    image: Image
    """Image in any registry, or {repository: NAME, mirror: IMAGE} for a repository of ours."""
    port: Annotated[int, AfterValidator(checks.between(1, 65535))]
    """TCP port on which the container listens."""
    cpu: int = 512
    """CPU units of a task, 1024 to the vCPU."""
    memory: int = 1024
    """Memory of a task in MiB."""
    platform: Literal["linux/x86_64", "linux/arm64"] = "linux/x86_64"
    """What the image is built for."""
    count: Annotated[int, AfterValidator(checks.between(0, 5000, "tasks"))] = 1
    """Number of tasks."""
    environment: dict[VariableName, Text] = Field(default_factory=dict)
    """Environment variables."""
    secrets: dict[VariableName, Secret] = Field(default_factory=dict)
    """Variables from SSM (a name or ARN) or Secrets Manager ({secretsmanager: NAME})."""
    exec: bool = False
    """Whether people may run commands inside the tasks, through ECS Exec."""
    user: Annotated[str, AfterValidator(checks.user)] | None = None
    """User as which the container runs, "UID" or "UID:GID"; the image's own, if it is not given."""
    read_only: bool = False
    """Whether the container's file system is read-only."""
    writable: tuple[Annotated[str, AfterValidator(checks.absolute_path)], ...] = ()
    """Paths that stay writable when the rest is read-only."""
    logging: Logging = Logging()
    """What becomes of the lines that the container writes."""
    healthcheck: HealthCheck | None = None
    """How the container itself says whether it is healthy."""
    allow_to: tuple[str, ...] = ()
    """What the tasks may connect to: services, RANGE:PORT, or internet."""

    @model_validator(mode="after")
    def _check_size(self) -> Service:
        checks.size(self.cpu, self.memory)
        return self


class JumpHost(Settings):
    """An EC2 instance inside the VPC, reached through Session Manager."""

    instance_type: Annotated[str, AfterValidator(checks.instance_type)] = "t3.micro"
    """An x86 or Graviton type, such as t4g.micro."""
    placement: Literal["private", "public"] = "private"
    """In a private subnet, or in a public one with an address of its own."""


class RollbackAlarms(Settings):
    """When CloudFormation takes a deployment back by itself, although every resource was made."""

    alarms: Annotated[tuple[AlarmArn, ...], AfterValidator(checks.at_most_in_a_region(5, "alarms"))] = ()
    """ARNs of CloudWatch alarms; one that goes off rolls the deployment back. At most 5 in a Region;
    those of other Regions than the stack's are left out."""
    minutes: Annotated[int, AfterValidator(checks.between(0, 180, "minutes"))] = 5
    """How long the alarms are watched after the last resource, in minutes, 0 to 180."""


class Deployment(Settings):
    """How the stack is deployed, and what protects it; no template depends on this."""

    termination_protection: bool | None = None
    """Whether the stack refuses to be deleted; on if `deletion` is retain, off if it is delete."""
    stack_policy: Literal["none", "protect-data"] = "none"
    """`protect-data` refuses updates that would replace or delete what holds data."""
    notify: Annotated[tuple[TopicArn, ...], AfterValidator(checks.at_most_in_a_region(5, "topics"))] = ()
    """ARNs of SNS topics that get every event of the stack. At most 5 in a Region; those of other Regions
    are left out."""
    role: RoleArn | None = None
    """ARN of the role with which CloudFormation makes the resources; the caller's own rights without one."""
    rollback: RollbackAlarms = RollbackAlarms()
    """When CloudFormation takes a deployment back by itself."""
    mode: Literal["standard", "express"] = "standard"
    """`express` does not wait until resources are stable, and does not roll back by itself."""


class Environment(Settings):
    """One environment: everything that its parent stack contains."""

    name: Annotated[str, AfterValidator(checks.environment_name)]
    """Name of the environment; resources and tags carry it."""
    regions: Annotated[
        tuple[Annotated[str, AfterValidator(checks.region)], ...], AfterValidator(checks.not_empty)
    ] = ("us-east-1",)
    """Regions in which the templates have to work; they are linted for each."""
    tags: dict[
        Annotated[str, AfterValidator(checks.tag_key)], Annotated[str, AfterValidator(checks.tag_value)]
    ] = Field(default_factory=dict)
    """Tags of all resources."""
    deletion: Literal["retain", "delete"] = "retain"
    """What becomes of images, logs and keys when the stack is deleted."""
    network: Network = Network()
    """The VPC, and how what is inside reaches what is outside."""
    discovery: Discovery = Discovery()
    """How services find each other."""
    cluster: Cluster = Cluster()
    """The ECS cluster."""
    services: Annotated[dict[ServiceName, Service], AfterValidator(checks.not_empty)]
    """The services by name."""
    jump_host: Annotated[
        Annotated[Literal["none"], Tag("text")] | Annotated[JumpHost, Tag("mapping")],
        Discriminator(by_kind(mapping="mapping", other="text")),
    ] = JumpHost()
    """A host inside the VPC from which the services can be tried, or none."""
    deployment: Deployment = Deployment()
    """How the stack is deployed, and what protects it."""
    catalog: Catalog | None = None
    """How it is offered in Service Catalog; not at all, if it is not given."""
    rollout: Rollout | None = None
    """How it goes to many accounts and Regions; not at all, if it is not given."""
