"""`build.py bootstrap`, `package` and `gc`: the bucket for templates, and what lies in it."""

from __future__ import annotations

import re
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from private_fargate import terminal
from private_fargate.cli_options import environment_argument, format_option

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.deploy.garbage import Survey
    from private_fargate.deploy.session import Session

_EXIT_CODES: Final = """\b
Exit codes:
  0    done, or nothing to do
  1    the deployment of the bucket failed, and was rolled back
  2    the command line, the settings or the templates are wrong
  3    approval was needed or refused
  4    AWS cannot be reached or refuses, or the output cannot be written
  130  stopped by Ctrl-C
"""
_ROLLED_BACK, _NOT_APPROVED, _FAILED = 1, 3, 4

_region = click.option("--region", metavar="REGION", help="Where; the caller's own, if left out.")
_profile = click.option("--profile", metavar="NAME", help="Whose credentials; boto3's choice, if left out.")
_bucket = click.option("--bucket", metavar="NAME", help="The one that `bootstrap` makes, if left out.")


@click.command(epilog=_EXIT_CODES)
@click.option(
    "--organization",
    metavar="ID",
    help="o-…, whose accounts may read the templates; '' for none. As it was, if left out.",
)
@_region
@_profile
@format_option
def bootstrap(organization: str | None, region: str | None, profile: str | None, style: str) -> int:
    """Make the bucket from which the stacks of a region are deployed.

    Once for each account and region; again after an update of this program. It is encrypted, versioned and
    closed to the public, and outlives its stack, private-fargate-artifacts.
    """
    if organization and not re.fullmatch(r"o-[a-z0-9]{10,32}", organization):
        message = f"{organization!r} is none; `aws organizations describe-organization` names it, as o-…"
        raise click.BadParameter(message, param_hint="--organization")
    session = _session(region, profile)
    from private_fargate.artifacts import make_bucket  # noqa: PLC0415 -- boto3
    from private_fargate.deploy.artifacts import bucket_name  # noqa: PLC0415 -- as above
    from private_fargate.deploy.watching import Watcher  # noqa: PLC0415 -- as above

    with terminal.progress("Making the bucket for templates"):
        outcome = make_bucket(session, Watcher(), organization=organization)
    name = bucket_name(session)
    if style == "json":
        terminal.print_json(
            {
                "bucket": name,
                "stack": outcome.stack_arn,
                "status": outcome.status,
                "changed": outcome.changed,
                "failure": None if outcome.succeeded else outcome.explain(),
            }
        )
    elif outcome.succeeded:
        click.echo(f"{name}: {'ready' if outcome.changed else 'is there, and as it should be'}")
    if outcome.succeeded:
        return 0
    click.echo(outcome.explain(), err=True)
    return _FAILED if outcome.needs_a_person else _ROLLED_BACK


@click.command(epilog=_EXIT_CODES)
@environment_argument
@_bucket
@click.option("--region", metavar="REGION", help="Where; the first in the settings, if left out.")
@_profile
@click.option(
    "--from",
    "directory",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where the templates are; output/ENVIRONMENT, if left out.",
)
@click.option("--out", default="-", metavar="FILE", help="Where the parent goes; - prints it.")
@format_option
def package(  # noqa: PLR0913, PLR0917 -- one for each option
    environment: str,
    bucket: str | None,
    region: str | None,
    profile: str | None,
    directory: Path | None,
    out: str,
    style: str,
) -> int:
    """Upload the templates of ENVIRONMENT, and give the parent.

    It is the parent template in output/ENVIRONMENT with the addresses of the others in S3, as `aws
    cloudformation deploy` takes it. Nothing is deployed. Only what is missing is sent.
    """
    from private_fargate import artifacts, building  # noqa: PLC0415 -- boto3

    path = building.find(environment)
    session = _session(region or building.load(path).regions[0], profile)
    with terminal.progress("Uploading the templates"):
        made = artifacts.packaged(session, directory or building.place(path), bucket)
    body = made.parent + b"\n"
    if out == "-":
        click.echo(body, nl=False)
    else:
        artifacts.write(Path(out), body)
    if style == "json" and out != "-":
        document = {
            "parent": out,
            "url": made.url,
            "sent": made.uploaded,
            "already_there": made.already_there,
        }
        terminal.print_json(document)
    else:
        click.echo(f"{made.uploaded} templates sent, {made.already_there} were there", err=out == "-")
    return 0


