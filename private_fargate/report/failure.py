"""A failed deployment for people and for programs: what, where, why in AWS's words, and what to mend.

The same words of AWS often have several causes.  The templates that were deployed tell which: whatever the
verifier finds in them comes first.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.console import Group
from rich.padding import Padding
from rich.text import Text

from private_fargate.report.symptoms import likely_rules
from private_fargate.report.verification.wording import inert
from private_fargate.report.wordings import REMEDIES
from private_fargate.verify.checking import verify
from private_fargate.verify.rules import RULES
from private_fargate.verify.rules.account import ACCOUNT_CHECKS
from private_fargate.verify.templates.sources import TemplateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import RenderableType

    from private_fargate.plan.diagnosis import Diagnosis, Evidence
    from private_fargate.report.symptoms import Likely
    from private_fargate.verify.findings import Finding

_ROOT: Final = "parent.json"
_LOG: Final = "log "
"""How the source of what a container wrote begins."""
_OTHERS: Final = 6  # rules that are named beside the first
_FACTS: Final = 8  # that a screen shows
_LONG: Final = 420  # characters of the reason on a screen; the document has all of it
_FACT: Final = 240  # characters of a fact there
_CLAIMS: Final = {rule.id: (rule.claim, rule.fix) for rule in RULES} | {
    check.id: (check.condition, REMEDIES[check.id]) for check in ACCOUNT_CHECKS if check.id in REMEDIES
}

# What CloudFormation adds for itself, of no use to somebody who reads.
_RECEIPT: Final = re.compile(r"\s*\((?:RequestToken|Service): [^()]*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A rule whose breach may be the cause.

    Attributes:
        rule: Its id.
        claim: What holds where nothing is wrong.
        fix: What to write instead.
        places: Where the verifier finds it broken in the templates: `Endpoints/S3Endpoint: …`.
    """

    rule: str
    claim: str
    fix: str
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a failure is about, by the catalogue.

    Attributes:
        candidates: The likeliest first; at least one.
        words: The text of AWS that is matched; empty if the templates alone told.
    """

    candidates: tuple[Candidate, ...]
    words: str = ""

    @property
    def rule(self) -> str:
        """The id of the likeliest rule."""
        return self.candidates[0].rule

    @property
    def claim(self) -> str:
        """What would hold if nothing were wrong."""
        return self.candidates[0].claim

    @property
    def fix(self) -> str:
        """What to write instead."""
        return self.candidates[0].fix


def matched(
    diagnosis: Diagnosis,
    templates: Mapping[str, bytes] | None = None,
    arguments: Mapping[str, str] | None = None,
) -> Match | None:
    """Return the rules that a failure is about, None if the catalogue does not know it.

    Args:
        diagnosis: what happened.
        templates: file name -> JSON of what was deployed; `parent.json` is the root.
        arguments: the root's parameters.
    """
    words, likely = _likeliest(diagnosis)
    findings = _findings(templates, arguments or {}) if templates else ()
    places: dict[str, list[Finding]] = {}
    for finding in findings:
        places.setdefault(finding.rule, []).append(finding)
    strong = [each.rule for each in likely if not each.weak]
    if strong:
        # The verifier decides between the causes of the same words, and not between different words.
        ordered = sorted(strong, key=lambda rule: rule not in places)
    else:
        words = ""
        told = (each.rule for each in likely if each.rule in places)
        ordered = list(dict.fromkeys((*_about(diagnosis, findings), *told)))
    if not ordered:
        return None
    candidates = tuple(_candidate(rule, places.get(rule, ())) for rule in ordered)
    return Match(candidates=candidates, words=words)


def _likeliest(diagnosis: Diagnosis) -> tuple[str, list[Likely]]:
    """Return the first text that tells something, and of what; the closest to the cause comes first.

    What a container wrote comes last, and only of its own task: it may speak of anything that AWS speaks of.
    """
    logged = [each.fact for each in diagnosis.evidence if each.source.startswith(_LOG)]
    texts = [each.fact for each in diagnosis.evidence if not each.source.startswith(_LOG)]
    weak: tuple[str, list[Likely]] = ("", [])
    for text, group in (
        *((text, "") for text in (*texts, diagnosis.reason)),
        *((t, "TASK-") for t in logged),
    ):
        likely = [each for each in likely_rules(text) if each.rule in _CLAIMS and each.rule.startswith(group)]
        if any(not each.weak for each in likely):
            return text, likely
        if likely and not weak[1]:
            weak = text, likely
    return weak


def _findings(templates: Mapping[str, bytes], arguments: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return what the verifier finds in templates; nothing if it cannot read them."""
    with tempfile.TemporaryDirectory() as folder:
        for name, body in templates.items():
            (Path(folder) / name).write_bytes(body)
        try:
            report = verify(Path(folder) / _ROOT, arguments=arguments)
        except TemplateError:
            return ()
    return report.findings


