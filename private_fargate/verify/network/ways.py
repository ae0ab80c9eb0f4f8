"""Ways to the internet, and what stands in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.values import Truth

Family: TypeAlias = Literal["ipv4", "ipv6"]

Obstacle: TypeAlias = Literal[
    "no route",
    "no association",
    "no public address",
    "gateway not attached",
    "NAT without internet",
    "private NAT",
    "public access blocked",
    "dead target",
    "unknown",
]
"""Why a packet does not get to the internet: `no association` if the main route table has no way out, and
none was associated; `unknown` if the templates do not tell."""


@dataclass(frozen=True, slots=True)
class Way:
    """How packets from a subnet get to the internet, or why they do not.

    Attributes:
        holds: Whether they do.
        kind: What takes them there: `internet gateway`, `NAT gateway`, `transit gateway` …; empty if nothing.
        by: The route, or the gateway, that decides it.
        obstacle: Why not; None if they get there.
        why: The same for a person.
    """

    holds: Truth
    kind: str = ""
    by: Resource | None = None
    obstacle: Obstacle | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class RouteTable:
    """The route table in force for a subnet.

    Attributes:
        value: What refers to it; None for the main route table of a VPC of ours.
        association: The resource that puts it in force, if any.
        known: Whether its routes are in the templates: all of them, if it is ours.
        why: Why they are not.
    """

    value: Value | None
    association: Resource | None = None
    known: bool = True
    why: str = ""
