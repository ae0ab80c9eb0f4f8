"""What commands print, and what they show on a terminal while they work."""

from __future__ import annotations

import sys
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager

    from rich.console import Console


def console(*, stderr: bool = False) -> Console:
    """Return where people read."""
    from rich.console import Console  # noqa: PLC0415 -- 50 ms

    return Console(stderr=stderr)


def print_json(document: object) -> None:
    """Print what programs read."""
    import json  # noqa: PLC0415 -- for programs only

    import click  # noqa: PLC0415 -- not for what only shows progress

    click.echo(json.dumps(document, indent=2))


def progress(what: str) -> AbstractContextManager[object]:
    """Show on a terminal what is being done, where it does not mix with what is printed."""
    return console(stderr=True).status(f"{what} …") if sys.stderr.isatty() else nullcontext()


@contextmanager
def board() -> Generator[Callable[[str], None]]:
    """Yield a function that shows on a terminal what is being done at the moment; it is silent elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with console(stderr=True).status("…") as status:
        yield lambda text: status.update(f"{text} …")
