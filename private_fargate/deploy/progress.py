"""Progress of a deployment on standard error: a live tree on a terminal, a line per event anywhere else."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from rich.live import Live
from rich.text import Text
from rich.tree import Tree

from private_fargate.plan.trees import STACK

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from rich.console import Console

    from private_fargate.deploy.events import Event

_Key = TypeVar("_Key")

_REFRESHES = 8  # per second


def colour_of(status: str) -> str:
    """Return the colour of a status: red for what failed or rolls back, green for what is done."""
    if "FAILED" in status or "ROLLBACK" in status:
        return "red"
    return "yellow" if status.endswith("_IN_PROGRESS") else "green"


@contextmanager
def shown_on(
    console: Console, title: str, expected: Mapping[tuple[str, ...], float] | None = None
) -> Generator[Callable[[Event], None]]:
    """Yield a function that shows an event; on a terminal the tree stays on screen when the block ends.

    The terminal is left alone until the first event: what is printed before does not mix with the tree.

    Args:
        console: where.
        title: of the root.
        expected: the seconds that each stack will about take, by the logical IDs that lead to it; it may be
            filled while the block lasts, when they become known.
    """
    if not console.is_terminal:
        yield _lines(console, title)
        return
    board = Board(title, {} if expected is None else expected)
    live = Live(get_renderable=board.tree, console=console, refresh_per_second=_REFRESHES)

    def show(event: Event) -> None:
        board.take(event)
        if not live.is_started:
            live.start()

    try:
        yield show
    finally:
        live.stop()


def _lines(console: Console, title: str) -> Callable[[Event], None]:
    started = time.monotonic()

    def show(event: Event) -> None:
        where = "/".join((title, *event.path))
        what = where if event.is_about_its_stack else f"{where}/{event.logical_id}"
        line = f"{time.monotonic() - started:7.1f} s  {event.status:<28} {what}"
        if event.is_failure and event.reason:
            line += f": {event.reason}"
        console.print(line, soft_wrap=True, markup=False, highlight=False)

    return show


@dataclass
class _Row:
    """One resource or stack: its latest event; when its first and latest were seen (monotonic seconds)."""

    event: Event
    since: float
    until: float

    def line(self, name: str) -> Text:
        """Return name, state and the time it has taken so far."""
        elapsed = (self.until if self.event.is_final else time.monotonic()) - self.since
        line = Text.assemble(name, "  ", (self.event.status, colour_of(self.event.status)))
        line.append(f"  {elapsed:.0f} s", "dim")
        if self.event.is_failure and self.event.reason:
            line.append(f"  {self.event.reason}", "red")
        return line


@dataclass
class Board:
    """What is known of every resource, drawn as a tree of stacks.

    Resources that are done are counted, not listed: a large system has thousands, a terminal forty lines.
    """

    title: str
    expected: Mapping[tuple[str, ...], float] = field(default_factory=dict[tuple[str, ...], float])
    _stacks: dict[tuple[str, ...], _Row] = field(default_factory=dict[tuple[str, ...], _Row])
    _resources: dict[tuple[tuple[str, ...], str], _Row] = field(
        default_factory=dict[tuple[tuple[str, ...], str], _Row]
    )

    def take(self, event: Event) -> None:
        """Note an event.  What a parent reports of a nested stack is noted as that stack's own."""
        if event.is_about_its_stack:
            self._note(self._stacks, event.path, event)
        elif event.type == STACK:
            self._note(self._stacks, (*event.path, event.logical_id), event)
        else:
            self._note(self._resources, (event.path, event.logical_id), event)

    def tree(self) -> Tree:
        """Return the tree as of now."""
        root = Tree(self._heading(()))
        branches: dict[tuple[str, ...], Tree] = {(): root}
        for path in sorted(self._stacks):
            if path:
                branches[path] = branches.get(path[:-1], root).add(self._heading(path))
        for (path, name), row in self._resources.items():
            if not row.event.is_final or row.event.is_failure:
                branches.get(path, root).add(row.line(name))
        return root

    @staticmethod
    def _note(rows: dict[_Key, _Row], key: _Key, event: Event) -> None:
        now = time.monotonic()
        row = rows.setdefault(key, _Row(event, now, now))
        row.event, row.until = event, now

    def _heading(self, path: tuple[str, ...]) -> Text:
        name = path[-1] if path else self.title
        row = self._stacks.get(path)
        rows = [row for (where, _), row in self._resources.items() if where == path]
        heading = row.line(name) if row else Text(name)
        if row and not row.event.is_final and path in self.expected:
            heading.append(f" of about {self.expected[path]:.0f} s", "dim")
        if rows:
            heading.append(f"  {sum(row.event.is_final for row in rows)} of {len(rows)} resources", "dim")
        return heading
