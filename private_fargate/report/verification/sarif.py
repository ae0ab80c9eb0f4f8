"""A verification as SARIF 2.1.0, which code scanning shows beside the lines of a change.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html and, for what is read of it,
https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support
"""

from __future__ import annotations

import hashlib
import json
import posixpath
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from private_fargate.report.verification.rules import RuleText
    from private_fargate.verify.findings import Finding, Report

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final[Mapping[str, str]] = {"error": "error", "warning": "warning", "info": "note"}


def sarif(
    reports: Sequence[Report],
    rules: Sequence[RuleText],
    *,
    root: str = "",
    documentation: str = "docs/rules.md",
    version: str = "",
) -> dict[str, Any]:
    """Return one run with the findings of all reports, ready for JSON.

    One run, because code scanning refuses several of one tool.  What two roots say alike, of a template
    that both nest, is one result.

    Args:
        reports: What was found.
        rules: All rules that were asked: an alert closes only when its rule is there and finds nothing.
        root: The folder of the repository, absolute; paths below it are written relative to it.
        documentation: Where the page of rules is.  The standard asks for an absolute address.
        version: Of this tool; empty leaves it out.
    """
    index = {rule.id: number for number, rule in enumerate(rules)}
    driver: dict[str, Any] = {"name": "private-fargate"}
    if version:
        driver["version"] = version
    driver["rules"] = [_rule(rule, documentation) for rule in rules]
    found = dict.fromkeys(finding for report in reports for finding in (*report.findings, *report.suppressed))
    occurrences: dict[str, int] = {}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "invocations": [_invocation(reports)],
                "results": [_result(finding, index, root, occurrences) for finding in found],
            }
        ],
    }


def _rule(rule: RuleText, documentation: str) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.claim},
        "fullDescription": {"text": rule.why or rule.claim},
        "help": {"text": _help(rule)},
        "helpUri": f"{documentation}#{rule.id.lower()}",
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _help(rule: RuleText) -> str:
    parts = (("AWS says", rule.symptom), ("Fix", rule.fix), ("Source", rule.source))
    return "\n\n".join(f"{name}: {text}" for name, text in parts if text) or rule.claim


def _invocation(reports: Sequence[Report]) -> dict[str, Any]:
    """Say that it ran, and what it could not tell: that is no result, for it is no fault."""
    notes = dict.fromkeys(
        ": ".join(filter(None, (unproven.task, unproven.need, unproven.reason)))
        for report in reports
        for unproven in report.unproven
    )
    return {
        "executionSuccessful": True,
        "toolExecutionNotifications": [
            {"level": "note", "message": {"text": f"unproven: {note}"}} for note in notes
        ],
    }


def _result(
    finding: Finding, index: Mapping[str, int], root: str, occurrences: dict[str, int]
) -> dict[str, Any]:
    artifact = _artifact(finding.path, root)
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.severity],
        "message": {
            "text": "\n".join(filter(None, (finding.message, finding.fix and f"Fix: {finding.fix}")))
        },
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": artifact,
                    "region": {"startLine": max(1, finding.line)},
                },
                "logicalLocations": [{"fullyQualifiedName": finding.resource, "kind": "resource"}],
            }
        ],
        "partialFingerprints": {
            "primaryLocationLineHash": _fingerprint(finding, artifact["uri"], occurrences)
        },
    }
    if finding.rule in index:
        result["ruleIndex"] = index[finding.rule]
    if finding.breaks:
        result["properties"] = {"breaks": list(finding.breaks)}
    if finding.suppressed:
        result["suppressions"] = [{"kind": "inSource", "justification": finding.suppressed}]
    return result


def _artifact(path: str, root: str) -> dict[str, str]:
    """Name a file as the repository does; one outside of it by its whole address."""
    place = PurePosixPath(posixpath.normpath(path.replace("\\", "/")))
    if root and place.is_relative_to(root):
        place = place.relative_to(root)
    if place.is_absolute():
        return {"uri": f"file://{quote(str(place))}"}
    return {"uri": quote(str(place)), "uriBaseId": "%SRCROOT%"}


def _fingerprint(finding: Finding, uri: str, occurrences: dict[str, int]) -> str:
    """Return what makes a finding the same one after other lines of its file have moved.

    The name of the fingerprint is the only one that code scanning compares.  Its value is the resource and
    the property instead of a line's content, which in a rendered template says little.  The number at the
    end tells apart what is alike in all of these.

    Source: https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support
    """
    identity = json.dumps([finding.rule, uri, finding.resource, finding.property])
    digest = hashlib.sha256(identity.encode()).hexdigest()[:16]
    occurrences[digest] = occurrences.get(digest, 0) + 1
    return f"{digest}:{occurrences[digest]}"
