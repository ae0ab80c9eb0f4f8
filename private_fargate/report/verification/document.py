"""The same for a program: plain dicts, lists, strings and numbers, ready for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from private_fargate.verify.findings import Finding, Proof, Report


def verification_document(reports: Iterable[Report]) -> list[dict[str, Any]]:
    """Return an object for each root, with all that was found, in the order of the reports.

    It says nothing of time, so that the same templates give the same bytes.
    """
    return [
        {
            "template": report.template,
            "findings": [_finding(finding) for finding in report.findings],
            "suppressed": [
                {**_finding(finding), "reason": finding.suppressed} for finding in report.suppressed
            ],
            "unproven": [
                {"task": unproven.task, "need": unproven.need, "reason": unproven.reason}
                for unproven in report.unproven
            ],
            "combinations": _combinations(report),
            "proofs": [_proof(proof) for proof in report.proofs],
            **_replacements(report),
        }
        for report in reports
    ]


def _combinations(report: Report) -> dict[str, Any]:
    """Give in how many combinations of what can be chosen all this holds."""
    counted = report.combinations
    return {
        "possible": counted.possible,
        "refused": counted.refused,
        "proven": counted.looked_at,
        "sampled": counted.sampled,
        "missed": list(counted.missed),
        "all": counted.are_all,
    }


def _replacements(report: Report) -> dict[str, Any]:
    """Give what an update would replace, if that was asked."""
    if report.replacements is None:
        return {}
    return {
        "replacements": [
            {
                "resource": replaced.resource,
                "type": replaced.type,
                "properties": list(replaced.properties),
                "certain": replaced.certain,
                "causes": list(replaced.causes),
            }
            for replaced in report.replacements
        ]
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "resource": finding.resource,
        "path": finding.path,
        "property": finding.property,
        "line": finding.line,
        "message": finding.message,
        "symptom": finding.symptom,
        "fix": finding.fix,
        "breaks": list(finding.breaks),
    }


def _proof(proof: Proof) -> dict[str, Any]:
    return {
        "task": proof.task,
        "zone": proof.zone,
        "need": proof.need,
        "holds": proof.holds,
        "steps": [
            {"claim": step.claim, "holds": step.holds, "by": step.by, "why": step.why} for step in proof.steps
        ],
    }
