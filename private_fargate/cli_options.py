"""What several commands take."""

from __future__ import annotations

from functools import partial, wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from private_fargate.whereabouts import Where

if TYPE_CHECKING:
    from collections.abc import Callable


_Command = TypeVar("_Command", bound="Callable[..., Any]")

environment_argument = click.argument("environment", default="demo")
format_option = click.option(
    "--format",
    "style",
    type=click.Choice(["table", "json"]),
    default="table",
    help="For people, or for programs.",
)


ENVIRONMENTS_STACK: Final = "the environment's name"


def aws_options(command: _Command, *, stack: str = ENVIRONMENTS_STACK) -> _Command:
    """Let a command take `region`, `profile` and `stack`, each None if it is left out.

    Args:
        command: which gets the options.
        stack: what help says of the name that the stack has if it is left out.
    """
    options = (
        click.option("--region", metavar="REGION", help="Where; the first in the settings, if left out."),
        click.option("--profile", metavar="NAME", help="Whose credentials; boto3's choice, if left out."),
        click.option("--stack", metavar="NAME", help=f"The stack; {stack}, if left out."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def where_options(command: Callable[..., Any], *, stack: str = ENVIRONMENTS_STACK) -> Callable[..., Any]:
    """Let a command take `where`: what `aws_options` gives, and the role to take on, as one value.

    Args:
        command: which gets the options.
        stack: as in `aws_options`; a group of commands says it once, by `functools.partial`.
    """

    @partial(aws_options, stack=stack)
    @click.option("--role", metavar="ARN", help="A role to take on before anything else.")
    @wraps(command)
    def run(
        *arguments: Any,
        region: str | None,
        profile: str | None,
        stack: str | None,
        role: str | None,
        **options: Any,
    ) -> Any:  # noqa: ANN401 -- as above
        where = Where(region=region, profile=profile, stack=stack, role=role)
        return command(*arguments, where=where, **options)

    return run


catalog_options = partial(where_options, stack="ENVIRONMENT-catalog")
"""The same for what is done to the stack of a catalog, and to what it has made."""
