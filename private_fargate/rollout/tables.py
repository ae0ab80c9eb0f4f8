"""A rollout for people and programs: its plan, its instances, what drifted."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from rich.console import Group
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from private_fargate.rollout.drifting import DriftRow
    from private_fargate.rollout.model import Instance
    from private_fargate.rollout.outcomes import RolloutOutcome, Row
    from private_fargate.rollout.planning import RolloutPlan

_COLOURS: Final[Mapping[str, str]] = {
    "create": "green",
    "update": "yellow",
    "remove": "red",
    "unnamed": "cyan",
    "CURRENT": "green",
    "OUTDATED": "red",
    "INOPERABLE": "red",
    "IN_SYNC": "green",
    "DRIFTED": "red",
}
_WORDS: Final[Mapping[str, str]] = {"unnamed": "left alone"}


def plan_text(plan: RolloutPlan) -> Group:
    """Return a plan: the StackSet first, then each account and Region."""
    rows = [
        (
            step.place.account,
            step.place.region,
            _WORDS.get(step.action, step.action),
            step.vpc_cidr or ("next free" if step.awaits_range else ""),
            step.source,
            step.why,
        )
        for step in plan.steps
    ]
    counts = ", ".join(
        f"{len(steps)} {name}"
        for name, steps in (
            ("created", plan.of("create")),
            ("updated", plan.of("update")),
            ("removed", plan.of("remove")),
            ("unchanged", plan.of("unchanged")),
            ("left alone", plan.of("unnamed")),
        )
        if steps
    )
    what = "is made" if plan.is_new else f"changes: {'; '.join(plan.changes)}" if plan.changes else "stays"
    return Group(
        Text(f"StackSet {plan.stack_set} in {plan.region} {what}", "bold"),
        *_table(("account", "region", "what", "range", "from", "why"), rows, 2),
        *(Text(f"{place}: {cidr} goes back to IPAM; no network has it") for place, cidr in plan.freed),
        *(Text(note, "yellow") for note in plan.notes),
        Text(f"{counts or 'no instances'}" + ("; nothing to do" if plan.is_empty else "")),
    )


def plan_document(plan: RolloutPlan) -> dict[str, Any]:
    """Return a plan for programs."""
    steps = [{**step.place._asdict(), **asdict(step)} for step in plan.steps]
    for step in steps:
        del step["place"]
    freed = [{**place._asdict(), "vpc_cidr": cidr} for place, cidr in plan.freed]
    return {**asdict(plan), "steps": steps, "freed": freed, "is_empty": plan.is_empty}


def rows_text(rows: Sequence[Row]) -> Group:
    """Return instances, and below them why those that failed did."""
    cells = [
        (
            row.instance.place.account,
            row.instance.place.region,
            row.instance.status,
            row.instance.detail,
            row.vpc_cidr,
            row.instance.stack_id or "no stack",
        )
        for row in rows
    ]
    return Group(
        *_table(("account", "region", "status", "last operation", "range", "stack"), cells, 2),
        *(Text(f"{row.instance.place}: {row.cause}", "red") for row in rows if row.cause),
    )


def outcome_text(outcome: RolloutOutcome) -> Group:
    """Return how a rollout ended."""
    failed = sum(1 for row in outcome.rows if row.cause)
    done = f"{len(outcome.rows) - failed} of {len(outcome.rows) + len(outcome.missing)} instances are done"
    parts: list[Text] = []
    if outcome.missing:
        parts.append(Text(f"not begun: {', '.join(map(str, outcome.missing))}", "red"))
    if not outcome.succeeded:
        parts.append(Text("mend what is named above, and run it again: only what is not done is touched"))
    nothing = "" if outcome.changed else ", nothing was to be done"
    return Group(rows_text(outcome.rows), *parts, Text(f"{outcome.stack_set}: {done}{nothing}", "bold"))


def rows_document(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return instances for programs."""
    return [{**instance_document(row.instance), "vpc_cidr": row.vpc_cidr, "cause": row.cause} for row in rows]


def outcome_document(outcome: RolloutOutcome) -> dict[str, Any]:
    """Return how a rollout ended, for programs."""
    return {
        "stack_set": outcome.stack_set,
        "succeeded": outcome.succeeded,
        "changed": outcome.changed,
        "instances": rows_document(outcome.rows),
        "missing": [place._asdict() for place in outcome.missing],
    }


def instance_document(instance: Instance) -> dict[str, Any]:
    """Return an instance for programs."""
    document = {**instance.place._asdict(), **asdict(instance)}
    del document["place"]
    return document


def drift_text(rows: Sequence[DriftRow]) -> Group:
    """Return what drifted, instance by instance."""
    cells = [
        (
            row.instance.place.account,
            row.instance.place.region,
            "DRIFTED" if row.drifted else "IN_SYNC" if not row.doubt else row.instance.drift,
            "" if row.compared is None else f"{row.compared} resources",
            ", ".join(row.drifted) or row.doubt,
        )
        for row in rows
    ]
    return Group(*_table(("account", "region", "drift", "compared", "what"), cells, 2))


def drift_document(rows: Sequence[DriftRow]) -> list[dict[str, Any]]:
    """Return what drifted, for programs."""
    return [
        {
            **row.instance.place._asdict(),
            "drifted": list(row.drifted),
            "compared": row.compared,
            "doubt": row.doubt,
        }
        for row in rows
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], coloured: int) -> list[Text]:
    """Return rows as lines in columns; one column says how good it is, the last has any length."""
    if not rows:
        return []
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    lines = [
        Text("  ".join(f"{cell:<{width}}" for cell, width in zip(head, widths, strict=True)).rstrip(), "dim")
    ]
    for row in rows:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)]
        colour = _COLOURS.get(next(iter(row[coloured].split()), ""), "")
        before, after = "  ".join(cells[:coloured]), "  ".join(cells[coloured + 1 :]).rstrip()
        lines.append(Text.assemble(f"{before}  ", (cells[coloured], colour), f"  {after}"))
    return lines
