"""Measure building, beside the floor and beside the AWS CDK: `python -m benchmarks`."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from benchmarks import cases, cdk, measure, targets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.measure import Figures

Results = dict[int, dict[str, "Figures"]]


def _numbers(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[int, ...]:
    try:
        numbers = tuple(int(number) for number in value.split(","))
    except ValueError:
        raise click.BadParameter("write numbers with commas, such as 1,10,100") from None
    if not all(1 <= number <= 1000 for number in numbers):  # noqa: PLR2004 -- what environments.py can write
        raise click.BadParameter("each must be 1 to 1000")
    return numbers


@click.command()
@click.option("--services", default="1,10,100", callback=_numbers, help="Numbers of services, 1 to 1000.")
@click.option("--runs", default=3, type=click.IntRange(1, 100), help="Runs of each, after one not counted.")
@click.option("--cdk/--no-cdk", "with_cdk", default=True, help="Whether to measure the CDK beside it.")
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table")
def main(services: tuple[int, ...], runs: int, style: str, *, with_cdk: bool) -> None:
    """Measure rendering and building, as whole processes in turn.

    The CDK is installed from its lock file when it is first measured: 190 MB, from npm.
    """
    console = Console(stderr=True)
    missing = cdk.install() if with_cdk else "it was not asked for"
    if missing:
        console.print(f"Without the CDK: {missing}.")
    results: Results = {}
    for number in services:
        with console.status(f"{number} services …"):
            results[number] = _measured(number, runs, with_cdk=missing is None)
    if style == "json":
        click.echo(json.dumps(_document(results), indent=2))
    else:
        _show(results, Console())


def _measured(services: int, runs: int, *, with_cdk: bool) -> dict[str, Figures]:
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        scratch = Path(folder)
        chosen = [*cases.cases(services, scratch), *(cdk.cases(services, scratch) if with_cdk else ())]
        try:
            return measure.measure(chosen, runs)
        except measure.CaseError as error:
            sys.exit(str(error))
        finally:
            shutil.rmtree(cases.ROOT / "output" / f"benchmark-{services}", ignore_errors=True)


def _document(results: Results) -> dict[str, Any]:
    verdicts = [verdict for number, found in results.items() for verdict in targets.verdicts(number, found)]
    return {
        "figures": [
            {"services": number, "case": name, **_row(figures), "floors": _floors(found, name)}
            for number, found in results.items()
            for name, figures in found.items()
        ],
        "targets": [{**verdict._asdict(), "met": verdict.is_met} for verdict in verdicts],
    }


def _row(figures: Figures) -> dict[str, float]:
    return {
        "minimum": round(figures.minimum, 4),
        "median": round(figures.median, 4),
        "cpu": round(figures.cpu, 4),
        "mebibytes": round(figures.memory, 1),
    }


def _floors(found: Mapping[str, Figures], name: str) -> float:
    return round(found[name].minimum / found[cases.FLOOR].minimum, 2)


def _show(results: Results, console: Console) -> None:
    table = Table("services", "what", *("minimum s", "median s", "CPU s", "MiB", "floors"), box=None)
    for number, found in results.items():
        for name, figures in found.items():
            values = (f"{value:,.3f}" for value in list(_row(figures).values())[:3])
            floors = f"{_floors(found, name):,.1f}"
            table.add_row(str(number), name, *values, f"{figures.memory:,.0f}", floors)
        table.add_section()
    _align(table, 0, *range(2, 7))
    console.print(table)
    console.print(_targets(results))


def _targets(results: Results) -> Table:
    table = Table("services", "target", "at most", "got", "", box=None)
    for number, found in results.items():
        for verdict in targets.verdicts(number, found):
            limit, got = (f"{value:.3f} {verdict.unit}" for value in (verdict.limit, verdict.got))
            table.add_row(str(number), verdict.target, limit, got, "met" if verdict.is_met else "MISSED")
    _align(table, 0, 2, 3)
    return table


def _align(table: Table, *columns: int) -> None:
    for column in columns:
        table.columns[column].justify = "right"


if __name__ == "__main__":
    main()
