"""A plan for a person at a terminal: what is given up first, in red, and the tree of all changes last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from private_fargate.aws import prices
from private_fargate.report.plan.losses import losses
from private_fargate.report.plan.tree import changes_tree, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import RenderableType

    from private_fargate.plan.model import CostChange, Direction, Plan
    from private_fargate.report.plan.losses import Loss

_DIRECTIONS: Final[Mapping[Direction, str]] = {"widened": "red", "narrowed": "green", "changed": "yellow"}
_SEVERITIES: Final[Mapping[str, str]] = {"error": "red", "warning": "yellow"}


def plan_text(plan: Plan) -> Group:
    """Return a plan for rich to print."""
    if plan.is_empty:
        return Group(Text(f"{headline(plan)}: nothing to do"))
    sections = (_losses, _security, _problems, _settings, _cost, _changes, _notes)
    return Group(Text(headline(plan), "bold"), *(part for section in sections for part in section(plan)))


def headline(plan: Plan) -> str:
    """Return what is planned for what: `UPDATE shop in eu-west-1`."""
    where = f" in {plan.region}" if plan.region else ""
    account = f", account {plan.account}" if plan.account else ""
    return f"{plan.kind} {plan.stack}{where}{account}"


def _section(title: str, style: str, lines: list[RenderableType]) -> Iterator[RenderableType]:
    if lines:
        yield Text(f"\n{title}", style)
        yield from (Padding(line, (0, 0, 0, 2)) for line in lines)


def _losses(plan: Plan) -> Iterator[RenderableType]:
    found = losses(plan.changes)
    harmful = [loss for loss in found if not loss.is_harmless]
    lines: list[RenderableType] = [line for loss in harmful for line in _loss(loss)]
    yield from _section("What is given up", "bold red", lines)
    harmless: list[RenderableType] = [Text(loss.title, "dim") for loss in found if loss.is_harmless]
    yield from _section("Also given up, with little consequence", "dim", harmless)


def _loss(loss: Loss) -> Iterator[RenderableType]:
    is_kept = loss.change.fate in {"Retain", "Snapshot"}
    yield Text(loss.title, "yellow" if is_kept else "red")
    details = [*(shortened(reason, 200) for reason in loss.reasons[:3]), loss.meaning]
    yield from (Padding(Text(detail), (0, 0, 0, 2)) for detail in details)


def _security(plan: Plan) -> Iterator[RenderableType]:
    order = list(_DIRECTIONS)
    found = sorted(plan.security, key=lambda change: order.index(change.direction))
    lines: list[RenderableType] = []
    for change in found:
        style = _DIRECTIONS[change.direction]
        lines.append(
            Text.assemble(
                (f"{change.direction:<9}", style), f"{change.resource} {change.subject}: {change.message}"
            )
        )
        if change.before:  # of what is new, the message says all
            lines.append(Padding(Text(_from_to(change.before, change.after), "dim"), (0, 0, 0, 2)))
    yield from _section("Security", "bold", lines)


def _from_to(before: str, after: str) -> str:
    return f"{shortened(before or None, 200)} -> {shortened(after or None, 200)}"


def _problems(plan: Plan) -> Iterator[RenderableType]:
    lines: list[RenderableType] = []
    for problem in plan.problems:
        style = _SEVERITIES.get(problem.severity, "")
        lines.append(Text(f"{problem.rule} {problem.severity} {problem.resource}: {problem.message}", style))
        lines.append(Padding(Text(problem.fix), (0, 0, 0, 2)))
    yield from _section("What the verifier finds anew", "bold", lines)


def _settings(plan: Plan) -> Iterator[RenderableType]:
    lines: list[RenderableType] = [
        Text(f"{setting.name}: {_from_to(setting.before, setting.after)}") for setting in plan.settings
    ]
    yield from _section("Settings of the stack", "bold", lines)


def _cost(plan: Plan) -> Iterator[RenderableType]:
    cost = plan.cost
    if cost is None or not (cost.lines or cost.unknown):
        return
    yield from _section("Cost before anybody uses it", "bold", [_cost_table(cost)])


def _cost_table(cost: CostChange) -> Table:
    caption = f"Prices: {prices.REGION}, {prices.AS_OF}."
    if cost.unknown:
        caption += f" Not known: {', '.join(cost.unknown)}."
    table = Table(caption=caption, caption_justify="left", show_footer=True, box=None)
    table.add_column("USD/month", "total")
    table.add_column("before", f"{cost.before:,.2f}", justify="right", no_wrap=True)
    table.add_column("after", f"{cost.after:,.2f}", justify="right", no_wrap=True)
    table.add_column("change", f"{cost.after - cost.before:+,.2f}", justify="right", no_wrap=True)
    for what, before, after in cost.lines:
        table.add_row(what, f"{before:,.2f}", f"{after:,.2f}", f"{after - before:+,.2f}")
    return table


def _changes(plan: Plan) -> Iterator[RenderableType]:
    if plan.changes:
        yield Text()
        yield changes_tree("Changes", plan.changes, values=True)


def _notes(plan: Plan) -> Iterator[RenderableType]:
    yield from _section("Notes", "bold", [Text(note) for note in plan.notes])
