"""What the verifier finds in what would be deployed, and not in what is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.plan.model import Problem
from private_fargate.plan.pairs import ANYWHERE, NEW, OLD, loader_of
from private_fargate.verify.checking import verify

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.plan.trees import StackTemplate
    from private_fargate.verify.findings import Finding
    from private_fargate.verify.templates.places import Place


def new_problems(
    old: StackTemplate | None, new: StackTemplate | None, place: Place = ANYWHERE
) -> tuple[Problem, ...]:
    """Return what a change would bring: faults that were not there, and those of the update itself.

    A fault is the same if its rule finds it at the same resource and property, and it breaks nothing more.

    Args:
        old: what is deployed; None if nothing is.
        new: what would be; None if nothing is to be left, which has no faults.
        place: where, as far as that is known.

    Raises:
        TemplateError: one of the templates is none.
    """
    if new is None:
        return ()
    loader = loader_of(old, new)
    there = verify(OLD, place=place, loader=loader).findings if old else ()
    found = verify(NEW, place=place, against=OLD if old else None, loader=loader).findings
    known: dict[tuple[str, str, str], set[str]] = {}
    for finding in there:
        known.setdefault(_identity(finding), set()).update(finding.breaks)
    return tuple(dict.fromkeys(_problem(finding) for finding in found if _is_new(finding, known)))


def _is_new(finding: Finding, known: Mapping[tuple[str, str, str], set[str]]) -> bool:
    there = known.get(_identity(finding))
    return there is None or not there.issuperset(finding.breaks)


def _identity(finding: Finding) -> tuple[str, str, str]:
    return finding.rule, finding.resource, finding.property


def _problem(finding: Finding) -> Problem:
    return Problem(
        rule=finding.rule,
        severity=finding.severity,
        resource=finding.resource,
        message=finding.message,
        fix=finding.fix,
    )
