"""A plan for a pull request: GitHub's Markdown, cut where a comment may not be longer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from private_fargate.plan.model import each
from private_fargate.report.plan.losses import losses
from private_fargate.report.plan.text import headline
from private_fargate.report.plan.tree import counted, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.plan.model import Change, Direction, Plan

LIMIT: Final = 65_536
"""Characters of a comment on GitHub; of more it says "body is too long (maximum is 65536 characters)"."""

_RESERVE: Final = 500  # characters for the note on what is left out
_LONGEST: Final = 300  # characters of a value
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~])")
_MARKS: Final[Mapping[Direction, str]] = {"widened": "🔴", "narrowed": "🟢", "changed": "🟡"}


@dataclass(frozen=True, kw_only=True)
class _Block:
    """Lines that belong together; those that do not fit are left out from the end."""

    title: str
    lines: tuple[str, ...]
    is_folded: bool = False


def plan_markdown(plan: Plan) -> str:
    """Return a plan as Markdown of at most 65,536 characters; what has to be cut is said."""
    head = f"## {_plain(headline(plan))}"
    if plan.is_empty:
        return f"{head}\n\nNothing to do.\n"
    blocks = [
        _Block(title="🔴 What is given up", lines=tuple(_losses(plan, harmless=False))),
        _Block(title="Security", lines=tuple(_security(plan))),
        _Block(title="What the verifier finds anew", lines=tuple(_problems(plan))),
        _Block(title="Settings of the stack", lines=tuple(_settings(plan))),
        _Block(title="Cost before anybody uses it", lines=tuple(_cost(plan))),
        _Block(title="Notes", lines=tuple(f"- {_plain(note)}" for note in plan.notes)),
        _Block(
            title="Also given up, with little consequence",
            lines=tuple(_losses(plan, harmless=True)),
            is_folded=True,
        ),
        _Block(
            title=f"All changes: {counted(plan.changes)}", lines=tuple(_changes(plan.changes)), is_folded=True
        ),
    ]
    summary = f"{counted(plan.changes) or 'No resource changes'}. Digest {_code(plan.digest)}."
    return _fitted([head, "", summary], [block for block in blocks if block.lines])


def _fitted(head: list[str], blocks: list[_Block]) -> str:
    """Put the blocks together as far as there is room; what comes first is what matters most."""
    written = [*head]
    room = LIMIT - _RESERVE - sum(len(line) + 1 for line in head)
    left_out = 0
    for block in blocks:
        frame = _frame(block)
        fixed = sum(len(line) + 1 for line in (*frame[0], *frame[1]))
        kept: list[str] = []
        space = room - fixed
        for line in block.lines:
            if len(line) + 1 > space:
                break
            kept.append(line)
            space -= len(line) + 1
        left_out += len(block.lines) - len(kept)
        if kept:
            written += [*frame[0], *kept, *frame[1]]
            room = space
    if left_out:
        written += [
            "",
            f"_{left_out} lines are left out, as a comment may not be longer; see the plan file._",
        ]
    return "\n".join(written) + "\n"


def _frame(block: _Block) -> tuple[list[str], list[str]]:
    """Return what comes before a block's lines, and after them."""
    if block.is_folded:
        return ["", f"<details><summary>{block.title}</summary>", ""], ["", "</details>"]
    return ["", f"### {block.title}", ""], []


def _losses(plan: Plan, *, harmless: bool) -> Iterator[str]:
    for loss in losses(plan.changes):
        if loss.is_harmless == harmless:
            reasons = "; ".join(_code(reason) for reason in loss.reasons[:3])
            title = f"**{_plain(loss.title)}**" + (f" ({reasons})" if reasons else "")
            yield f"- {title}: {_plain(loss.meaning)}"


def _security(plan: Plan) -> Iterator[str]:
    order = list(_MARKS)
    for change in sorted(plan.security, key=lambda change: order.index(change.direction)):
        values = f": {_from_to(change.before, change.after)}" if change.before or change.after else ""
        where = f"{_code(change.resource)} {_plain(change.subject)}"
        yield f"- {_MARKS[change.direction]} **{change.direction}** {where}: {_plain(change.message)}{values}"


def _problems(plan: Plan) -> Iterator[str]:
    for problem in plan.problems:
        what = f"**{problem.rule}** {problem.severity} at {_code(problem.resource)}"
        yield f"- {what}: {_plain(problem.message)} _{_plain(problem.fix)}_"


def _settings(plan: Plan) -> Iterator[str]:
    for setting in plan.settings:
        yield f"- {_plain(setting.name)}: {_from_to(setting.before, setting.after)}"


def _cost(plan: Plan) -> Iterator[str]:
    cost = plan.cost
    if cost is None or not (cost.lines or cost.unknown):
        return
    yield f"**{cost.before:,.2f} -> {cost.after:,.2f} USD a month ({cost.after - cost.before:+,.2f})**"
    yield ""
    for what, before, after in cost.lines:
        yield f"- {_plain(what)}: {before:,.2f} -> {after:,.2f}"
    for what in cost.unknown:
        yield f"- {_plain(what)}: the price is not known"


def _changes(changes: tuple[Change, ...]) -> Iterator[str]:
    replaced = {"yes": ", **replaced**", "perhaps": ", perhaps replaced", "no": ""}
    for path, change in each(changes):
        name = "/".join((*path, change.logical_id))
        after = replaced[change.replacement] if change.action == "Modify" else ""
        yield f"- {change.action} {_code(name)} {_plain(change.type.removeprefix('AWS::'))}{after}"
        for one in change.properties:
            cause = f" (by {_code(one.cause)})" if one.cause else ""
            where = _code(one.path.removeprefix("Properties/"))
            yield f"  - {where}: {_from_to(one.before, one.after)}{cause}"


def _from_to(before: str | None, after: str | None) -> str:
    return f"{_value(before)} -> {_value(after)}"


def _value(value: str | None) -> str:
    return _code(value) if value else "nothing"


def _code(text: str) -> str:
    """Return a text as code, whatever backticks it holds; nobody is called by an @ in it."""
    line = shortened(text, _LONGEST)
    runs: list[str] = re.findall("`+", line)
    fence = "`" * (max(map(len, runs), default=0) + 1)
    space = " " if runs else ""
    return f"{fence}{space}{line}{space}{fence}"


def _plain(text: str) -> str:
    """Return a text in which nothing is markup; an @ calls nobody."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split())).replace("@", "@\u200b")
