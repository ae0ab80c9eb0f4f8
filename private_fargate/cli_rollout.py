"""Commands that bring an environment into many accounts and Regions, as instances of a StackSet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from private_fargate import building, terminal
from private_fargate.cli_options import environment_argument, format_option
from private_fargate.cli_rollout_instances import rollout_drift, rollout_status
from private_fargate.cli_rollout_options import (
    EXIT_CODES,
    NOT_ALL,
    bucket_option,
    onlooker_for,
    reader_option,
    where_options,
)
from private_fargate.cli_rollout_role import rollout_role

if TYPE_CHECKING:
    from collections.abc import Collection

    from private_fargate.cli_options import Where
    from private_fargate.rollout.model import Instance
    from private_fargate.rollout.operations import Result


@click.command(epilog=EXIT_CODES)
@environment_argument
@where_options
@bucket_option
@reader_option
@click.option("--dry-run", is_flag=True, help="Show the plan, and change nothing.")
@click.option("--yes", is_flag=True, help="Agree to the plan before it is shown.")
@click.option(
    "--remove",
    type=click.Choice(["delete", "retain"]),
    help="Take out the instances that the settings no longer name; delete or retain their stacks.",
)
@format_option
def rollout(  # noqa: PLR0913, PLR0917 -- one for each option
    environment: str,
    where: Where,
    bucket: str | None,
    reader: str | None,
    remove: str | None,
    style: str,
    *,
    dry_run: bool,
    yes: bool,
) -> int:
    """Bring ENVIRONMENT into all accounts and Regions of its settings.

    Shows what becomes of each instance, and asks. Those that fail do not stop the others, as far as the
    settings tolerate it; the same command then finishes the rest. A run that was cut off is joined.
    """
    from private_fargate.deploy.watching import Watcher  # noqa: PLC0415 -- boto3
    from private_fargate.rollout import rolling, tables  # noqa: PLC0415 -- as above
    from private_fargate.rollout.preparing import order_of, readers_for  # noqa: PLC0415 -- as above

    order = order_of(
        building.find(environment),
        where,
        bucket=bucket,
        may_bootstrap=None if dry_run else Watcher(),
        remove=None if remove is None else remove == "retain",
    )
    if dry_run:
        plan, _ = rolling.planned(order)
        if style == "json":
            terminal.print_json(tables.plan_document(plan))
        else:
            terminal.console().print(tables.plan_text(plan), soft_wrap=True)
        return 0
    readers = readers_for(order.stack_set, order.settings, reader)
    outcome = rolling.roll_out(order, onlooker_for(style, agrees=yes), readers)
    if style == "json":
        _write("outcome", tables.outcome_document(outcome))
    else:
        terminal.console().print(tables.outcome_text(outcome), soft_wrap=True)
    return 0 if outcome.succeeded else NOT_ALL


@click.command("rollout-import", epilog=EXIT_CODES)
@click.argument("environment")
@click.argument("stacks", nargs=-1, required=True, metavar="STACK...")
@where_options
@bucket_option
@reader_option
@click.option("--yes", is_flag=True, help="Agree before you are asked.")
@format_option
def rollout_import(  # noqa: PLR0913, PLR0917 -- one for each option
    environment: str,
    stacks: tuple[str, ...],
    where: Where,
    bucket: str | None,
    reader: str | None,
    style: str,
    *,
    yes: bool,
) -> int:
    """Make each STACK, named by its ARN, an instance of ENVIRONMENT's StackSet.

    Nothing in it changes. It has to be of the templates in output/ENVIRONMENT-rollout; ten at a time at most.
    """
    from private_fargate import approving  # noqa: PLC0415 -- the verifier
    from private_fargate.rollout import importing, rolling  # noqa: PLC0415 -- boto3
    from private_fargate.rollout.client import looked_up  # noqa: PLC0415 -- as above
    from private_fargate.rollout.preparing import order_of, readers_for  # noqa: PLC0415 -- as above

    order = order_of(building.find(environment), where, bucket=bucket)
    definition = rolling.defined(order)
    stack_set = order.stack_set
    taken = looked_up(stack_set) or {}
    importing.check(stacks, definition, readers_for(stack_set, order.settings, reader), taken)
    approving.agree(f"Make {len(stacks)} stacks instances of {stack_set.name}?", said=yes)
    results = importing.bring_in(order, definition, stacks, onlooker_for(style))
    return _told(results, style)


@click.command("rollout-stop", epilog=EXIT_CODES)
@environment_argument
@where_options
@format_option
def rollout_stop(environment: str, where: Where, style: str) -> int:
    """Stop what is being done to ENVIRONMENT's StackSet.

    Stacks that are being changed go on to their end; no other is begun.
    """
    from private_fargate.rollout.preparing import stack_set_of  # noqa: PLC0415 -- boto3
    from private_fargate.rollout.stopping import stop  # noqa: PLC0415 -- as above

    _, stack_set = stack_set_of(building.find(environment), where)
    ended = stop(stack_set, onlooker_for("table"))
    if style == "json":
        terminal.print_json({"stack_set": stack_set.name, "operations": ended})
    elif ended:
        for operation, status in ended.items():
            click.echo(f"{operation} {status}")
    else:
        click.echo(f"{stack_set.name}: nothing is being done to it")
    return 0


@click.command("rollout-remove", epilog=EXIT_CODES)
@environment_argument
@where_options
@click.option(
    "--stacks",
    type=click.Choice(["delete", "retain"]),
    required=True,
    help="What becomes of the stacks; retained ones go on, and belong to their accounts alone.",
)
@click.option("--confirm", metavar="NAME", help="The name of the StackSet, so that nobody is asked for it.")
@format_option
def rollout_remove(environment: str, where: Where, stacks: str, confirm: str | None, style: str) -> int:
    """Take all instances out of ENVIRONMENT's StackSet, and then remove it.

    Where there is none, nothing is to be done.
    """
    from private_fargate import approving  # noqa: PLC0415 -- the verifier
    from private_fargate.rollout.client import looked_up  # noqa: PLC0415 -- boto3
    from private_fargate.rollout.preparing import stack_set_of  # noqa: PLC0415 -- as above
    from private_fargate.rollout.removing import dissolve  # noqa: PLC0415 -- as above
    from private_fargate.rollout.targets import settings_of  # noqa: PLC0415 -- as above

    settings, stack_set = stack_set_of(building.find(environment), where)
    held = looked_up(stack_set)
    if held is None:
        click.echo(
            f"there is no StackSet {stack_set.name} in {stack_set.session.region}; nothing to do", err=True
        )
        return _told((), style)
    retain = stacks == "retain"
    _show_removal(stack_set.name, held.values(), retain=retain)
    approving.confirm_name(stack_set.name, confirm)
    results = dissolve(stack_set, settings_of(settings), onlooker_for(style), retain=retain)
    return _told(results, style)


def _show_removal(name: str, instances: Collection[Instance], *, retain: bool) -> None:
    click.echo(f"StackSet {name} goes, and its {len(instances)} instances", err=True)
    for each in instances:
        what = "stays" if retain else "is deleted, except what its settings retain"
        click.echo(f"  {each.place}: {each.stack_id or 'no stack'} {what}", err=True)


def _told(results: tuple[Result, ...], style: str) -> int:
    """Print what came of each instance; return the exit code."""
    failed = [each for each in results if each.status != "SUCCEEDED"]
    if style == "json":
        _write(
            "outcome",
            [{**each.place._asdict(), "status": each.status, "reason": each.reason} for each in results],
        )
    else:
        for each in results:
            click.echo(f"{each.place} {each.status}" + (f": {each.reason}" if each.reason else ""))
    return NOT_ALL if failed else 0


def _write(kind: str, document: object) -> None:
    from private_fargate.onlookers import write  # noqa: PLC0415 -- rich

    write(kind, document)


COMMANDS: Final = (
    rollout,
    rollout_status,
    rollout_drift,
    rollout_import,
    rollout_role,
    rollout_stop,
    rollout_remove,
)
