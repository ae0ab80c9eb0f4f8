"""Commands that look at a deployed environment, and change nothing."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import click

from private_fargate import terminal
from private_fargate.cli_options import aws_options, environment_argument, format_option

if TYPE_CHECKING:
    from private_fargate.deploy.session import Session

_NO_AWS: Final = "AWS cannot be reached, or refuses"
_MOST_ARGUMENTS: Final = 2  # environment and service

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Ago(click.ParamType["datetime"]):
    """A time that lies so far back: `30s`, `10m`, `1h`, `2d`."""

    name = "duration"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the moment."""
        if isinstance(value, datetime):
            return value
        match = re.fullmatch(r"(\d{1,6})([smhd])", value)
        if match is None:
            self.fail(f"{value!r} is no duration; write 30s, 10m, 1h or 2d", param, ctx)
        return datetime.now(UTC) - timedelta(**{_UNITS[match[2]]: int(match[1])})


def _exit_codes(one: str = "", four: str = _NO_AWS) -> str:
    codes = {
        "0": "all is well",
        "1": one,
        "2": "the settings or the command line are wrong, or nothing is deployed",
        "4": four,
        "130": "stopped by Ctrl-C",
    }
    lines = (f"  {code:<3}  {meaning}" for code, meaning in codes.items() if meaning)
    return "\n".join(("\b", "Exit codes:", *lines))


@click.command(
    epilog=_exit_codes(
        "something is under way, has failed, was rolled back, or cannot be told",
        f"a rollback or a deletion failed, and a person is needed; {_NO_AWS}",
    )
)
@environment_argument
@aws_options
@format_option
def status(environment: str, region: str | None, profile: str | None, stack: str | None, style: str) -> int:
    """Show how ENVIRONMENT is: its stacks and services.

    Of each service: how many tasks run, how far its deployment is, the digest of its image, the health of its
    targets. Change sets of ours that nobody has executed are listed too.
    """
    from private_fargate.deploy.status import status_of  # noqa: PLC0415 -- boto3
    from private_fargate.report.live import status_document, status_view  # noqa: PLC0415 -- rich

    session, name = _deployed(environment, region, profile, stack)
    with terminal.progress(f"Asking how {name} is"):
        found = status_of(session, name)
    if style == "json":
        terminal.print_json(status_document(found))
    else:
        terminal.console().print(status_view(found))
    return {"steady": 0, "unsteady": 1, "stuck": 4}[found.verdict]


@click.command(epilog=_exit_codes())
@environment_argument
@click.argument("name", required=False)
@aws_options
@format_option
def outputs(  # noqa: PLR0913, PLR0917 -- one for each option
    environment: str,
    name: str | None,
    region: str | None,
    profile: str | None,
    stack: str | None,
    style: str,
) -> int:
    """Show what the stack of ENVIRONMENT gives: all, or the value of NAME alone."""
    from private_fargate.deploy.inventory import root_of  # noqa: PLC0415 -- boto3
    from private_fargate.deploy.status import output_of  # noqa: PLC0415 -- as above
    from private_fargate.report.live import outputs_view  # noqa: PLC0415 -- rich

    session, where = _deployed(environment, region, profile, stack)
    found = dict(root_of(session, where).outputs)
    if name is not None:
        value = output_of(where, found, name)
        click.echo(json.dumps(value) if style == "json" else value)
    elif style == "json":
        terminal.print_json(found)
    else:
        terminal.console().print(outputs_view(found), soft_wrap=True)
    return 0


