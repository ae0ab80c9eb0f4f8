"""Why a deployment failed: the one event that did it, and what else AWS knows about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One fact about a failure.

    Attributes:
        source: Where it is from, so that a person finds more of it: `stopped task 1f2e…`, `log /ecs/web`.
        fact: What is said there, in AWS's words.
        time: When it happened; None if the source does not say.
    """

    source: str
    fact: str
    time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The first real failure of an operation.

    Attributes:
        path: Logical IDs of the nested stacks from the root to the resource; () is the root.
        logical_id: Of the resource; of the nested stack itself, if no resource of it is to blame.
        type: As `AWS::ECS::Service`.
        status: As `CREATE_FAILED`.
        reason: What CloudFormation says.
        evidence: What the service says whose resource it is, the closest to the cause first.
        physical_id: The resource's name or ARN; empty if it never had one.
        stack_arn: The stack in which it happened.
        region: Where.
    """

    path: tuple[str, ...]
    logical_id: str
    type: str
    status: str
    reason: str
    evidence: tuple[Evidence, ...] = ()
    physical_id: str = ""
    stack_arn: str = ""
    region: str = ""

    @property
    def where(self) -> str:
        """The logical ID with the nested stacks that lead to it: `Endpoints/S3Endpoint`."""
        return "/".join((*self.path, self.logical_id))
