"""From templates to reports: every rule over every world of every root."""

from __future__ import annotations

import contextlib
import gc
import time
from typing import TYPE_CHECKING, Final

from private_fargate.verify.findings import SEVERITIES, Finding, Replaced, Report
from private_fargate.verify.model import Model
from private_fargate.verify.proofs import Proven
from private_fargate.verify.rules import RULES
from private_fargate.verify.templates.differences import replacements
from private_fargate.verify.templates.places import Place
from private_fargate.verify.templates.systems import Loader, explored, systems

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from private_fargate.verify.rules.rule import Fault, Rule
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System


METADATA: Final = "private-fargate"
"""Where in a resource's metadata our settings are."""

ANYWHERE: Final = Place()
"""A deployment of which nobody says where it will be."""

IGNORED: Final = "ignored by --ignore"
"""The reason of what is suppressed for the whole run."""


@contextlib.contextmanager
def _collector_paused() -> Generator[None]:
    """Keep the garbage collector from walking a system while it grows: that is up to a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@_collector_paused()
def verify(  # noqa: PLR0913 -- what is verified, with what is known about its deployment
    path: Path,
    *,
    arguments: Mapping[str, Value] | None = None,
    place: Place = ANYWHERE,
    against: Path | None = None,
    ignored: Collection[str] = (),
    rules: Sequence[Rule] = RULES,
    loader: Loader | None = None,
    beside: Sequence[Path] = (),
    most_worlds: int | None = None,
) -> Report:
    """Verify a root template with all that it nests.

    Args:
        path: The root's file.
        arguments: Values of its parameters.
        place: Where it will be deployed, as far as that is known.
        against: The root's file as it is deployed already; None if it is not, or nobody knows.
        ignored: The ids of rules whose findings are suppressed everywhere.
        rules: The rules to ask.
        loader: Where files that were read before are kept.
        beside: The files of roots that are deployed in the same account already, such as the one that has the
            permissions boundary of roles.
        most_worlds: How many combinations of what can be chosen are looked at, at most, if a default is only
            one of the values that a parameter can have; None if defaults are taken for granted.

    Raises:
        TemplateError: If it, or a template that it nests from a file, cannot be read.
    """
    began = time.perf_counter()
    given = arguments or {}
    deployed = systems(against, given, place, loader) if against else []
    found: dict[Finding, None] = {}
    replaced: dict[Replaced, None] = {}
    proven = Proven()
    worlds = explored(path, given, place, loader, beside=beside, most_worlds=most_worlds)
    for system in worlds:  # one at a time: thousands do not fit into memory
        model = Model(system, _before(deployed, system))
        found |= dict.fromkeys(findings(model, rules, ignored))
        replaced |= dict.fromkeys(_replacements(model))
        proven.add(model)
    counted = proven.combinations(worlds.combinations)
    ordered = sorted(found, key=_order)
    return Report(
        template=str(path),
        findings=tuple(finding for finding in ordered if not finding.suppressed),
        suppressed=tuple(finding for finding in ordered if finding.suppressed),
        unproven=proven.unproven(counted),
        proofs=proven.proofs(),
        combinations=counted,
        replacements=tuple(replaced) if against else None,
        seconds=time.perf_counter() - began,
    )


def _before(deployed: Sequence[System], system: System) -> Model | None:
    """Give what is deployed, under assumptions that do not contradict the new ones; None if there is none."""
    new = system.assumptions
    alike = [old for old in deployed if all(new.get(n, c) == c for n, c in old.assumptions.items())]
    return Model(alike[0]) if alike else None


def _replacements(model: Model) -> Iterator[Replaced]:
    """Give what an update would replace, in one world."""
    for replacement in replacements(model.before, model) if model.before else ():
        yield Replaced(
            resource=str(replacement.address),
            type=replacement.type,
            properties=replacement.properties,
            certain=replacement.certain,
            causes=tuple(map(str, replacement.causes)),
        )


def findings(model: Model, rules: Iterable[Rule], ignored: Collection[str] = ()) -> list[Finding]:
    """Ask rules about one world."""
    return [_finding(model.system, rule, fault, ignored) for rule in rules for fault in rule.check(model)]


def _finding(system: System, rule: Rule, fault: Fault, ignored: Collection[str]) -> Finding:
    resource = fault.resource
    at = ("Properties", *fault.at) if fault.at else ()
    return Finding(
        path=str(resource.stack.template.path),
        line=resource.line(*at),
        rule=rule.id,
        severity=fault.severity or rule.severity,
        resource=str(resource.address),
        property="/".join(str(key) for key in at),
        message=system.show(fault.message),
        symptom=rule.symptom,
        fix=rule.fix,
        breaks=fault.breaks,
        suppressed=suppression(resource, rule.id) or (IGNORED if rule.id in ignored else ""),
    )


def suppression(resource: Resource, rule: str) -> str:
    """Give the reason for which a resource's metadata suppresses a rule; empty if it gives none.

    It is written as `Metadata: {private-fargate: {ignore: {NET-022: the reason}}}`; without a reason nothing
    is suppressed.
    """
    metadata = resource.body.get("Metadata")
    own = metadata.get(METADATA) if isinstance(metadata, dict) else None
    reasons = own.get("ignore") if isinstance(own, dict) else None
    reason = reasons.get(rule) if isinstance(reasons, dict) else None
    return reason.strip() if isinstance(reason, str) else ""


def _order(finding: Finding) -> tuple[int, str, int, str, str]:
    return SEVERITIES.index(finding.severity), finding.path, finding.line, finding.rule, finding.message