@click.command(epilog=_EXIT_CODES)
@_bucket
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--older-than",
    "days",
    type=click.IntRange(min=1),
    default=1,
    metavar="DAYS",
    help="Leave what is younger; 1 if left out.",
)
@click.option("--without-service-catalog", "no_catalog", is_flag=True, help="No product here is of ours.")
@click.option(
    "--without-other-accounts",
    "no_others",
    is_flag=True,
    help="No other account deploys from a bucket that is shared.",
)
@_region
@_profile
@format_option
def gc(  # noqa: PLR0913 -- one for each option
    bucket: str | None,
    days: int,
    region: str | None,
    profile: str | None,
    style: str,
    *,
    yes: bool,
    no_catalog: bool,
    no_others: bool,
) -> int:
    """Remove templates from the bucket that nothing uses.

    Shown first, then asked. In use is what a stack of the region, a change set that may still be executed, or
    a version of a product of Service Catalog points to. If any of these cannot be read, nothing is removed.
    What is removed can be brought back for 90 days: the bucket keeps old versions.
    """
    session = _session(region, profile)
    from private_fargate.deploy.artifacts import require_bucket  # noqa: PLC0415 -- boto3

    name = bucket or require_bucket(session, may_choose=True)
    options: dict[str, Any] = {
        "older_than": timedelta(days=days),
        "catalog": not no_catalog,
        "others": not no_others,
    }
    return collect(session, name, options, style, yes=yes)


def collect(session: Session, bucket: str, options: Mapping[str, Any], style: str, *, yes: bool) -> int:
    """Show what nothing uses, ask, and remove it; return the exit code.

    Args:
        session: where.
        bucket: the bucket for templates.
        options: what `survey` and `remove` take besides.
        style: `table` or `json`.
        yes: whether nobody is asked.
    """
    from private_fargate.deploy import garbage  # noqa: PLC0415 -- boto3

    with terminal.progress("Looking at what is in use"):
        found = garbage.survey(session, bucket, **options)
    if style == "table":
        _show(found)
    if found.unused and found.doubts:
        code, removed = _FAILED, 0
        click.echo(garbage.refusal(found.doubts), err=True)
    elif found.unused and not _is_agreed(found, style, yes=yes):
        code, removed = _NOT_APPROVED, 0
    else:
        code, removed = 0, len(garbage.remove(session, found, **options)) if found.unused else 0
    if style == "json":
        terminal.print_json({**_document(found), "removed": removed})
    elif removed:
        click.echo(f"{removed} removed")
    return code


def _is_agreed(found: Survey, style: str, *, yes: bool) -> bool:
    """Say whether a person wants it; where nobody can be asked, nobody does."""
    if yes:
        return True
    if style == "json" or not sys.stdin.isatty():
        click.echo("nothing is removed without a yes; give --yes where nobody can be asked", err=True)
        return False
    return click.confirm(f"Remove {len(found.unused)} templates from {found.bucket}?", err=True)


def _show(found: Survey) -> None:
    if found.unused:
        from rich.table import Table  # noqa: PLC0415 -- 50 ms

        table = Table(box=None)
        table.add_column("unused template", overflow="fold")
        for title in ("bytes", "days old"):
            table.add_column(title, justify="right")
        for each in found.unused:
            table.add_row(each.key, f"{each.size:,}", str(each.age.days))
        terminal.console().print(table)
    click.echo(f"{found.bucket}: {len(found.unused)} unused, {found.used} in use, {found.young} too young")


def _document(found: Survey) -> dict[str, Any]:
    return {
        "bucket": found.bucket,
        "used": found.used,
        "young": found.young,
        "unused": [
            {"key": each.key, "bytes": each.size, "age_seconds": int(each.age.total_seconds())}
            for each in found.unused
        ],
        "doubts": list(found.doubts),
    }


def _session(region: str | None, profile: str | None) -> Session:
    from private_fargate.deploy.session import connect  # noqa: PLC0415 -- boto3

    return connect(region, profile)


COMMANDS: Final = (bootstrap, package, gc)
