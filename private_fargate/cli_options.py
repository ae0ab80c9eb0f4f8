"""What several commands take."""

from __future__ import annotations

import click

environment_argument = click.argument("environment", default="demo")
format_option = click.option(
    "--format",
    "style",
    type=click.Choice(["table", "json"]),
    default="table",
    help="For people, or for programs.",
)
