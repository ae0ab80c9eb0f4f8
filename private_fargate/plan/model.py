"""A plan: every resource that changes, what that means, and what it opens, costs and breaks.

It is made from a change set of AWS or from two sets of templates; both give the same values, so that they
are judged and shown alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping  # noqa: TC003 - a dataclass's annotations are read at run time
from dataclasses import dataclass, field
from decimal import Decimal  # noqa: TC003 - as above
from typing import Final, Literal, TypeAlias

Action: TypeAlias = Literal["Add", "Modify", "Remove", "Import", "Dynamic"]
"""What becomes of a resource, in AWS's words; `Dynamic` is decided at deployment."""

Certainty: TypeAlias = Literal["no", "perhaps", "yes"]
"""Whether something happens; `perhaps` is decided at deployment."""

Fate: TypeAlias = Literal["Delete", "Retain", "Snapshot"]
"""What becomes of a resource that a stack gives up: one that is removed, or the old one of a replacement."""

Direction: TypeAlias = Literal["widened", "narrowed", "changed"]
"""Which way access moves; `changed` is one of which it cannot be told."""

KNOWN_LATER: Final = "known after deployment"


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyChange:
    """One property of a resource, before and after.

    Attributes:
        path: Where in the resource: `Properties/Cpu`, `DeletionPolicy`, `Tags`.
        before: The value, as text or compact JSON; None if it was not there.
        after: The same afterwards; `KNOWN_LATER` if only the deployment tells.
        replaces: Whether this change replaces the resource.
        cause: What makes it change, if it is not the template: `Vpc.VpcId`, a parameter's name; else empty.
    """

    path: str
    before: str | None
    after: str | None
    replaces: Certainty = "no"
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes of one resource; of a nested stack, with what becomes of the resources in it.

    Attributes:
        logical_id: Its name in its own stack.
        type: As `AWS::EC2::VPC`.
        action: What happens to it.
        replacement: Whether a new one is made and the old one given up.
        fate: What becomes of the one that is given up; None if none is.
        physical_id: The one that is there; empty if there is none, or if no AWS was asked.
        properties: What changes in it, where that is known.
        within: The changes in a nested stack.
    """

    logical_id: str
    type: str
    action: Action
    replacement: Certainty = "no"
    fate: Fate | None = None
    physical_id: str = ""
    properties: tuple[PropertyChange, ...] = ()
    within: tuple[Change, ...] = ()

    @property
    def gives_up(self) -> bool:
        """Whether what is there today is deleted, or perhaps, or lives on without a stack."""
        return self.action == "Remove" or self.replacement != "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityChange:
    """One change of who may do what, or of what is protected how.

    Attributes:
        resource: The logical ID, with the nested stacks that lead to it: `Endpoints/S3Endpoint`.
        type: As `AWS::IAM::Role`.
        subject: What of it: `trust`, `identity policy`, `boundary`, `ingress`, `encryption`, …
        direction: Which way access moves.
        message: What becomes possible or impossible, in one sentence.
        before: The part that differs, as compact JSON; empty if there was none.
        after: The same afterwards.
    """

    resource: str
    type: str
    subject: str
    direction: Direction
    message: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostChange:
    """What a month costs before anybody uses it, today and afterwards.

    Attributes:
        lines: What is paid for -> USD a month before and after; only those that differ.
        before: The sum of everything whose price is known.
        after: The same afterwards.
        unknown: What has a price that is not known here.
    """

    lines: tuple[tuple[str, Decimal, Decimal], ...]
    before: Decimal
    after: Decimal
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that the verifier finds in what would be deployed, and not in what is.

    Attributes:
        rule: As `NET-003`.
        severity: `error`, `warning` or `info`.
        resource: The logical ID, with the nested stacks that lead to it.
        message: What is wrong.
        fix: What to write instead.
    """

    rule: str
    severity: str
    resource: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChange:
    """A property of the stack itself, which no change set shows: `termination protection`, `stack policy`.

    Attributes:
        name: In words.
        before: The value as text; empty if there is none.
        after: The same afterwards.
    """

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one deployment would do to one stack.

    Attributes:
        stack: The root's name.
        region: Where; empty if no AWS was asked.
        account: Twelve digits; empty if no AWS was asked.
        kind: Whether the stack is made, changed, or both sides are templates (`OFFLINE`).
        change_set: The root's change set, by ARN; empty if there is none: offline, or nothing to do.
        stack_arn: The root; empty if it is not known.
        digest: Of the templates and the parameters that would be deployed; the plan is good for no others.
        templates: File name -> sha256 of what would be deployed.
        parameters: Of the root, as they would be given; others keep their values.
        changes: Of the root's resources, by logical ID.
        settings: Changes of the stack itself.
        security: Who may do what afterwards, and could not before, and the reverse.
        cost: What changes in the bill; None if that was not asked.
        problems: What the verifier finds anew.
        notes: What AWS said besides, and what could not be told.
    """

    stack: str
    kind: Literal["CREATE", "UPDATE", "OFFLINE"]
    digest: str
    templates: Mapping[str, str] = field(default_factory=dict[str, str])
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    region: str = ""
    account: str = ""
    change_set: str = ""
    stack_arn: str = ""
    changes: tuple[Change, ...] = ()
    settings: tuple[SettingChange, ...] = ()
    security: tuple[SecurityChange, ...] = ()
    cost: CostChange | None = None
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.change_set or self.changes or self.settings)


def each(changes: tuple[Change, ...], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Change]]:
    """Yield every change with the logical IDs of the nested stacks that lead to it, parents first."""
    for change in changes:
        yield path, change
        yield from each(change.within, (*path, change.logical_id))


def count(changes: tuple[Change, ...]) -> dict[Action, int]:
    """Return how many resources get each action, nested stacks themselves included."""
    counts: dict[Action, int] = {}
    for _, change in each(changes):
        counts[change.action] = counts.get(change.action, 0) + 1
    return counts
