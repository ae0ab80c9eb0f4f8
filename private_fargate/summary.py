"""What people read after a build: a table, what was found, and what became of the output.

By hand and not with rich, whose import takes longer than a build in which nothing changed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from private_fargate.building import Build


def show(directory: Path, result: Build) -> None:
    """Print the table on standard output, and the rest where it does not mix with it."""
    sys.stdout.write(f"{_table(result)}\n")
    lines = [*map(str, result.findings), *result.notes]
    state = "is as it was" if result.findings else "is written" if result.is_new else "is up to date"
    sys.stderr.writelines(f"{line}\n" for line in [*lines, f"{_shown(directory)} {state}."])


def _table(result: Build) -> str:
    """Lay out a line per template and their sums: what people read after each build."""
    numbers = ("resources", "parameters", "outputs", "bytes")
    found = [finding.file for finding in result.findings]
    rows = [
        (file, *(row[number] for number in numbers), found.count(file))
        for file, row in result.templates.items()
    ]
    sums = [sum(column) for column in list(zip(*rows, strict=True))[1:]]
    body = [(name, *(f"{number:,}" for number in row)) for name, *row in [*rows, ("total", *sums)]]
    lines = [("template", *numbers, "findings"), *body]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    texts = [_line(line, widths) for line in lines]
    return "\n".join([_bold(texts[0]), *texts[1:]])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = cells
    return "  ".join(
        [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
    )


def _bold(text: str) -> str:
    """Set a heading off, on a terminal whose owner has nothing against it (no-color.org)."""
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not sys.stdout.isatty()
    return text if is_plain else f"\033[1m{text}\033[0m"


def _shown(directory: Path) -> str:
    """Write a path as a person below the same directory would."""
    try:
        return str(directory.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(directory)
