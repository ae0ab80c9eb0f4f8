"""What `build.py` does before it parses a command line: see whether there is anything to do.

`make templates` in a project in which nothing changed ends here, in the time that Python takes to
start and the files to be read.  Parsing alone would double that.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main() -> int:
    """Run the command that was given; the exit codes are those that `--help` tells."""
    arguments = sys.argv[1:]
    try:
        if is_plain_build(arguments) and is_done(*arguments[1:]):
            return 0
        from private_fargate.cli import main as run  # noqa: PLC0415 -- 30 ms for click

        return run(arguments)
    except KeyboardInterrupt:  # before the parser is there to catch it
        return 130


def is_plain_build(arguments: Sequence[str]) -> bool:
    """Say whether this is `templates [ENVIRONMENT]` with no option."""
    return arguments[:1] == ["templates"] and len(arguments) <= 2 and not arguments[-1].startswith("-")  # noqa: PLR2004 -- the command and its argument


def is_done(environment: str = "demo") -> bool:
    """Show the earlier build of an environment if it still holds; anything else is for the parser."""
    from private_fargate import building, summary  # noqa: PLC0415 -- not for other commands
    from private_fargate.errors import UserError  # noqa: PLC0415 -- as above

    try:
        path = building.find(environment)
        earlier = building.current(path, building.place(path))
    except UserError:
        return False
    if earlier:
        summary.show(building.place(path), earlier)
    return earlier is not None
