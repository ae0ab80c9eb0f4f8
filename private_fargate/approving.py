"""What somebody agrees to: which plans, the file that keeps one, and the name of what is deleted."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import click

from private_fargate.errors import UserError
from private_fargate.plan.documents import plan_document, read_plan
from private_fargate.report.plan.losses import losses

if TYPE_CHECKING:
    from pathlib import Path

    from private_fargate.plan.model import Plan

Approval: TypeAlias = Literal["never", "replacement", "security", "any"]
"""For which plans somebody is asked: each level holds those before it."""

APPROVALS: Final[tuple[Approval, ...]] = ("never", "replacement", "security", "any")


class ApprovalError(UserError):
    """Somebody has to agree, and nobody did."""

    exit_code = 3


def needs_approval(plan: Plan, level: Approval) -> bool:
    """Say whether somebody has to agree to a plan.

    Args:
        plan: with its security changes.
        level: `replacement` is for what is given up and somebody notices, `security` also for what opens or
            may open, `any` for everything.
    """
    if level == "never" or not (plan.changes or plan.settings):
        return False
    if level == "any" or any(not loss.is_harmless for loss in losses(plan.changes)):
        return True
    if level == "security":
        cannot_be_told = plan.cost is None
        return cannot_be_told or any(change.direction != "narrowed" for change in plan.security)
    return False


def confirm_name(name: str, said: str | None) -> None:
    """Make sure that somebody means to delete just this.

    Args:
        name: of the environment's stack.
        said: what was said beforehand; None asks the person at the terminal.

    Raises:
        ApprovalError: another name was said, or nobody was there to say one.
    """
    if said is None and not sys.stdin.isatty():
        message = f"nobody is there to type the name; say --confirm {name}"
        raise ApprovalError(message)
    if said is None:
        said = click.prompt(f"Type {name} to delete it", default="", show_default=False, err=True)
    if said != name:
        message = f"{said or 'nothing'} is not {name}; nothing was deleted"
        raise ApprovalError(message)


def agree(question: str, *, said: bool) -> None:
    """Make sure that somebody agrees to what a question says.

    Args:
        question: for the person at the terminal.
        said: whether somebody has agreed beforehand.

    Raises:
        ApprovalError: nobody agreed, or was there to.
    """
    if said:
        return
    if not sys.stdin.isatty():
        message = f"{question} There is nobody to ask; say --yes"
        raise ApprovalError(message)
    if not click.confirm(question, err=True):
        message = "not done; nothing was changed"
        raise ApprovalError(message)


def save_plan(plan: Plan, file: Path) -> None:
    """Write a plan's file, all of it or nothing.

    Raises:
        UserError: it cannot be written.
    """
    text = json.dumps(plan_document(plan), indent=2, sort_keys=True) + "\n"
    new = file.with_name(f".{file.name}.new")
    try:
        new.write_text(text, encoding="utf-8")
        new.replace(file)
    except OSError as error:
        new.unlink(missing_ok=True)
        message = f"{file}: the plan cannot be written: {error.strerror}; name another file with --save"
        raise UserError(message) from error


def read_plan_file(file: Path) -> Plan:
    """Return the plan of a file.

    Raises:
        UserError: it cannot be read, is no plan, or was made offline and so can only be looked at.
    """
    try:
        plan = read_plan(file.read_text(encoding="utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        message = f"{file}: cannot be read: {error}"
        raise UserError(message) from error
    if plan.kind == "OFFLINE":
        message = f"{file}: this plan was made without an account; make one with `build.py plan --save`"
        raise UserError(message)
    return plan
