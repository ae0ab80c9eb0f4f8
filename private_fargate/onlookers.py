"""Who looks on while the command line deploys or deletes: shows it, and asks the person at the terminal."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from private_fargate.approving import ApprovalError, needs_approval
from private_fargate.deploy.destroy import Remover
from private_fargate.plan.documents import plan_document
from private_fargate.plan.estimate import estimates
from private_fargate.plan.judging import judged
from private_fargate.report.plan import plan_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from private_fargate.approving import Approval
    from private_fargate.deploy.blockers import Blocker
    from private_fargate.deploy.events import Event
    from private_fargate.deploy.lease import Entry
    from private_fargate.deploy.stack_state import StackState
    from private_fargate.deploy.watching import Decision
    from private_fargate.plan.judging import Planned
    from private_fargate.plan.model import Plan


class Onlooker(Remover):
    """Shows a deployment to a person, and asks.

    On standard output is what comes of it, on standard error how it goes on.
    """

    def __init__(
        self,
        console: Console,
        show: Callable[[Event], None],
        *,
        level: Approval = "never",
        agrees: bool = False,
        expected: dict[tuple[str, ...], float] | None = None,
    ) -> None:
        """Say where to show it, and who agrees.

        Args:
            console: where the plan is printed.
            show: shows an event.
            level: for which plans somebody has to agree.
            agrees: whether somebody has already.
            expected: is filled with the seconds that each stack will about take, once they are known.
        """
        self._expected = {} if expected is None else expected
        self._console, self._show, self._agrees = console, show, agrees
        self._level: Approval = level

    def review(self, planned: Planned) -> None:
        """Show the plan, and ask.

        Raises:
            ApprovalError: nobody agreed.
        """
        plan = judged(planned)
        self._expected.update(estimates(plan.changes, planned.new))
        self.agree(plan)

    def agree(self, plan: Plan) -> None:
        """Show a plan of which no more is known than it says, and ask.

        Raises:
            ApprovalError: nobody agreed.
        """
        self._present(plan)
        if self._agrees or not needs_approval(plan, self._level):
            return
        if not sys.stdin.isatty():
            message = (
                "this plan has to be agreed to, and there is nobody to ask; "
                "say --yes, or for which plans to ask (--require-approval)"
            )
            raise ApprovalError(message)
        if not click.confirm("Deploy this?", err=True):
            message = "not deployed; nothing was changed"
            raise ApprovalError(message)

    def _present(self, plan: Plan) -> None:
        self._console.print(plan_text(plan))
        if () not in self._expected:
            return
        minutes = self._expected[()] / 60
        about = f"about {minutes:.0f} min" if minutes > 1 else "a minute at most"
        self._console.print(f"It takes {about}, if everything takes as long as usual.")

    def show(self, event: Event) -> None:
        """Show an event."""
        self._show(event)

    def wait_for(self, entry: Entry) -> None:
        """Say who is deploying."""
        click.echo(f"{entry.who} has been deploying this stack since {entry.since}; waiting", err=True)

    def join(self, state: StackState) -> None:
        """Say that it is under way."""
        click.echo(f"this deployment is under way already ({state.status}); joining it", err=True)

    def interrupted(self, state: StackState) -> Decision:
        """Ask what is to become of it; without a terminal it goes on."""
        if not sys.stdin.isatty() or state.status not in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}:
            return "leave"
        means = "delete what was made" if state.status.startswith("CREATE") else "roll it back"
        click.echo(f"\nAWS goes on with {state.status}.", err=True)
        answer = click.prompt(
            f"leave it running, or cancel it and {means}?",
            type=click.Choice(["leave", "cancel"]),
            default="leave",
            err=True,
        )
        return "cancel" if answer == "cancel" else "leave"

    def may_remove(self, blocker: Blocker) -> bool:
        """Ask; without a terminal only what was agreed to and holds no data."""
        if not sys.stdin.isatty():
            return self._agrees and not blocker.loses_data
        warning = " What is in it is lost." if blocker.loses_data else ""
        return click.confirm(
            f"{blocker.resource}: {blocker.what} is in the way.{warning} Remove it?", err=True
        )


class LineOnlooker(Onlooker):
    """Writes everything as lines of JSON for a program, which nobody can ask."""

    def __init__(self, *, level: Approval = "never", agrees: bool = False) -> None:
        """Say for which plans somebody has to agree, and whether somebody has already."""
        from rich.console import Console  # noqa: PLC0415 -- never printed to

        super().__init__(Console(stderr=True), self._write_event, level=level, agrees=agrees)

    def _present(self, plan: Plan) -> None:
        write("plan", plan_document(plan))

    @staticmethod
    def _write_event(event: Event) -> None:
        write("event", {**asdict(event), "time": event.time.isoformat()})


def write(kind: str, document: Any) -> None:  # noqa: ANN401 -- JSON
    """Write one line: `{"KIND": …}`."""
    click.echo(json.dumps({kind: document}))
