"""What is let through: security groups at interfaces, network ACLs at the borders of subnets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from private_fargate.fabric.parts.places import Block, Listed

Direction: TypeAlias = Literal["in", "out"]

EVERY_PROTOCOL = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Which packets a rule is about.

    Attributes:
        protocol: `any`, `tcp`, `udp`, `icmp`, `icmpv6`, or the number of another one: `50`.
        ports: first and last; None for all, as always with a protocol that has none.
        icmp_type: None for all; so for the code.
    """

    protocol: str
    ports: tuple[int, int] | None = None
    icmp_type: int | None = None
    icmp_code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """The private addresses of all interfaces in a security group, which may be one of another VPC."""

    group_id: str


Peer: TypeAlias = Block | Listed | Members


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRule:
    """What a security group allows; it forbids nothing, and replies need no rule."""

    direction: Direction
    traffic: Traffic
    peer: Peer


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroup:
    """Rules for the interfaces that are in the group; of several groups, all rules count together.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
    """

    id: str
    name: str
    rules: tuple[GroupRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AclEntry:
    """What a network ACL allows or denies; the lowest number that matches decides, replies included."""

    number: int
    direction: Direction
    allows: bool
    traffic: Traffic
    block: Block


@dataclass(frozen=True, slots=True, kw_only=True)
class Acl:
    """The entries at the border of some subnets, in ascending order; what none of them matches is denied.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
    """

    id: str
    entries: tuple[AclEntry, ...]
