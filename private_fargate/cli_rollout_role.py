"""`build.py rollout-role`: the roles with which a StackSet makes an environment in other accounts."""

from __future__ import annotations

import click

from private_fargate import building, terminal
from private_fargate.cli_options import environment_argument, format_option
from private_fargate.cli_rollout_options import EXIT_CODES


@click.command("rollout-role", epilog=EXIT_CODES)
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
    settings = settings_of(building.load(path), path)
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
