"""What runs in a network, by which names it is found, and what distributes requests to it."""

from __future__ import annotations

from dataclasses import dataclass
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
class Container:
    """One container of a task.

    Attributes:
        image: as the task definition writes it.
        is_essential: whether the task stops with it.
        secrets: where the value of a variable is: an ARN, or the name of an SSM parameter.
        log_driver: None if nothing is kept; `log_options` are those of the driver.
    """

    name: str
    image: str
    ports: tuple[Port, ...]
    is_essential: bool
    secrets: Mapping[str, str]
    log_driver: str | None
    log_options: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task in a subnet of the VPC, whatever became of it so far.

    Attributes:
        service: None if it was started by itself.
        interface_id: None as long as it has none.
        last_status: `RUNNING`, or how far it has come: `PROVISIONING`, `PENDING`.
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
