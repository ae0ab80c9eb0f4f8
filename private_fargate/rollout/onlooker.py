"""Who looks on while the command line rolls out: shows it, and asks the person at the terminal."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from private_fargate.approving import ApprovalError
from private_fargate.deploy.progress import colour_of
from private_fargate.onlookers import write
from private_fargate.rollout.tables import instance_document, plan_document, plan_text
from private_fargate.rollout.watching import RolloutWatcher

if TYPE_CHECKING:
    from rich.console import Console

    from private_fargate.rollout.model import Instance
    from private_fargate.rollout.planning import RolloutPlan
    from private_fargate.rollout.watching import Wish


class Onlooker(RolloutWatcher):
    """Shows a rollout to a person, and asks.

    On standard output is what comes of it, on standard error how it goes on.
    """

    def __init__(self, console: Console, errors: Console, *, agrees: bool = False) -> None:
        """Say where to show it, and whether somebody has agreed already."""
        self._console, self._errors, self._agrees = console, errors, agrees
        self._started = time.monotonic()

    def review(self, plan: RolloutPlan) -> None:
        """Show the plan, and ask.

        Raises:
            ApprovalError: nobody agreed.
        """
        self._present(plan)
        if self._agrees or plan.is_empty:
            return
        if not sys.stdin.isatty():
            message = "this plan has to be agreed to, and there is nobody to ask; say --yes"
            raise ApprovalError(message)
        if not click.confirm("Roll this out?", err=True):
            message = "not rolled out; nothing was changed"
            raise ApprovalError(message)

    def _present(self, plan: RolloutPlan) -> None:
        self._console.print(plan_text(plan), soft_wrap=True)

    def say(self, text: str) -> None:
        """Show a sentence."""
        click.echo(text, err=True)

    def show(self, instance: Instance) -> None:
        """Show an instance whose state has changed."""
        status = instance.detail or instance.status
        line = f"{time.monotonic() - self._started:7.1f} s  {status:<28} {instance.place}"
        if "FAILED" in status and instance.reason:
            line += f": {instance.reason}"
        colour = "red" if status == "FAILED" else colour_of(status)
        self._errors.print(line, style=colour, soft_wrap=True, markup=False, highlight=False)

    def interrupted(self, running: int) -> Wish:
        """Ask what is to become of what is under way; without a terminal it goes on."""
        if not running or not sys.stdin.isatty():
            return "leave"
        click.echo(f"\nAWS goes on with {running} operations.", err=True)
        answer = click.prompt(
            "leave them running, or stop, so that no other stack is begun?",
            type=click.Choice(["leave", "stop"]),
            default="leave",
            err=True,
        )
        return "stop" if answer == "stop" else "leave"


class LineOnlooker(Onlooker):
    """Writes everything as lines of JSON for a program, which nobody can ask."""

    def _present(self, plan: RolloutPlan) -> None:
        write("plan", plan_document(plan))

    def show(self, instance: Instance) -> None:
        """Write an instance whose state has changed."""
        write("instance", instance_document(instance))
