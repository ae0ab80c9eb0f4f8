"""`build.py product`: what a team launches from Service Catalog, and the catalog that offers it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from private_fargate import building, inputs, summary, terminal
from private_fargate.cli_options import environment_argument, format_option

if TYPE_CHECKING:
    from private_fargate.building import Build, Kind

_EXIT_CODES: Final = """\b
Exit codes:
  0    both sets of templates are written, or up to date
  1    a check found something; that set is as it was
  2    the settings or the command line are wrong, or the settings say nothing of a catalog
  4    the output cannot be written
  130  stopped by Ctrl-C
"""
_SETS: Final[tuple[Kind, ...]] = ("product", "catalog")


@click.command(epilog=_EXIT_CODES)
@environment_argument
@click.option(
    "--cache",
    type=click.Path(path_type=Path),
    default=inputs.ROOT / ".cache" / "lint",
    metavar="DIR",
    help="Where the linters' verdicts are remembered; .cache/lint if it is left out.",
)
@click.option("--informational", is_flag=True, help="Show the linters' notes too; they forbid nothing.")
@format_option
def product(environment: str, cache: Path, *, informational: bool, style: str) -> int:
    """Render, lint, verify and write the product of ENVIRONMENT.

    Two sets of templates: output/ENVIRONMENT-product, which a team launches by filling in a form, and
    output/ENVIRONMENT-catalog, which offers it. The product is verified for every combination of what can be
    chosen. Nothing of a set is written unless the linters and the verifier are silent.
    """
    path = building.find(environment)
    results: dict[Kind, Build] = {}
    for kind in _SETS:
        results[kind] = building.build(
            path,
            building.place(path, kind),
            kind=kind,
            cache=cache,
            informational=informational,
            progress=terminal.progress,
        )
    if style == "json":
        terminal.print_json({kind: _document(path, kind, result) for kind, result in results.items()})
    else:
        for kind, result in results.items():
            summary.show(building.place(path, kind), result)
    return int(any(result.findings for result in results.values()))


def _document(path: Path, kind: Kind, result: Build) -> dict[str, Any]:
    from dataclasses import asdict  # noqa: PLC0415 -- for programs only

    return {
        "environment": path.stem,
        "directory": str(building.place(path, kind)),
        "templates": {file: dict(row) for file, row in result.templates.items()},
        "findings": [asdict(finding) for finding in result.findings],
        "notes": list(result.notes),
    }


COMMANDS: Final = (product,)
