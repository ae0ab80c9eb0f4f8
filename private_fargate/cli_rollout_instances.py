"""`build.py rollout-status` and `rollout-drift`: how the instances of a StackSet are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from private_fargate import building, terminal
from private_fargate.cli_options import environment_argument, format_option
from private_fargate.cli_rollout_options import (
    EXIT_CODES,
    NOT_ALL,
    onlooker_for,
    reader_option,
    where_options,
)

if TYPE_CHECKING:
    from private_fargate.cli_options import Where


@click.command("rollout-status", epilog=EXIT_CODES)
@environment_argument
@where_options
@reader_option
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
    return 0 if all(row.instance.is_done for row in found) else NOT_ALL


@click.command("rollout-drift", epilog=EXIT_CODES)
@environment_argument
@where_options
@reader_option
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
    rows = drift(stack_set, settings, regions_of(found, settings), onlooker_for("table"), readers)
    if style == "json":
        terminal.print_json({"stack_set": stack_set.name, "instances": tables.drift_document(rows)})
    else:
        terminal.console().print(tables.drift_text(rows), soft_wrap=True)
    return NOT_ALL if any(row.drifted or row.doubt for row in rows) else 0
