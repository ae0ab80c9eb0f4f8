"""`build.py fabric …`: the network of a deployed environment on this machine."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import click

from private_fargate import terminal
from private_fargate.cli_options import environment_argument, format_option

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import RenderableType

    from private_fargate.fabric.orders import Order

_EXIT_CODES: Final = """\b
Exit codes:
  0    all is well
  1    a task did not start, or a page or a packet did not arrive
  2    the command line or the settings are wrong
  4    the network cannot be built or asked; the message says why
  130  stopped by Ctrl-C
"""

_vpc = click.option("--vpc", metavar="ID", help="The network; what the stack says it is, if left out.")
_of = click.option("--environment", default="demo", help="Whose network it is; demo if left out.")


@click.group(epilog=_EXIT_CODES)
def fabric() -> None:
    """Build the deployed network of ENVIRONMENT on this machine.

    Its subnets, routes, NAT gateways, security groups, ACLs, endpoints and names are read from the AWS at
    AWS_ENDPOINT_URL and made of network namespaces, and its tasks run in them: what arrives there are real
    packets. It needs Linux, and either root or user namespaces.
    """


@fabric.command(epilog=_EXIT_CODES)
@environment_argument
@_vpc
@format_option
def up(environment: str, vpc: str | None, style: str) -> int:
    """Build the network, and leave it standing."""
    from private_fargate import networking  # noqa: PLC0415 -- boto3
    from private_fargate.report.network import tasks_table  # noqa: PLC0415 -- rich

    with terminal.board() as report:
        keeper = networking.up(_order(environment, vpc), report)
    status = keeper.ask("status")
    _show(style, status, tasks_table(status))
    if style == "table":
        click.echo(
            f"{status['namespaces']} namespaces stand; `build.py fabric down {environment}` removes them"
        )
    return int(bool(networking.failures(status, ())))


@fabric.command(epilog=_EXIT_CODES)
@environment_argument
@_vpc
@format_option
def test(environment: str, vpc: str | None, style: str) -> int:
    """Fetch every service's page from everywhere.

    The jump host has to get all of them, as in the reference. If the network is not up, it is built for this.
    """
    from private_fargate import networking  # noqa: PLC0415 -- boto3
    from private_fargate.report.network import reach_table, tasks_table  # noqa: PLC0415 -- rich

    with terminal.board() as report, networking.kept(_order(environment, vpc), report) as keeper:
        report("fetching pages")
        status = keeper.ask("status")
        fetched = networking.try_everything(keeper, status)
    pages = [asdict(each) for each in fetched]
    wrong = networking.failures(status, fetched)
    _show(style, {**status, "fetched": pages, "wrong": wrong}, tasks_table(status), reach_table(pages))
    if style == "table":
        for line in wrong:
            click.echo(line, err=True)
    return int(bool(wrong))


@fabric.command(epilog=_EXIT_CODES)
@click.argument("source")
@click.argument("target")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Of TCP; what the target listens on, if left out."
)
@_of
@_vpc
@format_option
def trace(  # noqa: PLR0913, PLR0917 -- one for each option
    source: str, target: str, port: int | None, environment: str, vpc: str | None, style: str
) -> int:
    """Send a packet from SOURCE to TARGET, and show its way.

    SOURCE is a service (`nginx`), one of its tasks (`nginx.2`), `jump-host` or the ID of an instance; TARGET
    one of these, an endpoint (`ecr.api`, `s3`), a name or an address. Each hop is shown, with the rule that
    let the packet pass or dropped it.
    """
    from private_fargate import networking  # noqa: PLC0415 -- boto3
    from private_fargate.report.network import trace_lines  # noqa: PLC0415 -- rich

    with terminal.board() as report, networking.kept(_order(environment, vpc), report) as keeper:
        report(f"following a packet from {source} to {target}")
        way = keeper.ask("trace", source=source, target=target, port=port)
    _show(style, way, trace_lines(way))
    return int(not way["connected"])


@fabric.command(epilog=_EXIT_CODES, context_settings={"ignore_unknown_options": True})
@click.argument("place", default="jump-host")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@_of
@_vpc
def shell(place: str, command: tuple[str, ...], environment: str, vpc: str | None) -> int:
    """Work where PLACE is: a prompt there, or one COMMAND.

    The files are those of this machine; network, names and processes are those of the place. The exit code is
    that of the command.
    """
    from private_fargate import networking  # noqa: PLC0415 -- boto3

    with terminal.board() as report, networking.kept(_order(environment, vpc), report) as keeper:
        return networking.open_shell(keeper, place, command)


@fabric.command(epilog=_EXIT_CODES)
@environment_argument
def down(environment: str) -> int:
    """Remove the network; nothing of it is left."""
    from private_fargate import building, networking  # noqa: PLC0415 -- boto3

    name = building.load(building.find(environment)).name
    click.echo(f"{name}: removed" if networking.down(name) else f"{name}: was not up")
    return 0


@fabric.command(epilog=_EXIT_CODES)
@environment_argument
@format_option
def status(environment: str, style: str) -> int:
    """Show what is up: places, tasks, and who came to which door."""
    from private_fargate import building, networking  # noqa: PLC0415 -- boto3
    from private_fargate.report.network import places_table, tasks_table  # noqa: PLC0415 -- rich

    name = building.load(building.find(environment)).name
    found = networking.status(name)
    if found is None:
        click.echo(f"{name}: is not up")
        return 1
    _show(style, found, places_table(found), tasks_table(found))
    return 0


def _order(environment: str, vpc: str | None) -> Order:
    from private_fargate import building, networking  # noqa: PLC0415 -- boto3
    from private_fargate.local.place import session_on_this_machine  # noqa: PLC0415 -- as above

    settings = building.load(building.find(environment))
    return networking.order_for(session_on_this_machine(settings.regions[0]), settings.name, vpc)


def _show(style: str, document: Mapping[str, Any], *shown: RenderableType) -> None:
    if style == "json":
        terminal.print_json(document)
        return
    for each in shown:
        terminal.console().print(each)
