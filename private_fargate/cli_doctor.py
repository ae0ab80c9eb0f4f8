"""Commands that look into an account, and into what runs in it, and change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from private_fargate import terminal
from private_fargate.cli_options import environment_argument, format_option, where_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from private_fargate.cli_options import Where
    from private_fargate.config.models import Environment
    from private_fargate.trying import Deployed

_MOST_WORDS: Final = 2  # environment and service
_LAST_PORT: Final = 65535
_DEFAULT: Final = "demo"


def _exit_codes(one: str, four: str = "AWS cannot be reached, or refuses") -> str:
    codes = {
        "0": "all is well",
        "1": one,
        "2": "the settings or the command line are wrong, or nothing is deployed",
        "4": four,
        "130": "stopped by Ctrl-C",
    }
    return "\n".join(("\b", "Exit codes:", *(f"  {code:<3}  {meaning}" for code, meaning in codes.items())))


_SESSION_CODES: Final = _exit_codes(
    "the session ended badly", "AWS or its plugin cannot be reached, or refuses; nobody may enter"
)


@click.command(epilog=_exit_codes("a check failed: the deployment would not come about"))
@environment_argument
@click.option("--images", is_flag=True, help="Look at images in public registries too.")
@where_options
@format_option
def doctor(environment: str, where: Where, style: str, *, images: bool) -> int:
    """Check the account before ENVIRONMENT is deployed.

    Zones, quotas, images, secrets, ranges, names and what GuardDuty adds are looked at; nothing is changed,
    and no value of a secret is read. What may not be seen is unknown, with the permission that it takes.
    """
    from private_fargate import building, doctoring  # noqa: PLC0415 -- boto3
    from private_fargate.report.checkup import checkup_document, checkup_view  # noqa: PLC0415 -- rich

    settings = building.load(building.find(environment))
    session = where.session(settings)
    with terminal.board() as report:
        checkup = doctoring.diagnose(settings, session, report, stack=where.stack, images=images)
    if style == "json":
        terminal.print_json(checkup_document(checkup))
    else:
        terminal.console().print(checkup_view(checkup), soft_wrap=True)
    return int(checkup.has_failed)


@click.command(epilog=_exit_codes("a service did not answer, or answered with a mistake"))
@click.argument("words", nargs=-1, metavar="[ENVIRONMENT] [SERVICE]")
@where_options
@format_option
def smoke(words: tuple[str, ...], where: Where, style: str) -> int:
    """Fetch each service's page from the jump host.

    Systems Manager runs curl there; without a jump host ECS Exec runs it in a task. What an embedded AWS
    holds is tried in its network on this machine.
    """
    from private_fargate import trying  # noqa: PLC0415 -- boto3
    from private_fargate.report.replies import replies_document, replies_view  # noqa: PLC0415 -- rich

    if len(words) > _MOST_WORDS:
        raise click.UsageError("Too many words: build.py smoke [ENVIRONMENT] [SERVICE]")
    settings, chosen = _settings(words[:1]), words[1:]
    system = _deployed(settings, where)
    with terminal.board() as report:
        replies = trying.smoke(system, chosen or list(settings.services), report)
    if style == "json":
        terminal.print_json(replies_document(replies))
    else:
        terminal.console().print(replies_view(replies), soft_wrap=True)
    return int(not all(reply.is_good for reply in replies))


class _WithCommand(click.Command):
    """A command after whose own words comes `--` and another command, left as it is."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep what stands after the first `--` apart."""
        own, there = args, list[str]()
        if "--" in args:
            at = args.index("--")
            own, there = args[:at], args[at + 1 :]
        rest = super().parse_args(ctx, own)
        ctx.params["command"] = tuple(there)
        return rest


@click.command("exec", cls=_WithCommand, epilog=_SESSION_CODES)
@click.argument("words", nargs=-1, required=True, metavar="[ENVIRONMENT] SERVICE [-- COMMAND…]")
@click.option("--task", default="", metavar="ID", help="Which task; any that runs, if left out.")
@click.option("--container", default="", metavar="NAME", help="Which container; the first, if left out.")
@where_options
def execute(words: tuple[str, ...], command: tuple[str, ...], where: Where, task: str, container: str) -> int:
    """Open a shell in a task of SERVICE, or run COMMAND there.

    It takes AWS's session-manager-plugin, and `exec: true` in the settings of the service. The exit code is
    the session's; ECS does not tell that of the command.
    """
    from private_fargate import trying  # noqa: PLC0415 -- boto3

    if len(words) > _MOST_WORDS:
        raise click.UsageError("Write -- before a command: build.py exec [ENVIRONMENT] SERVICE -- COMMAND…")
    *place, service = words
    system = _deployed(_settings(place), where)
    return trying.work_in_task(system, service, command, task=task, container=container)


@click.command(epilog=_SESSION_CODES)
@click.argument("words", nargs=-1, required=True, metavar="[ENVIRONMENT] SERVICE [LOCAL_PORT]")
@where_options
def forward(words: tuple[str, ...], where: Where) -> int:
    """Let programs on this machine reach SERVICE.

    Connections to LOCAL_PORT of this machine go through the jump host until Ctrl-C. It takes AWS's
    session-manager-plugin.
    """
    from private_fargate import trying  # noqa: PLC0415 -- boto3

    *before, last = words
    port = int(last) if before and last.isdecimal() else None
    *place, service = words if port is None else before
    if len(place) >= _MOST_WORDS or not 0 < (port or 1) <= _LAST_PORT:
        raise click.UsageError("Write build.py forward [ENVIRONMENT] SERVICE [LOCAL_PORT], a port to 65535")

    def report(url: str, local: int) -> None:
        click.echo(f"http://localhost:{local} is {url} until Ctrl-C", err=True)

    return trying.forward(_deployed(_settings(place), where), service, port, report)


COMMANDS: Final = (doctor, smoke, execute, forward)


def _settings(place: Sequence[str]) -> Environment:
    from private_fargate import building  # noqa: PLC0415 -- pydantic

    return building.load(building.find(place[0] if place else _DEFAULT))


def _deployed(settings: Environment, where: Where) -> Deployed:
    from private_fargate import trying  # noqa: PLC0415 -- boto3

    ports = {name: service.port for name, service in settings.services.items()}
    return trying.deployed(where.session(settings), where.stack or settings.name, ports)
