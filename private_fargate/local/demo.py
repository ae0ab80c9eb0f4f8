"""`make demo`: the whole system built, deployed to an AWS on this machine, and looked at.

Two deployments, because that is how it goes on AWS: the first makes the repositories, and its services run
nothing yet; then the images are pushed, and the second names them by digest.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from private_fargate import building, inputs, terminal
from private_fargate.deploy.deploy import Deployment, deploy
from private_fargate.deploy.options import StackOptions
from private_fargate.deploy.packaging import ensure_bucket
from private_fargate.deploy.progress import shown_on
from private_fargate.deploy.session import explained
from private_fargate.deploy.watching import Watcher
from private_fargate.local.images import push_images
from private_fargate.local.inspection import inspect, table
from private_fargate.local.packets import show_packets
from private_fargate.local.place import aws_at, endpoint_on_this_machine
from private_fargate.local.support import GAPS, GAPS_BESIDE_THE_NETWORK, not_created
from private_fargate.mirroring import digest_parameters
from private_fargate.plan.trees import PARENT
from private_fargate.report.plan import changes_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from pathlib import Path

    from private_fargate.config.models import Environment
    from private_fargate.deploy.events import Event
    from private_fargate.deploy.following import Outcome
    from private_fargate.deploy.session import Session
    from private_fargate.plan.judging import Planned

_BUCKET = "private-fargate-templates"

_FAILED = 1  # exit code: something that was asked for is not there


def run(
    environment_path: Path,
    *,
    keep: bool,
    console: Console | None = None,
    output: Path | None = None,
    endpoint: str | None = None,
) -> int:
    """Build an environment, deploy it to an AWS on this machine, and compare it with the settings.

    An embedded AWS is started for this, and stopped whatever happens, unless it is to be kept.  If the
    variable AWS_ENDPOINT_URL names a loopback address, what answers there is used instead, and left as it is.

    Args:
        environment_path: the YAML file.
        keep: leave the embedded AWS running, and say how to talk to it.
        console: where to print what comes of it; progress goes to standard error.
        output: the folder under which the templates are written, in one named after the environment.
        endpoint: URL of an AWS to use; given so, it may be on another machine.

    Returns:
        0 if everything is there, 1 if a linter objects, the deployment failed, or something differs.

    Raises:
        UserError: the settings are wrong, or AWS_ENDPOINT_URL does not lead to this machine.
        KeyboardInterrupt: Ctrl-C, after everything was stopped.
        SystemExit: the same for SIGTERM and SIGHUP, with the code that shells expect (143, 129).
    """
    console = console or Console()
    started = time.monotonic()
    url = endpoint or endpoint_on_this_machine()
    with _signals_unwind():
        templates = _build(environment_path, output or inputs.ROOT / "output", console)
        if templates is None:
            return _FAILED
        environment = building.load(environment_path)
        if url is None and (missing := not_created(templates)):
            console.print(f"the embedded AWS does not create {', '.join(missing)}", soft_wrap=True)
            return _FAILED
        with aws_at(url, environment.regions[0], console, keep=keep) as session:
            succeeded = _Demonstration(session, environment, templates, console).run()
            shown = _show_network(session, environment.name, console) if succeeded else None
            succeeded = succeeded and shown is not False
            if succeeded and url is None:
                _print_gaps(console, GAPS if shown is None else GAPS_BESIDE_THE_NETWORK)
        console.print(f"{'Done' if succeeded else 'Failed'} after {time.monotonic() - started:.1f} s.")
    return 0 if succeeded else _FAILED


@dataclass(frozen=True)
class _Demonstration:
    """One environment on its way into one AWS."""

    session: Session
    environment: Environment
    templates: Mapping[str, bytes]
    console: Console

    def run(self) -> bool:
        """Go through all of it; return whether everything is as asked for."""
        with explained():
            ensure_bucket(self.session, _BUCKET)
            _heading(self.console, "First deployment: everything but images")
            first = self._deploy({})
            if not first.succeeded:
                return self._report_failure(first)
            outcome = self._deploy_images() or first
            if not outcome.succeeded:
                return self._report_failure(outcome)
            return self._report(outcome)

    def _deploy_images(self) -> Outcome | None:
        """Push the images and deploy again; None if no image is in a repository of ours."""
        images = push_images(self.session, self.environment)
        if not images:
            return None
        _heading(self.console, "Second deployment: the images")
        for name, image in images.items():
            self.console.print(f"pushed for {name}: {image.title}, {image.digest}", soft_wrap=True)
        digests = {name: image.digest for name, image in images.items()}
        declared = json.loads(self.templates[PARENT]).get("Parameters", {})
        return self._deploy(digest_parameters(self.environment, digests, declared))

    def _deploy(self, parameters: Mapping[str, str]) -> Outcome:
        watcher = Console(stderr=True)
        with shown_on(watcher, self.environment.name) as show:
            deployment = Deployment(
                session=self.session,
                stack=self.environment.name,
                templates=self.templates,
                bucket=_BUCKET,
                parameters=parameters,
                options=StackOptions(tags={"Environment": self.environment.name, **self.environment.tags}),
            )
            outcome = deploy(deployment, _Onlooker(self.console, show))
        state = outcome.status if outcome.changed else f"{outcome.status}, nothing to change"
        self.console.print(f"{self.environment.name}: {state}")
        return outcome

    def _report_failure(self, outcome: Outcome) -> bool:
        self.console.print(Text(outcome.explain(), "red"), soft_wrap=True)
        return False

    def _report(self, outcome: Outcome) -> bool:
        """Print the outputs and what is there; return whether that is what was asked for."""
        _heading(self.console, "Outputs")
        for key, value in sorted(outcome.outputs.items()):
            self.console.print(f"{key} = {value}", soft_wrap=True, markup=False, highlight=False)
        rows = inspect(self.session, self.environment, outcome.outputs)
        self.console.print(table(rows))
        differing = [row for row in rows if not row.agrees]
        self.console.print(f"{len(rows) - len(differing)} of {len(rows)} are as asked for.")
        return not differing


class _Onlooker(Watcher):
    """Prints what would be done, and agrees."""

    def __init__(self, console: Console, show: Callable[[Event], None]) -> None:
        self._console, self._show = console, show

    def show(self, event: Event) -> None:
        self._show(event)

    def review(self, planned: Planned) -> None:
        plan = planned.plan
        self._console.print(changes_tree(f"{plan.kind} {plan.stack}", plan.changes))


def _build(path: Path, output: Path, console: Console) -> Mapping[str, bytes] | None:
    """Build as `build.py templates` does; None, after printing why, if anything was found."""
    directory = output / path.stem
    cache = inputs.ROOT / ".cache" / "lint"
    result = building.build(path, directory, cache=cache, progress=terminal.progress)
    for finding in result.findings:
        console.print(str(finding), soft_wrap=True, markup=False)
    if result.findings:
        return None
    size = sum(row["bytes"] for row in result.templates.values())
    console.print(f"{len(result.templates)} templates, {size:,} bytes, linted and verified: {directory}")
    for note in result.notes:
        console.print(note, soft_wrap=True, markup=False, highlight=False)
    return {name: (directory / name).read_bytes() for name in result.templates}


def _show_network(session: Session, stack: str, console: Console) -> bool | None:
    """Send packets through what was deployed; None if this machine does not allow it."""
    _heading(console, "The network: real packets")
    with terminal.board() as report:
        return show_packets(session, stack, console, report)


def _print_gaps(console: Console, gaps: Sequence[str]) -> None:
    """Say what has not been shown: what the embedded AWS does not do."""
    _heading(console, "What this does not show")
    for gap in gaps:
        console.print(f"- {gap}", highlight=False, markup=False)


def _heading(console: Console, text: str) -> None:
    console.print()
    console.rule(Text(text, "bold"), align="left")


@contextmanager
def _signals_unwind() -> Generator[None]:
    """Let SIGTERM and SIGHUP leave by way of every `finally`, as Ctrl-C does by itself."""

    def leave(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    before = {each: signal.signal(each, leave) for each in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
