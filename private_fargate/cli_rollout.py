"""Commands that bring an environment into many accounts and Regions, as instances of a StackSet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from private_fargate import building, terminal
from private_fargate.cli_options import environment_argument, format_option, where_options

if TYPE_CHECKING:
    from private_fargate.cli_options import Where
    from private_fargate.rollout.model import Instance
    from private_fargate.rollout.onlooker import Onlooker
    from private_fargate.rollout.operations import Result

_EXIT_CODES: Final = """\b
Exit codes:
  0    done, or nothing to do
  1    some instances are not as they are to be, or something objects to the templates
  2    the settings or the command line are wrong
  3    somebody has to agree, or did not
  4    failed, and a person is needed: AWS refuses or is not there
  130  stopped by Ctrl-C; AWS goes on, and the same command joins it
"""
_NOT_ALL, _NEEDS_A_PERSON = 1, 4

_bucket = click.option(
    "--bucket", metavar="NAME", help="For the templates; the one that `bootstrap` makes, if left out."
)
_reader = click.option(
    "--reader-role",
    "reader",
    metavar="NAME",
    help="A role in each target account with which to read there; the execution role, if it is self-managed.",
)


@click.command(epilog=_EXIT_CODES)
@environment_argument
@where_options
@_bucket
@_reader
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
    outcome = rolling.roll_out(order, _onlooker(style, agrees=yes), readers)
    if style == "json":
        _write("outcome", tables.outcome_document(outcome))
    else:
        terminal.console().print(tables.outcome_text(outcome), soft_wrap=True)
    return 0 if outcome.succeeded else _NOT_ALL


@click.command("rollout-status", epilog=_EXIT_CODES)
@environment_argument
@where_options
@_reader
@format_option
def rollout_status(environment: str, where: Where, reader: str | None, style: str) -> int:
    """Show the instances of ENVIRONMENT's StackSet, and why those that failed did."""
    from private_fargate.rollout import tables  # noqa: PLC0415 -- rich
    from private_fargate.rollout.outcomes import rows_of  # noqa: PLC0415 -- boto3
    from private_fargate.rollout.preparing import readers_for, stack_set_of  # noqa: PLC0415 -- as above
    from private_fargate.rollout.targets import settings_of  # noqa: PLC0415 -- as above

    settings, stack_set = stack_set_of(building.find(environment), where)
    found = rows_of(stack_set, readers_for(stack_set, settings_of(settings), reader))
    if style == "json":
        terminal.print_json({"stack_set": stack_set.name, "instances": tables.rows_document(found)})
    else:
        terminal.console().print(tables.rows_text(found), soft_wrap=True)
    return 0 if all(row.instance.is_done for row in found) else _NOT_ALL


@click.command("rollout-drift", epilog=_EXIT_CODES)
@environment_argument
@where_options
@_reader
@format_option
def rollout_drift(environment: str, where: Where, reader: str | None, style: str) -> int:
    """Compare all instances of ENVIRONMENT's StackSet with their templates.

    StackSets compares the root of each instance only; what is nested in it is compared where a role may.
    """
    from private_fargate.rollout import tables  # noqa: PLC0415 -- rich
    from private_fargate.rollout.drifting import drift  # noqa: PLC0415 -- boto3
    from private_fargate.rollout.preparing import readers_for, stack_set_of  # noqa: PLC0415 -- as above
    from private_fargate.rollout.targets import regions_of, settings_of  # noqa: PLC0415 -- as above

    found, stack_set = stack_set_of(building.find(environment), where)
    settings = settings_of(found)
    readers = readers_for(stack_set, settings, reader)
    # An answer of one document is for programs; what changes meanwhile is told to people only.
    rows = drift(stack_set, settings, regions_of(found, settings), _onlooker("table"), readers)
    if style == "json":
        terminal.print_json({"stack_set": stack_set.name, "instances": tables.drift_document(rows)})
    else:
        terminal.console().print(tables.drift_text(rows), soft_wrap=True)
    return _NOT_ALL if any(row.drifted or row.doubt for row in rows) else 0


