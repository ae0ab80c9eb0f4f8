"""What the commands take that launch a product and look after what was launched."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from private_fargate.whereabouts import Where

if TYPE_CHECKING:
    from collections.abc import Callable


def place_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command take `where`: the region, and as whom."""

    @click.option("--region", metavar="REGION", help="Where; the first in the settings, if left out.")
    @click.option("--profile", metavar="NAME", help="Whose credentials; boto3's choice, if left out.")
    @click.option("--role", metavar="ARN", help="A role to take on before anything else.")
    @wraps(command)
    def run(
        *arguments: Any, region: str | None, profile: str | None, role: str | None, **options: Any
    ) -> Any:  # noqa: ANN401 -- as the command
        return command(*arguments, where=Where(region=region, profile=profile, role=role), **options)

    return run


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is wanted of a product; None is left to what Service Catalog offers."""

    parameters: tuple[str, ...]
    tags: tuple[str, ...]
    version: str | None
    product: str | None
    path: str | None


class _Renamed(click.Option):
    """An option of which only the first name is shown; the other one is taken as before."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return what help shows."""
        record = super().get_help_record(ctx)
        return record and (f"{self.opts[0]} {self.metavar}", record[1])


def offer_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command take `wanted`: version, path, values and tags."""

    @click.option(
        "--parameter",
        "--parameters",
        "parameters",
        cls=_Renamed,
        multiple=True,
        metavar="KEY=VALUE|FILE",
        help="Values of the launch form; repeatable.",
    )
    @click.option("--version", metavar="NAME", help="The newest one, if left out.")
    @click.option("--product", metavar="NAME|ID", help="The product, if not that of the settings.")
    @click.option("--path", metavar="NAME|ID", help="The launch path, if there are several.")
    @click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A tag; repeatable.")
    @wraps(command)
    def run(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 -- as the command
        wanted = Wanted(**{each.name: options.pop(each.name) for each in fields(Wanted)})
        return command(*arguments, wanted=wanted, **options)

    return run
