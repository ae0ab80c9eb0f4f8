"""A verification as JUnit's XML, which every build server shows: a suite per root, a case per need.

Source: there is no standard; this keeps to what Jenkins, GitLab and GitHub's reporters read:
https://github.com/testmoapp/junitxml
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from private_fargate.report.verification.needs import excuse, excuses, needs_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from private_fargate.report.verification.needs import Need
    from private_fargate.verify.findings import Finding, Report

# Characters that no XML document may hold, not even escaped: https://www.w3.org/TR/xml/#charsets
_FORBIDDEN: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(reports: Sequence[Report]) -> str:
    """Return the document, with its declaration and a line end.

    A need that fails in some zone is a failure, unless all that breaks it was suppressed: then it is
    skipped, as is what is unproven.  A rule that found an error is a failure.  Warnings do not fail.
    """
    root = Element("testsuites", name="verify")
    for report in reports:
        root.append(_suite(report))
    _count(root)
    root.set("time", f"{sum(report.seconds for report in reports):.3f}")
    indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(root, encoding="unicode")}\n'


def _suite(report: Report) -> Element:
    suite = Element("testsuite", name=_clean(report.template))
    excused = excuses(report)
    for need in needs_of(report):
        _add_need(suite, need, excuse(excused, need))
    _add_nameless(suite, report)
    for rule in sorted({finding.rule for finding in (*report.findings, *report.suppressed)}):
        _add_rule(suite, report, rule)
    _count(suite)
    suite.set("time", f"{report.seconds:.3f}")
    return suite


def _count(element: Element) -> None:
    """Write how many cases there are below, and what became of them."""
    element.set("tests", str(sum(1 for _ in element.iter("testcase"))))
    element.set("failures", str(sum(1 for _ in element.iter("failure"))))
    element.set("errors", "0")
    element.set("skipped", str(sum(1 for _ in element.iter("skipped"))))


def _add_need(suite: Element, need: Need, reason: str) -> None:
    case = _case(suite, need.task, need.name)
    if need.holds is False and reason:
        _skip(case, f"suppressed: {reason}")
    elif need.holds is False:
        lines = _lines(need, holds=False)
        failure = SubElement(case, "failure", message=_clean(lines[0]), type="need")
        failure.text = _clean("\n".join(lines))
    elif need.holds is None:
        _skip(case, "; ".join([*_lines(need, holds=None), *need.reasons]))


def _lines(need: Need, *, holds: bool | None) -> list[str]:
    """Return a line per zone and step that came out so."""
    return list(
        dict.fromkeys(
            ": ".join(filter(None, (proof.zone, step.claim, step.by, step.why)))
            for proof in need.proofs
            for step in proof.steps
            if step.holds is holds
        )
    )


def _add_nameless(suite: Element, report: Report) -> None:
    """Add what is not known and concerns no task in particular."""
    found: dict[str, list[str]] = {}
    for entry in report.unproven:
        if not entry.task:
            found.setdefault(entry.need, []).append(entry.reason)
    for need, reasons in found.items():
        _skip(_case(suite, report.template, need), "; ".join(reasons))


def _add_rule(suite: Element, report: Report, rule: str) -> None:
    found = [finding for finding in report.findings if finding.rule == rule]
    errors = [finding for finding in found if finding.severity == "error"]
    others = [finding for finding in found if finding.severity != "error"]
    suppressed = [finding for finding in report.suppressed if finding.rule == rule]
    case = _case(suite, "rules", rule)
    if errors:
        failure = SubElement(case, "failure", message=_clean(_line(errors[0])), type="error")
        failure.text = _clean("\n\n".join(map(_text, errors)))
    elif suppressed and not others:
        _skip(
            case, "; ".join(f"{_line(finding)}: suppressed: {finding.suppressed}" for finding in suppressed)
        )
        return
    notes = [_text(finding) for finding in others]
    notes += [f"{_line(finding)}\nsuppressed: {finding.suppressed}" for finding in suppressed]
    if notes:
        SubElement(case, "system-out").text = _clean("\n\n".join(notes))


def _line(finding: Finding) -> str:
    return f"{finding.path}:{finding.line}: {finding.resource}: {finding.message}"


def _text(finding: Finding) -> str:
    lines = [f"{finding.severity}: {_line(finding)}"]
    lines += [f"breaks: {entry}" for entry in finding.breaks]
    lines += [f"AWS says: {finding.symptom}"] if finding.symptom else []
    lines += [f"fix: {finding.fix}"] if finding.fix else []
    return "\n".join(lines)


def _case(suite: Element, group: str, name: str) -> Element:
    return SubElement(suite, "testcase", classname=_clean(group), name=_clean(name))


def _skip(case: Element, message: str) -> None:
    SubElement(case, "skipped", message=_clean(message))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