@click.command("rollout-import", epilog=_EXIT_CODES)
@click.argument("environment")
@click.argument("stacks", nargs=-1, required=True, metavar="STACK...")
@where_options
@_bucket
@_reader
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
    from private_fargate.rollout.preparing import order_of, readers_for  # noqa: PLC0415 -- as above

    order = order_of(building.find(environment), where, bucket=bucket)
    definition = rolling.defined(order)
    stack_set = order.stack_set
    taken = stack_set.summaries() if stack_set.described() else {}
    importing.check(stacks, definition, readers_for(stack_set, order.settings, reader), taken)
    approving.agree(f"Make {len(stacks)} stacks instances of {stack_set.name}?", said=yes)
    results = importing.bring_in(order, definition, stacks, _onlooker(style))
    return _told(results, style)


@click.command("rollout-stop", epilog=_EXIT_CODES)
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
    ended = stop(stack_set, _onlooker("table"))
    if style == "json":
        terminal.print_json({"stack_set": stack_set.name, "operations": ended})
    elif ended:
        for operation, status in ended.items():
            click.echo(f"{operation} {status}")
    else:
        click.echo(f"{stack_set.name}: nothing is being done to it")
    return 0


@click.command("rollout-remove", epilog=_EXIT_CODES)
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
    """Take all instances out of ENVIRONMENT's StackSet, and then remove it."""
    from private_fargate import approving  # noqa: PLC0415 -- the verifier
    from private_fargate.rollout.preparing import stack_set_of  # noqa: PLC0415 -- boto3
    from private_fargate.rollout.removing import dissolve  # noqa: PLC0415 -- as above
    from private_fargate.rollout.targets import settings_of  # noqa: PLC0415 -- as above

    settings, stack_set = stack_set_of(building.find(environment), where)
    stack_set.require()
    retain = stacks == "retain"
    _show_removal(stack_set.name, list(stack_set.summaries().values()), retain=retain)
    approving.confirm_name(stack_set.name, confirm)
    results = dissolve(stack_set, settings_of(settings), _onlooker(style), retain=retain)
    return _told(results, style)


@click.command("rollout-role", epilog=_EXIT_CODES)
@environment_argument
@format_option
def rollout_role(environment: str, style: str) -> int:
    """Write the templates of the roles with which StackSets makes ENVIRONMENT, for self-managed permissions.

    Two templates in output/ENVIRONMENT-roles: administration.json, for the account that rolls out, and
    execution.json, for each target account. The second may do what the system's resources need.
    """
    from private_fargate import inputs, summary  # noqa: PLC0415 -- not for other commands
    from private_fargate.rollout.targets import UnneededError, settings_of  # noqa: PLC0415 -- as above

    path = building.find(environment)
    settings = settings_of(building.load(path))
    if settings.permissions == "service-managed":
        message = (
            f"{path}: rollout.permissions: service-managed StackSets put the role into each account "
            "themselves, and `rollout` hands them its template; there is nothing to deploy by hand"
        )
        raise UnneededError(message)
    directory = building.place(path, "roles")
    result = building.build(
        path, directory, kind="roles", cache=inputs.ROOT / ".cache" / "lint", progress=terminal.progress
    )
    if style == "json":
        terminal.print_json(
            {
                "directory": str(directory),
                "templates": {name: dict(row) for name, row in result.templates.items()},
                "findings": [str(finding) for finding in result.findings],
            }
        )
    else:
        summary.show(directory, result)
    return int(bool(result.findings))


def _show_removal(name: str, instances: list[Instance], *, retain: bool) -> None:
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
    return _NOT_ALL if failed else 0


def _onlooker(style: str, *, agrees: bool = False) -> Onlooker:
    from private_fargate.rollout.onlooker import LineOnlooker, Onlooker  # noqa: PLC0415 -- rich

    kind = LineOnlooker if style == "json" else Onlooker
    return kind(terminal.console(), terminal.console(stderr=True), agrees=agrees)


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
