"""How long verifying takes, beside cfn-lint and as systems grow: `python -m benchmarks.verify_speed`.

Everything is measured warm, in one process and in its processor time: the verifier and cfn-lint wait for
nothing, and a machine that does other things at the same time disturbs it least.
"""

from __future__ import annotations

import gc
import io
import json
import math
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click
from rich.console import Console
from rich.table import Table

from benchmarks import others
from benchmarks.environments import many
from benchmarks.targets import Verdict
from private_fargate import config, verifying
from private_fargate.lint import cfn_lint
from private_fargate.verify.checking import verify
from stacks import parent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from private_fargate.verify.findings import Report

ROOT: Final = Path(__file__).parent.parent
LINTER_TIMES: Final = 10
"""A pass of the verifier takes at most this part of the time that cfn-lint needs for the same templates."""

FEW: Final = 10
"""So many services of other people's are given to cfn-lint: it takes seconds for them."""


class Growth(NamedTuple):
    """What something took for systems of several sizes.

    Attributes:
        what: What it is.
        seconds: Processor seconds by the number of services.
    """

    what: str
    seconds: Mapping[int, float]

    def worst(self) -> Verdict:
        """Give the step that came closest to n log n, or passed it."""
        steps = pairwise(sorted(self.seconds.items()))
        verdicts = [
            Verdict(
                more,
                f"{self.what}: from {less}, n log n",
                more * math.log(more) / (less * math.log(less)),
                longer / shorter,
                "x",
            )
            for (less, shorter), (more, longer) in steps
        ]
        return max(verdicts, key=lambda verdict: verdict.got / verdict.limit)


class Beside(NamedTuple):
    """What the verifier and cfn-lint took for the same templates, in processor seconds."""

    what: str
    verify: float
    lint: float

    def verdict(self, services: int) -> Verdict:
        """Say whether the verifier was fast enough."""
        limit, got = 1 / LINTER_TIMES, self.verify / self.lint
        return Verdict(services, f"{self.what}, beside cfn-lint", limit, got, "x")


class WrongSystemError(Exception):
    """What was measured is not what was meant; its figures would say nothing."""


def ours(services: int, folder: Path, *, faulty: bool = False) -> Path:
    """Render a system of ours, of five shapes of services.

    Args:
        services: Their number.
        folder: Where to write.
        faulty: Whether the endpoints let nobody in, so that no service starts.

    Returns:
        The parent.
    """
    folder.mkdir(parents=True, exist_ok=True)
    environment = folder / "environment.yaml"
    environment.write_text(many(services), encoding="utf-8")
    for name, body in parent.render(config.load(environment)).items():
        (folder / name).write_bytes(body)
    if faulty:
        template = json.loads((folder / "endpoints.json").read_bytes())
        del template["Resources"]["EndpointSecurityGroup"]["Properties"]["SecurityGroupIngress"]
        (folder / "endpoints.json").write_text(json.dumps(template), encoding="utf-8")
    return folder / verifying.ROOT_TEMPLATE


SHAPES: Final = {
    "ours": ours,
    "a template for each service": others.one_each,
    "one template": others.one_template,
}


def least(runs: int, work: Callable[[], object]) -> float:
    """Give the least processor seconds of several runs, after one that is not counted."""
    work()
    taken: list[float] = []
    for _ in range(runs):
        gc.collect()  # what the last run left is not for this one to sweep up
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return min(taken)


def growth(sizes: Sequence[int], runs: int) -> Iterator[Growth]:
    """Measure the verifier over systems of several sizes, right and faulty, and its forms of answer."""
    for shape, write in SHAPES.items():
        for faulty in (False, True):
            seconds: dict[int, float] = {}
            for services in sizes:
                with tempfile.TemporaryDirectory(prefix="verify-") as folder:
                    path = write(services, Path(folder), faulty=faulty)
                    expect(verify(path), services, faulty=faulty)
                    seconds[services] = least(runs, lambda path=path: verify(path))
            yield Growth(f"{shape}, {'no service starts' if faulty else 'right'}", seconds)
    yield from _answers(sizes, runs)


def expect(report: Report, services: int, *, faulty: bool) -> None:
    """See that every service was proven, or that none was.

    Raises:
        WrongSystemError: If the system is not what was meant.
    """
    tasks = {proof.task for proof in report.proofs}
    failing = {proof.task for proof in report.proofs if proof.holds is False}
    hosts = len(tasks) - services
    if hosts not in (0, 1) or len(failing) not in ((services, services + hosts) if faulty else (0,)):
        raise WrongSystemError(f"{report.template}: of {len(tasks)} tasks {len(failing)} fail")


