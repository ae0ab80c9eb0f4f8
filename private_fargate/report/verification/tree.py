"""The whole proof of one task, as a tree: what it needs, in which zones, and who grants each step."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from rich.text import Text
from rich.tree import Tree

from private_fargate.errors import UserError
from private_fargate.report.verification.needs import needs_of, tally, tasks_of
from private_fargate.report.verification.wording import alike, folded, inert, joined, listed, tags

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from private_fargate.report.verification.needs import Need
    from private_fargate.verify.findings import Finding, Proof, Report, Step
    from private_fargate.verify.templates.values import Truth

_MARKS: Final[Mapping[Truth, tuple[str, str]]] = {
    True: ("✓", "green"),
    False: ("✗", "bold red"),
    None: ("?", "yellow"),
}


class UnknownTaskError(UserError, ValueError):
    """No task has the name that was given, or several have."""


def explanations(reports: Sequence[Report], task: str) -> tuple[Tree, ...]:
    """Return a tree for each task of that name, of all roots.

    Args:
        reports: Where to look.
        task: Its name; or any part of it, for a service in a nested stack: `nginx` is `Nginx/Service` too.

    Raises:
        UnknownTaskError: If there is none; the message names those that there are.
    """
    for is_meant in (_is_it, _is_it_in_other_letters, _is_part_of_it):
        found = [
            _tree(report, name) for report in reports for name in tasks_of(report) if is_meant(name, task)
        ]
        if found:
            return tuple(found)
    raise UnknownTaskError(_unknown([name for report in reports for name in tasks_of(report)], task))


def explanation(report: Report, task: str) -> Tree:
    """Return the proof of one task; zones in which it is the same share a branch.

    Raises:
        UnknownTaskError: If no task has the name, or several have; the message names those that there are.
    """
    trees = explanations([report], task)
    if len(trees) == 1:
        return trees[0]
    names = [name for name in tasks_of(report) if _is_part_of_it(name, task)]
    raise UnknownTaskError(f"--explain: {task} is part of several tasks; write {' or '.join(names)}")


def _is_it(name: str, wanted: str) -> bool:
    return name == wanted


def _is_it_in_other_letters(name: str, wanted: str) -> bool:
    return name.lower() == wanted.lower()


def _is_part_of_it(name: str, wanted: str) -> bool:
    return wanted.lower() in name.lower().split("/")


def _unknown(names: Sequence[str], wanted: str) -> str:
    names = sorted(set(names))
    if not names:
        return f"--explain: there is no task {wanted}; the templates run nothing on Fargate"
    lower = {name.lower(): name for name in names}
    close = [lower[name] for name in difflib.get_close_matches(wanted.lower(), lower)]
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    verb = "is" if len(names) == 1 else "are"
    return f"--explain: there is no task {wanted}; {hint}there {verb} {joined(names)}"


def _tree(report: Report, task: str) -> Tree:
    needs = [need for need in needs_of(report) if need.task == task]
    tree = Tree(Text.assemble((task, "bold"), f", {tally(needs)}"))
    for need in needs:
        for proofs in _folded_by_zone(need):
            _add_proof(tree, proofs)
        if need.reasons:
            tree.add(_with_reason(_marked(None, need.name), None, "; ".join(need.reasons)))
    breaking = [finding for finding in report.findings if _is_broken_by(task, finding)]
    if breaking:
        branch = tree.add(Text("what breaks it", style="bold"))
        for finding in breaking:
            branch.add(_finding(finding))
    return tree


def _folded_by_zone(need: Need) -> list[list[Proof]]:
    """Group the proofs of a need that say the same, each of its own zone."""
    distinct = tags([proof.zone for proof in need.proofs])
    groups: list[list[Proof]] = []
    for proof in need.proofs:
        for group in groups:
            if _are_alike(group[0], proof, distinct):
                group.append(proof)
                break
        else:
            groups.append([proof])
    return groups


def _are_alike(one: Proof, other: Proof, distinct: Mapping[str, str]) -> bool:
    zones = one.zone, other.zone
    names = distinct[one.zone], distinct[other.zone]
    return len(one.steps) == len(other.steps) and all(
        step.holds is opposite.holds
        and alike(step.claim, opposite.claim, zones, names)
        and alike(step.by, opposite.by, zones, names)
        and alike(step.why, opposite.why, zones, names)
        for step, opposite in zip(one.steps, other.steps, strict=True)
    )


def _add_proof(tree: Tree, proofs: Sequence[Proof]) -> None:
    zones = list(dict.fromkeys(proof.zone for proof in proofs if proof.zone))
    where = f" in {listed(zones)}" if zones else ""
    branch = tree.add(_marked(proofs[0].holds, f"{proofs[0].need}{where}"))
    for steps in zip(*(proof.steps for proof in proofs), strict=True):
        branch.add(_step(steps))


def _step(steps: Sequence[Step]) -> Text:
    """Write one step, as it is in several zones at once."""
    holds = steps[0].holds
    label = _marked(holds, folded([step.claim for step in steps]))
    if by := folded([step.by for step in steps]):
        label.append(f" ({inert(by)})", style="dim")
    return _with_reason(label, holds, folded([step.why for step in steps]))


def _with_reason(label: Text, holds: Truth, why: str) -> Text:
    return label.append(f"\n{inert(why)}", style=_MARKS[holds][1]) if why else label


def _marked(holds: Truth, text: str) -> Text:
    """Put a mark before a text: it tells without colour what the colour tells."""
    mark, style = _MARKS[holds]
    return Text.assemble((mark, style), f" {inert(text)}")


def _is_broken_by(task: str, finding: Finding) -> bool:
    return any(entry == task or entry.startswith(f"{task} -> ") for entry in finding.breaks)


def _finding(finding: Finding) -> Text:
    return Text.assemble(
        (f"{finding.rule} ", "bold"),
        f"{finding.path}:{finding.line}\n",
        finding.message,
        f"\nfix: {finding.fix}",
    )
