"""What a rule is: a small function with its id, its severity, its claim and its source."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from private_fargate.verify.findings import Severity
    from private_fargate.verify.model import Model
    from private_fargate.verify.templates.resources import Resource


@dataclass(frozen=True, slots=True)
class Fault:
    """What a rule found.

    Attributes:
        resource: At which resource.
        at: Where in it, under `Properties`: `("SubnetIds", 0)`; empty for the resource as a whole.
        message: What is wrong, with the values that are; one sentence without a full stop.
        breaks: The tasks and needs that it breaks: `Service -> ecr.dkr:443`.
        severity: How bad it is here, where that differs from the rule's own.
    """

    resource: Resource
    message: str
    at: tuple[str | int, ...] = ()
    breaks: tuple[str, ...] = ()
    severity: Severity | None = field(default=None, compare=False)


Check: TypeAlias = Callable[["Model"], Iterator[Fault]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule.

    Attributes:
        id: The id of the catalogue, such as `NET-003`.
        severity: How bad its faults are.
        claim: What holds where nothing is wrong, as a sentence without a full stop.
        why: What happens otherwise, and why nobody sees it coming.
        symptom: What AWS answers at run time, in AWS's words, so that a search for it finds the rule.
        fix: What to write instead, in terms of CloudFormation.
        source: Where the fact is written down.
        check: Finds the faults.
    """

    id: str
    severity: Severity
    claim: str
    why: str
    symptom: str
    fix: str
    source: str
    check: Check


def rule(  # noqa: PLR0913 -- what a rule is made of
    id: str,  # noqa: A002 -- the field's own name
    severity: Severity,
    claim: str,
    *,
    symptom: str,
    fix: str,
    source: str,
) -> Callable[[Check], Rule]:
    """Make a rule of a check, whose docstring says why."""

    def made(check: Check) -> Rule:
        return Rule(
            id=id,
            severity=severity,
            claim=claim,
            why=inspect.cleandoc(check.__doc__ or ""),
            symptom=symptom,
            fix=fix,
            source=source,
            check=check,
        )

    return made