def _about(diagnosis: Diagnosis, findings: Sequence[Finding]) -> list[str]:
    """Return the rules that must fail at the very resource, or at something that it needs."""
    found = [
        finding.rule
        for finding in findings
        if finding.severity == "error"
        and (
            finding.resource == diagnosis.where
            or any(broken.partition(" ")[0] == diagnosis.logical_id for broken in finding.breaks)
        )
    ]
    return list(dict.fromkeys(found))


def _candidate(rule: str, findings: Iterable[Finding]) -> Candidate:
    claim, fix = _CLAIMS[rule]
    places = tuple(
        f"{finding.resource} ({Path(finding.path).name}:{finding.line}): {finding.message}"
        for finding in findings
    )
    return Candidate(rule=rule, claim=claim, fix=fix, places=places)


def failure_text(diagnosis: Diagnosis, match: Match | None) -> RenderableType:
    """Return at most a screenful: what failed, where, why, what else is known, and what to mend."""
    title = Text.assemble(
        (diagnosis.where, "bold red"), f" {diagnosis.type.removeprefix('AWS::')} {diagnosis.status}"
    )
    lines: list[RenderableType] = [
        title,
        Text(_short(_RECEIPT.sub("", diagnosis.reason)) or "AWS gives no reason"),
    ]
    lines += _evidence_lines(diagnosis.evidence)
    if match:
        lines += _match_lines(match)
    lines.append(Text.assemble(("look further: ", "dim"), look_further(diagnosis)))
    return Group(*lines)


def _evidence_lines(evidence: Sequence[Evidence]) -> list[RenderableType]:
    """Return the first facts, each source once, the first fact at length."""
    lines: list[RenderableType] = []
    for source, facts in groupby(evidence[:_FACTS], lambda each: each.source):
        lines.append(Text(f"  {source}", "dim"))
        for each in facts:
            most = _LONG if each is evidence[0] else _FACT
            lines.append(Padding.indent(Text(_short(each.fact, most)), 4))
    left = len(evidence) - _FACTS
    return [*lines, Text(f"  and {left} more", "dim")] if left > 0 else lines


def _match_lines(match: Match) -> list[RenderableType]:
    first, *others = match.candidates
    lines: list[RenderableType] = [Text.assemble((f"{first.rule}: ", "bold yellow"), first.claim)]
    if first.places:
        lines.append(Padding.indent(Text("broken at " + _short(first.places[0])), 2))
    lines.append(Padding.indent(Text.assemble(("fix: ", "green"), first.fix), 2))
    if others:
        named = ", ".join(each.rule for each in others[:_OTHERS])
        more = f" and {len(others) - _OTHERS} more" if len(others) > _OTHERS else ""
        lines.append(Text(f"  if it is not that: {named}{more} (docs/rules.md)", "dim"))
    return lines


def failure_document(diagnosis: Diagnosis, match: Match | None) -> dict[str, Any]:
    """Return the same for a program, with nothing left out."""
    return {
        "resource": diagnosis.where,
        "type": diagnosis.type,
        "physical_id": diagnosis.physical_id,
        "stack": diagnosis.stack_arn,
        "region": diagnosis.region,
        "status": diagnosis.status,
        "reason": diagnosis.reason,
        "evidence": [_fact(each) for each in diagnosis.evidence],
        "matched": match.words if match else "",
        "rules": [
            {"id": each.rule, "claim": each.claim, "fix": each.fix, "places": list(each.places)}
            for each in (match.candidates if match else ())
        ],
        "look_further": look_further(diagnosis),
    }


def _fact(evidence: Evidence) -> dict[str, Any]:
    time = evidence.time.isoformat() if evidence.time else None
    return {"source": evidence.source, "fact": evidence.fact, "time": time}


def look_further(diagnosis: Diagnosis) -> str:
    """Return the command that shows more of what is known about a failure."""
    region = f" --region {diagnosis.region}" if diagnosis.region else ""
    log = next((each.source.split() for each in diagnosis.evidence if each.source.startswith(_LOG)), None)
    if log:
        return f"aws logs get-log-events --log-group-name '{log[1]}' --log-stream-name '{log[2]}'{region}"
    names = diagnosis.physical_id.rpartition(":")[2].split("/")
    if diagnosis.type == "AWS::ECS::Service" and diagnosis.physical_id:
        cluster = f" --cluster {names[-2]}" if len(names) > 2 else ""  # noqa: PLR2004 -- "service", cluster, name
        return f"aws ecs describe-services{cluster} --services {names[-1]}{region}"
    if ":changeSet/" in diagnosis.physical_id:
        return f"aws cloudformation describe-events --change-set-name {diagnosis.physical_id}{region}"
    return f"aws cloudformation describe-stack-events --stack-name {diagnosis.stack_arn}{region}"


def _short(text: str, most: int = _LONG) -> str:
    text = inert(text)  # a container's log is anyone's
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
