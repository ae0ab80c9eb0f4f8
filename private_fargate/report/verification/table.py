"""What was found, for a terminal: the worst first, then what was suppressed, then what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.table import Table
from rich.text import Text

from private_fargate.report.verification.needs import summary_line
from private_fargate.report.verification.wording import inert, joined, some
from private_fargate.verify.findings import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import RenderableType

    from private_fargate.verify.findings import Finding, Replaced, Report, Severity, Unproven

_STYLES: Final[Mapping[Severity, str]] = {"error": "bold red", "warning": "yellow", "info": "cyan"}


def verification_table(reports: Sequence[Report]) -> RenderableType:
    """Return what a person reads after a verification; the last line says how it ended.

    Texts of templates are put in as they are: brackets in them are no markup.
    """
    parts: list[RenderableType] = []
    for report in reports:
        rows = _rows(report)
        if rows.row_count and len(reports) > 1:
            parts.append(Text(report.template, style="bold underline"))
        if rows.row_count:
            parts.append(rows)
    last = summary_line(reports)
    if len(reports) > 1:
        last = f"{len(reports)} templates, {last}"
    return Group(*parts, Text(last, style="bold"))


def _rows(report: Report) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in sorted(report.findings, key=lambda finding: SEVERITIES.index(finding.severity)):
        table.add_row(_head(finding, finding.severity, _STYLES[finding.severity]), _spaced(_finding(finding)))
    for finding in report.suppressed:
        table.add_row(_head(finding, "suppressed", "dim"), _spaced(_suppressed(finding)))
    for replaced in report.replacements or ():
        word = "replaced" if replaced.certain else "may be\nreplaced"
        table.add_row(Text(word, style="magenta"), _spaced(_replaced(replaced)))
    for reason, group in _by_reason(report.unproven):
        table.add_row(Text(f"unproven\n{len(group)}", style="yellow"), _spaced(_unproven(reason, group)))
    return table


def _spaced(body: Text) -> Text:
    """Set a row off from the next: a grid has no lines."""
    return body.append("\n")


def _head(finding: Finding, word: str, style: str) -> Text:
    return Text.assemble((word, style), "\n", finding.rule)


def _place(finding: Finding) -> Text:
    """Write the place as editors and terminals open it, file and line unbroken."""
    where = " ".join(filter(None, (finding.resource, finding.property)))
    return Text.assemble((f"{finding.path}:{finding.line}", "bold"), f"  {where}")


def _finding(finding: Finding) -> Text:
    lines = [_place(finding), Text(inert(finding.message))]
    if finding.breaks:
        lines.append(Text(f"breaks: {some(finding.breaks, 'need')}"))
    if finding.symptom:
        lines.append(Text(f"AWS says: {finding.symptom}", style="dim"))
    if finding.fix:
        lines.append(Text.assemble(("fix: ", "green"), finding.fix))
    return Text("\n").join(lines)


def _suppressed(finding: Finding) -> Text:
    return Text("\n").join(
        [
            _place(finding),
            Text(inert(finding.message), style="dim"),
            Text(f"reason: {inert(finding.suppressed)}"),
        ]
    )


def _replaced(replaced: Replaced) -> Text:
    because = f", after {joined(replaced.causes)}" if replaced.causes else ""
    text = f"{replaced.resource} ({replaced.type}): {joined(replaced.properties)} changed{because}"
    return Text(inert(text))


def _by_reason(unproven: Sequence[Unproven]) -> list[tuple[str, list[Unproven]]]:
    """Group what is not known by what would have to be known; what would tell most comes first."""
    groups: dict[str, list[Unproven]] = {}
    for entry in unproven:
        groups.setdefault(entry.reason, []).append(entry)
    return sorted(groups.items(), key=lambda group: -len(group[1]))


def _unproven(reason: str, group: Sequence[Unproven]) -> Text:
    """Write a reason, and the needs under it; tasks that lack the same things share a line."""
    needs: dict[str, list[str]] = {}
    for entry in group:
        needs.setdefault(entry.task, []).append(entry.need)
    tasks: dict[tuple[str, ...], list[str]] = {}
    for task, names in needs.items():
        tasks.setdefault(tuple(names), []).append(task)
    lines = [
        f"{some(owners, 'task')}: {some(names, 'need')}" if any(owners) else some(names, "need")
        for names, owners in tasks.items()
    ]
    return Text("\n").join([Text(inert(reason)), *(Text(line, style="dim") for line in lines)])
