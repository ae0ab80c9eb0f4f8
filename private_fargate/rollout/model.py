"""Where a StackSet has instances, what they are to be, and what they are."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - a dataclass's annotations are read at run time
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

VPC_CIDR = "VpcCidr"  # the launch form's field for the range of the network

Action: TypeAlias = Literal["create", "update", "unchanged", "remove", "unnamed"]
"""What a rollout does to an instance; `unnamed` is one that the settings no longer name, and that stays."""


class Place(NamedTuple):
    """An account and a Region; a StackSet has one instance there at most."""

    account: str
    region: str

    def __str__(self) -> str:
        """Return it as people write it."""
        return f"{self.account}/{self.region}"


@dataclass(frozen=True, kw_only=True)
class Target:
    """An instance as it is to be.

    Attributes:
        place: Where.
        overrides: Values of the launch form that it has instead of those of all.
    """

    place: Place
    overrides: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Instance:
    """An instance as it is.

    Attributes:
        place: Where.
        status: CURRENT, OUTDATED or INOPERABLE.
        detail: What became of its last operation: SUCCEEDED, FAILED, CANCELLED and so on.
        reason: Why it is so, in AWS's words; empty if there is nothing to say.
        stack_id: The ARN of its stack; empty if there never was one.
        unit: The organizational unit by which it came, for service-managed permissions.
        drift: DRIFTED, IN_SYNC, NOT_CHECKED or UNKNOWN.
        overrides: As of a target.
    """

    place: Place
    status: str
    detail: str = ""
    reason: str = ""
    stack_id: str = ""
    unit: str = ""
    drift: str = "NOT_CHECKED"
    overrides: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def is_done(self) -> bool:
        """Whether it is what the StackSet says."""
        return self.status == "CURRENT" and self.detail in {"", "SUCCEEDED"}


@dataclass(frozen=True, kw_only=True)
class Step:
    """What a rollout does to one instance.

    Attributes:
        place: Where.
        action: What.
        why: In words; empty if nothing is done.
        overrides: What it then has.
        unit: As of an instance.
        vpc_cidr: The range of its network, by whatever way it gets it; empty if that is not told yet.
        source: Where that is from, in words; empty if nobody has decided.
        awaits_range: Whether IPAM allocates it one when this step is done.
        has_new_values: Whether these values are others than it has; an update of the StackSet keeps the old.
    """

    place: Place
    action: Action
    why: str = ""
    overrides: Mapping[str, str] = field(default_factory=dict[str, str])
    unit: str = ""
    vpc_cidr: str = ""
    source: str = ""
    awaits_range: bool = False
    has_new_values: bool = False
