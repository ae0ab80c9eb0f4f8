"""Where a demonstration goes: to an embedded AWS of its own, or to one that is running already."""

from __future__ import annotations

import os
import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING

from private_fargate.deploy.session import connect_to, is_loopback
from private_fargate.errors import UserError
from private_fargate.local.embedded import EmbeddedAws

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from rich.console import Console

    from private_fargate.deploy.session import Session


def endpoint_on_this_machine() -> str | None:
    """Return the loopback address in AWS_ENDPOINT_URL, None if the variable is not set.

    Raises:
        UserError: it leads elsewhere, and a demonstration has no business there.
    """
    url = os.environ.get("AWS_ENDPOINT_URL")
    if not url:
        return None
    if is_loopback(url):
        return url
    message = (
        f"AWS_ENDPOINT_URL: {url} is not on this machine, and a demonstration deploys nowhere else; "
        "unset it, or name a loopback address"
    )
    raise UserError(message)


def session_on_this_machine(region: str) -> Session:
    """Return a session with the AWS at the loopback address in AWS_ENDPOINT_URL.

    Raises:
        UserError: the variable is not set, or leads elsewhere.
    """
    url = endpoint_on_this_machine()
    if url is None:
        message = (
            "AWS_ENDPOINT_URL is not set, and the network is built from what an AWS on this machine "
            "describes: run `make demo KEEP=1`, and export the variables that it prints"
        )
        raise UserError(message)
    return connect_to(_variables(url, region))


@contextmanager
def aws_at(url: str | None, region: str, console: Console, *, keep: bool) -> Generator[Session]:
    """Yield a session with the AWS at `url`; if that is None, with an embedded one that lasts for the block.

    Args:
        url: an AWS that is running; it is left as it is.
        region: where to deploy.
        console: where to say which it is.
        keep: leave the embedded AWS running at the end, and print how to talk to it and how to stop it.
    """
    if url is not None:
        console.print(f"deploying to what answers at {url}; it stays as it is afterwards", soft_wrap=True)
        yield connect_to(_variables(url, region))
        return
    with EmbeddedAws(keep=keep) as aws:
        console.print(f"an embedded AWS answers at {aws.url}")
        variables = {**aws.environment(), "AWS_REGION": region, "AWS_DEFAULT_REGION": region}
        yield connect_to(variables)
        if keep:
            _print_how_to_go_on(console, variables, aws.pid)


def _variables(url: str, region: str) -> dict[str, str]:
    """Return what a session with an AWS at `url` needs; one that asks for keys finds the caller's."""
    keys = {key: os.environ.get(key, "test") for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    return {"AWS_ENDPOINT_URL": url, "AWS_REGION": region, **keys}


def _print_how_to_go_on(console: Console, variables: Mapping[str, str], pid: int) -> None:
    lines = [f"export {name}={shlex.quote(value)}" for name, value in sorted(variables.items())]
    lines += ["aws cloudformation describe-stacks", f"kill {pid}  # stops it"]
    console.print("\nIt goes on running.  To talk to it with the AWS CLI, and to stop it:")
    for line in lines:
        console.print(f"  {line}", soft_wrap=True, markup=False, highlight=False)