def _answers(sizes: Sequence[int], runs: int) -> Iterator[Growth]:
    """Measure how the report of a system in which no service starts is written."""
    seconds: dict[str, dict[int, float]] = {}
    for services in sizes:
        with tempfile.TemporaryDirectory(prefix="verify-") as folder:
            found = [verify(others.one_template(services, Path(folder), faulty=True))]
        forms: dict[str, Callable[[], object]] = {
            "json": lambda found=found: verifying.answer(found, "json"),
            "sarif": lambda found=found: verifying.answer(found, "sarif"),
            "junit": lambda found=found: verifying.answer(found, "junit"),
            "table": lambda found=found: verifying.show(found, None, nowhere()),
            "explanation of one task": lambda found=found: verifying.show(found, "Service0000", nowhere()),
        }
        for form, work in forms.items():
            seconds.setdefault(form, {})[services] = least(runs, work)
    yield from (Growth(f"answer: {form}", taken) for form, taken in seconds.items())


def nowhere() -> Console:
    """Give a terminal of which nobody sees anything."""
    return Console(file=io.StringIO(), width=120)


def beside_cfn_lint(environment: str, runs: int) -> Iterator[tuple[int, Beside]]:
    """Measure the verifier beside cfn-lint over an environment of ours, and two systems of other people's."""
    settings = config.load(ROOT / "environments" / f"{environment}.yaml")
    yield len(settings.services), _beside(environment, parent.render(settings), settings.regions, runs)
    for shape in ("a template for each service", "one template"):
        with tempfile.TemporaryDirectory(prefix="verify-") as name:
            path = SHAPES[shape](FEW, Path(name))
            templates = {file.name: file.read_bytes() for file in Path(name).iterdir()}
            lint = least(runs, _lint(templates, settings.regions))
            yield FEW, Beside(shape, least(runs, lambda path=path: verify(path)), lint)


def _beside(what: str, templates: Mapping[str, bytes], regions: tuple[str, ...], runs: int) -> Beside:
    taken = least(runs, lambda: verifying.check(templates, regions))
    return Beside(what, taken, least(runs, _lint(templates, regions)))


def _lint(templates: Mapping[str, bytes], regions: tuple[str, ...]) -> Callable[[], object]:
    def lint() -> object:
        verdicts = cfn_lint.ask(templates, templates, regions, informational=False)
        return verdicts()

    return lint


@click.command()
@click.option(
    "--services",
    "sizes",
    multiple=True,
    default=(10, 50, 100, 200),
    type=click.IntRange(2, 1000),
    help="A number of services, at least twice.",
)
@click.option("--runs", default=3, type=click.IntRange(1, 100), help="Runs of each, after one not counted.")
@click.option("--environment", default="demo", help="The environment that cfn-lint is given too.")
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table")
def main(sizes: tuple[int, ...], runs: int, environment: str, style: str) -> None:
    """Measure the verifier with all of its rules, beside cfn-lint and as systems grow."""
    ordered = sorted(set(sizes))
    if len(ordered) < 2:  # noqa: PLR2004 -- growth is between two
        raise click.BadParameter("name two numbers of services, or more", param_hint="--services")
    with Console(stderr=True).status("measuring …"):
        pairs = list(beside_cfn_lint(environment, runs))
        grown = list(growth(ordered, runs))
    verdicts = [pair.verdict(services) for services, pair in pairs] + [each.worst() for each in grown]
    if style == "json":
        click.echo(json.dumps(_document([pair for _, pair in pairs], grown, verdicts), indent=2))
    else:
        _show([pair for _, pair in pairs], grown, verdicts)


def _document(
    pairs: Sequence[Beside], grown: Sequence[Growth], verdicts: Sequence[Verdict]
) -> dict[str, Any]:
    return {
        "beside": [pair._asdict() for pair in pairs],
        "growth": [{"what": each.what, "seconds": dict(each.seconds)} for each in grown],
        "targets": [{**verdict._asdict(), "met": verdict.is_met} for verdict in verdicts],
    }


def _show(pairs: Sequence[Beside], grown: Sequence[Growth], verdicts: Sequence[Verdict]) -> None:
    beside = Table("the same templates, ms", "verifier", "cfn-lint", "times faster", box=None)
    for pair in pairs:
        figures = (f"{1000 * value:,.0f}" for value in (pair.verify, pair.lint))
        beside.add_row(pair.what, *figures, f"{pair.lint / pair.verify:,.0f}")
    table = Table("services, ms", *(str(number) for number in grown[0].seconds), box=None)
    for each in grown:
        table.add_row(each.what, *(f"{1000 * value:,.0f}" for value in each.seconds.values()))
    judged = Table("services", "target", "at most", "got", "", box=None)
    for verdict in verdicts:
        limit, got = (f"{value:.3f} {verdict.unit}" for value in (verdict.limit, verdict.got))
        met = "met" if verdict.is_met else "MISSED"
        judged.add_row(str(verdict.services), verdict.target, limit, got, met)
    console = Console()
    for shown in (beside, table, judged):
        for column in shown.columns[1:]:
            column.justify = "left" if column.header in ("target", "") else "right"
        console.print(shown)


if __name__ == "__main__":
    main()
