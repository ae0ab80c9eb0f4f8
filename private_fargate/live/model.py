"""A deployed environment: stacks, services, what happened, what tasks wrote, what was changed by hand."""

from __future__ import annotations

from collections.abc import Iterator  # noqa: TC003 - a dataclass's annotations are read at run time
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - as above
from typing import Final, Literal, TypeAlias

Verdict: TypeAlias = Literal["steady", "unsteady", "stuck"]
"""What an environment needs: nothing, time or a mended deployment, or a person."""

STUCK: Final = frozenset(
    {"DELETE_FAILED", "IMPORT_ROLLBACK_FAILED", "ROLLBACK_FAILED", "UPDATE_ROLLBACK_FAILED"}
)
_STEADY: Final = frozenset({"CREATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_COMPLETE"})


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack and those nested in it.

    Attributes:
        name: The root's own name; the logical ID of a nested one.
        arn: Its ARN.
        status: As `UPDATE_COMPLETE`.
        since: When it was last changed, as text.
        reason: What CloudFormation says of the status.
        within: The stacks nested in it.
    """

    name: str
    arn: str
    status: str
    since: str = ""
    reason: str = ""
    within: tuple[Stack, ...] = ()

    def each(self) -> Iterator[Stack]:
        """Yield this stack and all nested in it, parents first."""
        yield self
        for child in self.within:
            yield from child.each()


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a load balancer sends requests: an address, and whether it is well.

    Attributes:
        address: With its port.
        state: As `healthy`, `initial`, `draining`.
        reason: Why it is not healthy; else empty.
    """

    address: str
    state: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ServiceState:
    """A service of ECS.

    Attributes:
        name: As the settings call it.
        arn: Its ARN.
        status: `ACTIVE`, `DRAINING` or `INACTIVE`.
        desired: How many tasks there are to be.
        running: How many run.
        pending: How many are being started.
        rollout: How far its deployment is: `COMPLETED`, `IN_PROGRESS`, `FAILED`; empty if ECS does not say.
        reason: What ECS says of the rollout.
        images: What its tasks run, each once: the image with its digest.
        event: The last thing that ECS said; empty if there was none.
        targets: Where load balancers send requests.
    """

    name: str
    arn: str
    status: str
    desired: int
    running: int
    pending: int
    rollout: str = ""
    reason: str = ""
    images: tuple[str, ...] = ()
    event: str = ""
    targets: tuple[Target, ...] = ()

    @property
    def is_steady(self) -> bool:
        """Whether everything runs that is to run, and nothing is being exchanged."""
        as_wanted = self.status == "ACTIVE" and self.running == self.desired and not self.pending
        return (
            as_wanted
            and self.rollout in {"", "COMPLETED"}
            and all(t.state == "healthy" for t in self.targets)
        )


@dataclass(frozen=True, kw_only=True)
class PendingChangeSet:
    """A change set of ours that somebody may still execute.

    Attributes:
        name: As `private-fargate-plan-0123456789abcdef`.
        status: Whether it is made: `CREATE_COMPLETE`, `FAILED`.
        execution: Whether it can be executed: `AVAILABLE`, `OBSOLETE`.
        since: When it was made, as text.
    """

    name: str
    status: str
    execution: str
    since: str


@dataclass(frozen=True, kw_only=True)
class Environment:
    """An environment as it is deployed.

    Attributes:
        region: Where.
        root: Its stacks.
        services: Of all its stacks, by name.
        change_sets: Those of ours that wait.
        notes: What could not be told; something may be wrong there.
    """

    region: str
    root: Stack
    services: tuple[ServiceState, ...] = ()
    change_sets: tuple[PendingChangeSet, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """What it needs."""
        stacks = list(self.root.each())
        if any(stack.status in STUCK for stack in stacks):
            return "stuck"
        settled = all(stack.status in _STEADY for stack in stacks) and not self.notes
        return "steady" if settled and all(each.is_steady for each in self.services) else "unsteady"


@dataclass(frozen=True, kw_only=True)
class Happening:
    """Something that happened to a resource of a stack.

    Attributes:
        time: When.
        resource: The root's name, nested stacks and logical ID: `demo/Network/Vpc`.
        type: As `AWS::EC2::VPC`.
        status: As `CREATE_COMPLETE`.
        reason: Why, if CloudFormation says so.
        is_failure: Whether the resource itself went wrong.
    """

    time: datetime
    resource: str
    type: str
    status: str
    reason: str
    is_failure: bool


@dataclass(frozen=True, kw_only=True)
class LogLine:
    """A line that a task wrote.

    Attributes:
        time: When.
        task: Its ID.
        stream: The log stream, which is named after the task.
        message: What it wrote.
    """

    time: datetime
    task: str
    stream: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A property that is not as the template says.

    Attributes:
        path: As `/SecurityGroupIngress/0`.
        kind: `ADD` of what the template does not have, `REMOVE` of what it has, `NOT_EQUAL`.
        expected: What the template says, as text.
        actual: What there is.
    """

    path: str
    kind: str
    expected: str
    actual: str


@dataclass(frozen=True, kw_only=True)
class DriftedResource:
    """A resource that somebody changed or deleted without CloudFormation.

    Attributes:
        resource: The logical ID, with the nested stacks that lead to it: `Network/Vpc`.
        type: As `AWS::EC2::VPC`.
        physical_id: Which one it is.
        status: `MODIFIED` or `DELETED`.
        differences: What differs; nothing of a deleted one.
    """

    resource: str
    type: str
    physical_id: str
    status: str
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Drift:
    """How far an environment has drifted from its templates.

    Attributes:
        stacks: How many were asked.
        in_sync: How many resources are as their template says.
        drifted: Those that are not.
        unsupported: Those whose type CloudFormation cannot compare: resource and type.
        untold: What could not be found out, and why, a line each.
    """

    stacks: int
    in_sync: int
    drifted: tuple[DriftedResource, ...] = ()
    unsupported: tuple[tuple[str, str], ...] = ()
    untold: tuple[str, ...] = ()