@click.command(epilog=_exit_codes())
@environment_argument
@click.option(
    "--follow", is_flag=True, help="Go on until the operation that is under way, or the next, ends."
)
@click.option("--since", type=Ago(), default="1h", help="How far back: 30s, 10m, 1h, 2d; 1h if left out.")
@click.option("--failed", is_flag=True, help="Only what went wrong by itself, not what was cancelled for it.")
@aws_options
@format_option
def events(  # noqa: PLR0913, PLR0917 -- one for each option
    environment: str,
    since: datetime,
    region: str | None,
    profile: str | None,
    stack: str | None,
    style: str,
    *,
    follow: bool,
    failed: bool,
) -> int:
    """Show what happened to the stacks of ENVIRONMENT, nested ones too.

    They are in the order of time. AWS keeps those of deleted stacks for 90 days.
    """
    from private_fargate.deploy.history import happenings, remembered  # noqa: PLC0415 -- boto3
    from private_fargate.report.live import happening_document, happening_line  # noqa: PLC0415 -- rich

    session, name = _deployed(environment, region, profile, stack)
    console, number = terminal.console(), 0
    for event in happenings(session, remembered(session, name), since=since, follow=follow):
        if failed and not event.is_failure:
            continue
        number += 1
        if style == "json":
            click.echo(json.dumps(happening_document(event)))
        else:
            console.print(happening_line(event), soft_wrap=True)
    if not number:
        what = "failure" if failed else "event"
        click.echo(f"{name}: no {what} since {since:%Y-%m-%d %H:%M:%S} UTC; see --since", err=True)
    return 0


@click.command(epilog=_exit_codes())
@click.argument("words", nargs=-1, metavar="[ENVIRONMENT] SERVICE")
@click.option("--follow", is_flag=True, help="Go on until Ctrl-C.")
@click.option("--since", type=Ago(), default="10m", help="How far back: 30s, 10m, 1h, 2d; 10m if left out.")
@click.option("--filter", "pattern", default="", metavar="PATTERN", help="CloudWatch's filter pattern.")
@aws_options
@format_option
def logs(  # noqa: PLR0913, PLR0917 -- one for each option
    words: tuple[str, ...],
    since: datetime,
    pattern: str,
    region: str | None,
    profile: str | None,
    stack: str | None,
    style: str,
    *,
    follow: bool,
) -> int:
    """Show what the tasks of SERVICE write, by time.

    Each task has a colour of its own.
    """
    from private_fargate.deploy.logs import log_group_of, log_lines  # noqa: PLC0415 -- boto3
    from private_fargate.report.live import LogPrinter, log_document  # noqa: PLC0415 -- rich

    if not 1 <= len(words) <= _MOST_ARGUMENTS:
        raise click.UsageError("Name the service: build.py logs [ENVIRONMENT] SERVICE")
    session, name = _deployed(words[0] if len(words) == _MOST_ARGUMENTS else "demo", region, profile, stack)
    group = log_group_of(session, name, words[-1])
    console, printer, number = terminal.console(), LogPrinter(), 0
    for line in log_lines(session, group, since=since, pattern=pattern, follow=follow):
        number += 1
        if style == "json":
            click.echo(json.dumps(log_document(line)))
        else:
            console.print(printer.line(line), soft_wrap=True)
    if not number:
        click.echo(f"{group}: no line since {since:%Y-%m-%d %H:%M:%S} UTC; see --since", err=True)
    return 0


@click.command(epilog=_exit_codes("something has drifted, or it cannot be told"))
@environment_argument
@aws_options
@format_option
def drift(environment: str, region: str | None, profile: str | None, stack: str | None, style: str) -> int:
    """Show what somebody changed in ENVIRONMENT without CloudFormation.

    Every nested stack is asked. What a template leaves to defaults is not compared; nor are some types of
    resources, which are listed.
    """
    from private_fargate.deploy.drift import drift_of  # noqa: PLC0415 -- boto3
    from private_fargate.report.live import drift_document, drift_view  # noqa: PLC0415 -- rich

    session, name = _deployed(environment, region, profile, stack)
    with terminal.board() as report:
        found = drift_of(session, name, report=report)
    if style == "json":
        terminal.print_json(drift_document(found))
    else:
        terminal.console().print(drift_view(found), soft_wrap=True)
    return int(bool(found.drifted or found.untold))


COMMANDS: Final = (status, outputs, events, logs, drift)


def _deployed(
    environment: str, region: str | None, profile: str | None, stack: str | None
) -> tuple[Session, str]:
    """Return where an environment is deployed, and its stack's name."""
    from private_fargate import building  # noqa: PLC0415 -- pydantic
    from private_fargate.deploy.session import connect  # noqa: PLC0415 -- boto3

    settings = building.load(building.find(environment))
    return connect(region or settings.regions[0], profile), stack or settings.name
