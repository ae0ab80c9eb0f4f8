"""The command line: parse, call, print, exit.

Each command imports what it needs when it runs, so that `--help` answers at once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import click

from private_fargate import (
    building,
    cli_artifacts,
    cli_catalog,
    cli_deploy,
    cli_doctor,
    cli_live,
    cli_product,
    cli_rollout,
    inputs,
    summary,
    terminal,
)
from private_fargate.cli_fabric import fabric
from private_fargate.cli_options import environment_argument, format_option
from private_fargate.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from private_fargate.building import Build

INTERRUPTED: Final = 130  # 128 + SIGINT, as shells have it
BUG: Final = 70  # EX_SOFTWARE of sysexits.h: apart from what a person can mend

_EXIT_CODES: Final = """\b
Exit codes:
  0    all is well
  1    a check found something (the output is as it was), or a deployment failed and was rolled back
  2    the settings or the command line are wrong
  3    somebody has to agree, or did not
  4    something outside failed, or a person is needed: the output cannot be written, AWS not be reached
  70   a bug in this program; the traceback is on standard error
  130  stopped by Ctrl-C
"""


def _print_version(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 -- click's order
    if wanted:
        click.echo(_version())
        context.exit()


def _version() -> str:
    """Read the one place where the version is written."""
    import tomllib  # noqa: PLC0415 -- for --version only

    project = tomllib.loads((inputs.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return f"{project['name']} {project['version']}"


@click.group(epilog=_EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version.",
)
def cli() -> None:
    """CloudFormation templates for AWS Fargate in private subnets.

    ENVIRONMENT is the name of a file in environments/, or the path of one elsewhere; `demo` if it
    is left out.
    """


_PARTS = (cli_artifacts, cli_catalog, cli_deploy, cli_doctor, cli_live, cli_product, cli_rollout)
for _command in (fabric, *(command for part in _PARTS for command in part.COMMANDS)):
    cli.add_command(_command)


@cli.command(epilog=_EXIT_CODES)
@environment_argument
@click.option(
    "--output",
    "directory",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The directory to write, replaced as a whole; output/ENVIRONMENT if it is left out.",
)
@click.option(
    "--cache",
    type=click.Path(path_type=Path),
    default=inputs.ROOT / ".cache" / "lint",
    metavar="DIR",
    help="Where the linters' verdicts are remembered; .cache/lint if it is left out.",
)
@click.option("--informational", is_flag=True, help="Show the linters' notes too; they forbid nothing.")
@format_option
def templates(
    environment: str, directory: Path | None, cache: Path, *, informational: bool, style: str
) -> int:
    """Render, lint, verify and write the templates.

    Nothing is written unless both linters and the verifier are silent: no error, no warning.
    """
    path = building.find(environment)
    directory = directory or building.place(path)
    result = building.build(
        path, directory, cache=cache, informational=informational, progress=terminal.progress
    )
    if style == "json":
        terminal.print_json(_build_document(path.stem, directory, result))
    else:
        summary.show(directory, result)
    return 1 if result.findings else 0


def _build_document(name: str, directory: Path, result: Build) -> dict[str, Any]:
    from dataclasses import asdict  # noqa: PLC0415 -- for programs only

    return {
        "environment": name,
        "directory": str(directory),
        "templates": {file: dict(row) for file, row in result.templates.items()},
        "findings": [asdict(finding) for finding in result.findings],
        "notes": list(result.notes),
    }


@cli.command(epilog=_EXIT_CODES)
@environment_argument
@format_option
def endpoints(environment: str, style: str) -> None:
    """List the VPC endpoints, their users and price."""
    settings = building.load(building.find(environment))
    from private_fargate.report.endpoints import endpoint_document, endpoint_table  # noqa: PLC0415 -- rich

    if style == "json":
        terminal.print_json(endpoint_document(settings))
    else:
        terminal.console().print(endpoint_table(settings))


@cli.command(epilog=_EXIT_CODES)
@environment_argument
@format_option
def cost(environment: str, style: str) -> None:
    """Show what ENVIRONMENT costs in a month before anybody uses it."""
    settings = building.load(building.find(environment))
    from private_fargate.report.cost import cost_document, cost_table  # noqa: PLC0415 -- rich

    if style == "json":
        terminal.print_json(cost_document(settings))
    else:
        terminal.console().print(cost_table(settings))


@cli.command(epilog=_EXIT_CODES)
@environment_argument
@format_option
def mirror(environment: str, style: str) -> None:
    """Copy the images of ENVIRONMENT into its ECR repositories.

    The stack with the repositories is deployed already, in the first of the environment's Regions; the
    caller's own AWS credentials are used. What is printed is what `--parameter-overrides` takes.
    """
    settings = building.load(building.find(environment))
    from private_fargate.deploy.session import connect  # noqa: PLC0415 -- boto3
    from private_fargate.mirroring import mirror_images, named_digests  # noqa: PLC0415 -- as above

    with terminal.progress("Copying images"):
        parameters = named_digests(settings, mirror_images(connect(settings.regions[0]), settings))
    if style == "json":
        terminal.print_json(parameters)
    else:
        for name, value in parameters.items():
            click.echo(f"{name}={value}")


@cli.command(epilog=_EXIT_CODES)
@click.argument("templates", nargs=-1, type=click.Path(path_type=Path))
@click.option("--explain", "task", metavar="TASK", help="Print the whole proof of one task.")
@click.option(
    "--parameter",
    "--parameters",
    "parameters",
    multiple=True,
    metavar="KEY=VALUE|FILE",
    help="Values of the roots' parameters; repeatable.",
)
@click.option("--region", metavar="REGION", help="Where it will be deployed; open if it is left out.")
@click.option("--account", metavar="ID", help="The account; open if it is left out.")
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    metavar="OLD",
    help="The template as it is deployed: shows too what an update would break.",
)
@click.option("--ignore", "ignored", multiple=True, metavar="RULE", help="Suppress a rule; repeatable.")
@click.option(
    "--beside",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A root that is deployed in the account already, such as that of a launch role; repeatable.",
)
@click.option(
    "--every-combination",
    is_flag=True,
    help="Take a default for one value among others, and look at all that a launch form allows.",
)
@click.option("--product", is_flag=True, help="As Service Catalog launches it: every combination, too.")
@click.option(
    "--format",
    "style",
    type=click.Choice(["table", "json", "sarif", "junit"]),
    default="table",
    help="For people, or for programs.",
)
def verify(  # noqa: PLR0913, PLR0917 -- one for each option
    templates: tuple[Path, ...],
    task: str | None,
    parameters: tuple[str, ...],
    region: str | None,
    account: str | None,
    against: Path | None,
    ignored: tuple[str, ...],
    beside: tuple[Path, ...],
    style: Literal["table", "json", "sarif", "junit"],
    *,
    every_combination: bool,
    product: bool,
) -> int:
    """Prove from TEMPLATES that every task will start.

    TEMPLATES are root templates, JSON or YAML, yours or ours; what they nest from files beside them is read
    too. Without any, all that was built into output/ is verified. Exit code 1 means that an error was found.
    """
    from private_fargate import verifying  # noqa: PLC0415 -- not for other commands

    found = verifying.reports(
        verifying.roots(templates),
        parameters=parameters,
        place=verifying.place(region, account, is_product=product),
        against=against,
        ignored=ignored,
        beside=beside,
        every_combination=every_combination or product,
    )
    if style == "table":
        verifying.show(found, task, terminal.console())
    else:
        click.echo(verifying.answer(found, style))
    return int(any(report.has_errors for report in found))


@cli.command(epilog=_EXIT_CODES)
def schema() -> None:
    """Print the JSON Schema of an environment, for editors."""
    from private_fargate.config import json_schema  # noqa: PLC0415 -- pydantic

    terminal.print_json(json_schema())


@cli.command(epilog=_EXIT_CODES)
@environment_argument
@click.option("--keep", is_flag=True, help="Leave the embedded AWS running, and say how to talk to it.")
def demo(environment: str, *, keep: bool) -> int:
    """Deploy ENVIRONMENT to an embedded AWS.

    It runs on this machine; what came of the deployment is then checked with `describe` calls.
    """
    from private_fargate.local.demo import run  # noqa: PLC0415 -- boto3

    return run(building.find(environment), keep=keep, console=terminal.console())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, and give the exit code that `--help` promises.

    Returns:
        What a shell should see; a person's mistake is one plain message on standard error.
    """
    return _guarded(lambda: cli.main(arguments, prog_name=Path(sys.argv[0]).name, standalone_mode=False) or 0)


def _guarded(command: Callable[[], int]) -> int:
    try:
        return command()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except UserError as error:
        click.echo(str(error), err=True)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        return INTERRUPTED
    except Exception:  # noqa: BLE001 -- the last place: it is shown in full, with an exit code of its own
        import traceback  # noqa: PLC0415 -- for bugs only

        traceback.print_exc()
        return BUG
