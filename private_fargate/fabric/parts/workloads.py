"""What runs in a network, by which names it is found, and what distributes requests to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from ipaddress import IPv4Address

RecordType: TypeAlias = Literal["A", "AAAA", "SRV", "CNAME"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A virtual machine.

    Attributes:
        state: `running`, or what it was or will be.
        interface_ids: the primary one first.
        profile_arn: of the instance profile that holds its role.
    """

    id: str
    state: str
    image_id: str
    interface_ids: tuple[str, ...]
    profile_arn: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """Where a container listens, by its own word."""

    number: int
    protocol: Literal["tcp", "udp"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A volume of the task, where a container sees it."""

    volume: str
    path: str
    is_read_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tmpfs:
    """Memory that a container sees as a folder; the size is in MiB, the options are those of mount(8)."""

    path: str
    size: int
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """What tells whether a container is well; `command` begins with `CMD` or `CMD-SHELL`, times are seconds.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    """

    command: tuple[str, ...]
    interval: int
    timeout: int
    retries: int
    start_period: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """What a container waits for; the condition is `START`, `COMPLETE`, `SUCCESS` or `HEALTHY`."""

    container: str
    condition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """Storage of a task; one that is on nothing else is empty, and gone with the task.

    Attributes:
        kind: `task`, or where it is: `efs`, `fsx`, `ebs`, `s3`.
    """

    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One container of a task, as its definition has it and the task overrides it.

    Attributes:
        image: as the task definition writes it.
        is_essential: whether the task stops with it.
        secrets: where the value of a variable is: an ARN, or the name of an SSM parameter.
        log_driver: None if nothing is kept; `log_options` are those of the driver.
        log_secrets: as `secrets`, for options of the log driver.
        entry_point: None leaves the image's own; so does an empty command.
        environment_files: ARNs of objects in S3.
        user: `name`, `uid` or either with `:group`; None leaves that of the image.
        registry_credentials: the ARN of a secret, for a registry that is not ECR.
        has_init: whether a small first process reaps the others.
        added: capabilities beyond those of Docker; `dropped` are those of Docker's that it does without.
        open_files: how many, at first and at most; None leaves what Fargate gives.
        stop_timeout: seconds between being asked to stop and being stopped; None leaves the default.
    """

    name: str
    image: str
    ports: tuple[Port, ...]
    is_essential: bool
    secrets: Mapping[str, str]
    log_driver: str | None
    log_options: Mapping[str, str]
    log_secrets: Mapping[str, str] = field(default_factory=dict[str, str])
    entry_point: tuple[str, ...] | None = None
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    environment_files: tuple[str, ...] = ()
    user: str | None = None
    working_directory: str | None = None
    is_read_only: bool = False
    mounts: tuple[Mount, ...] = ()
    tmpfs: tuple[Tmpfs, ...] = ()
    health_check: HealthCheck | None = None
    depends_on: tuple[Dependency, ...] = ()
    registry_credentials: str | None = None
    has_init: bool = False
    added: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    open_files: tuple[int, int] | None = None
    stop_timeout: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task in a subnet of the VPC, whatever became of it so far.

    Attributes:
        service: None if it was started by itself.
        interface_id: None as long as it has none.
        last_status: `RUNNING`, or how far it has come: `PROVISIONING`, `PENDING`.
        architecture: of its processor: `X86_64` or `ARM64`.
        cpu: in units of 1/1024 of a processor; `memory` in MiB; both as ECS says them.
        is_exec_enabled: whether ECS Exec was asked for.
        exec_key: the KMS key by which its cluster encrypts ECS Exec; None if it does not.
    """

    arn: str
    cluster_arn: str
    service: str | None
    definition_arn: str
    subnet_id: str
    interface_id: str | None
    containers: tuple[Container, ...]
    execution_role_arn: str | None
    task_role_arn: str | None
    last_status: str
    architecture: str = "X86_64"
    cpu: str | None = None
    memory: str | None = None
    is_exec_enabled: bool = False
    exec_key: str | None = None
    volumes: tuple[Volume, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace:
    """A private DNS domain that the VPC's resolver knows."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveryInstance:
    """What one instance registered: an A record has the address, an SRV record the port too.

    Attributes:
        id: of a task of ECS, the last part of its ARN.
        address: None if it registered another name.
    """

    id: str
    address: IPv4Address | None
    port: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveryService:
    """A name in a namespace, with what is registered under it, healthy or not.

    Attributes:
        lives: seconds for which a record may be remembered, by its type; other types are not answered.
        routing: `MULTIVALUE` answers with up to eight instances, `WEIGHTED` with one; None without DNS.

    Source: https://docs.aws.amazon.com/cloud-map/latest/api/API_DnsConfig.html
    """

    id: str
    name: str
    namespace_id: str
    lives: Mapping[RecordType, int]
    routing: str | None
    instances: tuple[DiscoveryInstance, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A target of a target group: an instance, an address, or another load balancer."""

    id: str
    port: int | None
    health: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetGroup:
    """Who gets the requests."""

    arn: str
    protocol: str | None
    port: int | None
    target_type: str
    recipients: tuple[Recipient, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A port of a load balancer, and the target groups of its default action."""

    arn: str
    protocol: str | None
    port: int | None
    target_group_arns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadBalancer:
    """What distributes requests; its own rules beyond the default ones are not in the model.

    Attributes:
        kind: `application`, `network` or `gateway`.
        name: in DNS.
    """

    arn: str
    kind: str
    name: str
    is_internal: bool
    subnet_ids: frozenset[str]
    group_ids: frozenset[str]
    listeners: tuple[Listener, ...]
