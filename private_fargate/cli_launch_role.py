"""`build.py catalog role`: the launch role for accounts with which a portfolio is shared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from private_fargate import building, terminal
from private_fargate.cli_options import catalog_options, environment_argument, format_option

if TYPE_CHECKING:
    from private_fargate.cli_options import Where

_EXIT_CODES: Final = """\b
Exit codes:
  0    done
  2    the settings or the command line are wrong, or nothing is published
  4    AWS refuses or is not there, or the file cannot be written
  130  stopped by Ctrl-C
"""


@click.command(epilog=_EXIT_CODES)
@environment_argument
@catalog_options
@click.option("--out", default="-", metavar="FILE", help="Where the template goes; - prints it.")
@format_option
def role(environment: str, where: Where, out: str, style: str) -> int:
    """Give the template of the launch role of ENVIRONMENT, for other accounts that launch.

    It is the one that is deployed with the catalog in this account and Region, and serves all versions that
    were listed when it was published last. Deploy it in the same Region of each account with which the
    portfolio is shared, and again when `catalog publish` has changed the launch role.
    """
    from private_fargate import artifacts  # noqa: PLC0415 -- boto3
    from private_fargate.catalog import launch_roles, products  # noqa: PLC0415 -- as above

    path = building.find(environment)
    settings = building.load(path)
    products.offered_by(settings, path)
    session = where.session(settings)
    body = launch_roles.role_template(session, products.stack_name(settings, where))
    if out == "-":
        click.echo(body, nl=False)
        return 0
    artifacts.write(Path(out), body)
    if style == "json":
        terminal.print_json({"template": out, "region": session.region})
    else:
        click.echo(f"{out}: deploy it in {session.region}, with --capabilities CAPABILITY_NAMED_IAM")
    return 0


COMMANDS: Final = (role,)
