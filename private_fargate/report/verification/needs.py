"""The proofs of a report, counted: a need is proven if it is in every zone in which its task runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from private_fargate.report.verification.wording import counted
from private_fargate.verify.templates.values import all_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from private_fargate.verify.findings import Proof, Report
    from private_fargate.verify.templates.values import Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a task needs, with a proof for each zone.

    Attributes:
        task: Who needs it.
        name: What it needs, as `ecr.api:443`.
        proofs: In the order of the report; none if not even a proof could be begun.
        reasons: What would have to be known to begin one.
    """

    task: str
    name: str
    proofs: tuple[Proof, ...]
    reasons: tuple[str, ...] = ()

    @property
    def holds(self) -> Truth:
        """Whether the task gets it in every zone; None if it fails in none but one cannot be told."""
        return all_of(proof.holds for proof in self.proofs) if self.proofs else None


def needs_of(report: Report) -> tuple[Need, ...]:
    """Return each task's needs, each once, in the order of the report; last those without a proof.

    What is unproven and has a proof, which says so itself, is there once.
    """
    found: dict[tuple[str, str], list[Proof]] = {}
    for proof in report.proofs:
        found.setdefault((proof.task, proof.need), []).append(proof)
    begun = found.keys() | {(task, _without_port(name)) for task, name in found}
    reasons: dict[tuple[str, str], list[str]] = {}
    for entry in report.unproven:
        if entry.task and (entry.task, entry.need) not in begun:
            reasons.setdefault((entry.task, entry.need), []).append(entry.reason)
    return (
        *(Need(task=task, name=name, proofs=tuple(proofs)) for (task, name), proofs in found.items()),
        *(
            Need(task=task, name=name, proofs=(), reasons=tuple(texts))
            for (task, name), texts in reasons.items()
        ),
    )


def _without_port(name: str) -> str:
    """Return a need as findings may name it: `ecr.api` for `ecr.api:443`."""
    host, _, port = name.rpartition(":")
    return host if port.isdecimal() else name


def tasks_of(report: Report) -> tuple[str, ...]:
    """Return the tasks of a report, each once, in its order."""
    return tuple(dict.fromkeys(need.task for need in needs_of(report)))


def tally(needs: Sequence[Need]) -> str:
    """Count needs by what became of them.

    >>> tally([])
    '0 needs: 0 proven, 0 fail, 0 unproven'
    """
    outcomes = [need.holds for need in needs]
    return (
        f"{counted(len(outcomes), 'need')}: {outcomes.count(True)} proven, "
        f"{outcomes.count(False)} fail, {outcomes.count(None)} unproven"
    )


def summary_line(reports: Sequence[Report]) -> str:
    """Say in one line what was proven and what was found.

    Without a task nothing was proven, and the line says so: it must not read like a success.
    """
    tasks = sum(len(tasks_of(report)) for report in reports)
    needs = [need for report in reports for need in needs_of(report)]
    proven = f"{counted(tasks, 'task')}, {tally(needs)}" if tasks else "no task: there was nothing to prove"
    proven += _combinations(reports)
    found = [finding.severity for report in reports for finding in report.findings]
    numbers = (
        (found.count("error"), "error"),
        (found.count("warning"), "warning"),
        (found.count("info"), "info"),
    )
    parts = [
        counted(number, word) if word != "info" else f"{number} info" for number, word in numbers if number
    ]
    suppressed = sum(len(report.suppressed) for report in reports)
    parts += [f"{suppressed} suppressed"] if suppressed else []
    return f"{proven}; {', '.join(parts)}" if parts else proven


def _combinations(reports: Sequence[Report]) -> str:
    """Say in how many combinations of what can be chosen; nothing if there is nothing to choose.

    >>> _combinations([])
    ''
    """
    counted = [report.combinations for report in reports]
    possible = sum(each.possible - each.refused for each in counted)
    looked_at = sum(each.looked_at for each in counted)
    if all(each.possible == 1 for each in counted):
        return ""
    if all(each.are_all for each in counted):
        return f", in all {possible} combinations" if possible > 1 else ", in the only combination allowed"
    return f", in {looked_at} of {possible} combinations"


def excuses(report: Report) -> dict[str, str]:
    """Return what is put up with, as `nginx -> ecr.dkr`, and why: the reasons of what was suppressed.

    What breaks a need may be suppressed in part.  As long as one finding that breaks it is not, there is
    no excuse.
    """
    still = {entry for finding in report.findings for entry in finding.breaks}
    reasons: dict[str, dict[str, None]] = {}
    for finding in report.suppressed:
        for entry in finding.breaks:
            reasons.setdefault(entry, {})[finding.suppressed] = None
    return {entry: "; ".join(texts) for entry, texts in reasons.items() if entry not in still}


def excuse(excused: Mapping[str, str], need: Need) -> str:
    """Return why a need that fails is put up with, empty if it is not; a finding may leave out the port."""
    names = need.name, _without_port(need.name)
    return next((excused[entry] for name in names if (entry := f"{need.task} -> {name}") in excused), "")
