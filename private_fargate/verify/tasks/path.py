"""From a task to what it asks for, as steps: what has to hold, what grants it, and what fails.

A path belongs to one workload, one subnet and one demand.  Its checks stand in the order in which AWS comes
across them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.network.endpoints import Endpoint
    from private_fargate.verify.network.groups import Passage
    from private_fargate.verify.network.ways import Obstacle, Way
    from private_fargate.verify.tasks.demand import Call, Demand
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.values import Truth

Cause: TypeAlias = Literal[
    "",
    "unknown",
    "names not resolved",
    "private DNS off",
    "gateway elsewhere",
    "no way",
    "egress",
    "ingress",
    "acl",
    "endpoint policy",
    "no role",
    "role",
    "trust",
    "no mount target",
]
"""What fails: `gateway elsewhere` if there is an endpoint, but none that serves this subnet."""

Kind: TypeAlias = Literal["call", "mount", "balance", "assume"]

Context: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One step of a path.

    Attributes:
        claim: What has to hold.
        holds: Whether it does.
        by: What grants it, or fails to, for a person.
        why: Why it fails, or cannot be told.
        cause: What fails; empty if nothing does.
        resource: The resource at which to mend it.
        call: The call that is refused, where that is what fails.
        stopped: The part of the policy's closest statement that does not fit: `principal`, `condition` …
    """

    claim: str
    holds: Truth
    by: str = ""
    why: str = ""
    cause: Cause = ""
    resource: Resource | None = None
    call: Call | None = None
    stopped: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """How one workload gets, in one subnet, what it asks for.

    Attributes:
        workload: Who asks.
        kind: What is asked for: a call of an API, a file system, to be called by a load balancer, a role.
        subnet: What refers to the subnet; None where it does not matter.
        demand: What is asked for.
        checks: What has to hold.
        way: How packets get to the internet, where that was looked at.
        endpoint: The endpoint that serves, or that is there and does not.
        uses: What has to be there before the workload starts.
    """

    workload: Workload
    kind: Kind = "call"
    subnet: Value | None
    demand: Demand
    checks: tuple[Check, ...]
    way: Way | None = None
    endpoint: Endpoint | None = None
    uses: tuple[Resource, ...] = field(default=(), compare=False)

    @property
    def holds(self) -> Truth:
        """Whether all checks hold; None if none fails but one cannot be told."""
        if any(check.holds is False for check in self.checks):
            return False
        return None if any(check.holds is None for check in self.checks) else True

    def failing(self, *causes: Cause) -> Iterator[Check]:
        """Give the checks that fail for some cause."""
        return (check for check in self.checks if check.holds is False and check.cause in causes)

    @property
    def name(self) -> str:
        """The task and the need, for a message: `Service -> ecr.dkr:443`."""
        return f"{self.workload.name} -> {self.demand.need}"

    @property
    def obstacle(self) -> Obstacle | None:
        """What keeps packets from the internet, where that is what fails."""
        return (
            self.way.obstacle
            if self.way and any(self.failing("no way", "gateway elsewhere", "private DNS off"))
            else None
        )


def passed(claim: str, passage: Passage, cause: Cause, resource: Resource | None = None) -> Check:
    """Make a check of what security groups or ACLs say.

    Args:
        claim: What has to hold.
        passage: What they say.
        cause: What fails if they do not let it through.
        resource: Where to mend it; the group or the ACL if it is None.
    """
    return Check(
        claim=claim,
        holds=passage.holds,
        by=passage.by,
        why=passage.why,
        cause="" if passage.holds else cause if passage.holds is False else "unknown",
        resource=resource or passage.resource,
    )
