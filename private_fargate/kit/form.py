"""The launch form: what the person launching is asked, instead of being decided by the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.kit import kinds


@dataclass(frozen=True, kw_only=True)
class ServiceForm:
    """What is asked of one service; the settings decide what is None."""

    task_count: kinds.TaskCount
    image_digest: kinds.ImageDigest | None = None
    task_cpu: kinds.TaskCpu | None = None
    task_memory: kinds.TaskMemory | None = None
    log_retention: kinds.LogRetention | None = None


@dataclass(frozen=True, kw_only=True)
class Form:
    """What is asked of the whole system; the settings decide what is None.

    Attributes:
        name: what the system is called: its tags, its namespace, its repositories.
        vpc_cidr: range of the VPC.
        zone_count: how many zones, of those that there are resources for.
        with_jump_host: whether there is a jump host, "yes" or "no".
        s3_prefix_list_id: of the Region.
        jump_host_image: None where there is no jump host.
        services: by name; those with no field of their own are not here.
        image_digests: texts with the digests of such services, by the number of their group.
    """

    name: kinds.SystemName | None = None
    vpc_cidr: kinds.VpcCidr | None = None
    zone_count: kinds.ZoneCount | None = None
    with_jump_host: kinds.JumpHostChoice | None = None
    s3_prefix_list_id: kinds.S3PrefixListId
    jump_host_image: kinds.InstanceImageParameter | None = None
    services: Mapping[str, ServiceForm] = field(default_factory=dict[str, ServiceForm])
    image_digests: Mapping[int, Mapping[str, kinds.ImageDigests]] = field(
        default_factory=dict[int, "Mapping[str, kinds.ImageDigests]"]
    )
