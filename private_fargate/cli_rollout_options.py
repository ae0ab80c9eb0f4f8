"""What the commands of a rollout take, say of their exit codes, and show while they work."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import click

from private_fargate import cli_options, terminal

if TYPE_CHECKING:
    from private_fargate.rollout.onlooker import Onlooker

EXIT_CODES: Final = """\b
Exit codes:
  0    done, or nothing to do
  1    some instances are not as they are to be, or something objects to the templates
  2    the settings or the command line are wrong, or there is no StackSet
  3    somebody has to agree, or did not
  4    failed, and a person is needed: AWS refuses or is not there
  130  stopped by Ctrl-C; AWS goes on, and the same command joins it
"""
NOT_ALL: Final = 1

where_options = partial(cli_options.where_options, stack="here the StackSet, with the environment's name")
bucket_option = click.option(
    "--bucket", metavar="NAME", help="For the templates; the one that `bootstrap` makes, if left out."
)
reader_option = click.option(
    "--reader-role",
    "reader",
    metavar="NAME",
    help="A role in each target account with which to read there; the execution role, if it is self-managed.",
)


def onlooker_for(style: str, *, agrees: bool = False) -> Onlooker:
    """Return who looks on for a person, or for a program that reads lines of JSON."""
    from private_fargate.rollout.onlooker import LineOnlooker, Onlooker  # noqa: PLC0415 -- rich

    kind = LineOnlooker if style == "json" else Onlooker
    return kind(terminal.console(), terminal.console(stderr=True), agrees=agrees)
