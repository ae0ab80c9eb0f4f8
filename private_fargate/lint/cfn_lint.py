"""cfn-lint: the gate.  One set of rules for all templates, in two processes where there are two cores.

Loading the rules takes as long as linting five templates, so each process loads them once, and the
second one is started only where it has enough to do.  The templates
are given as files, not as dicts: cfn-lint's own decoder keeps what its rules look for (with plain
dicts 3 of 120 findings were left), and it reads the children of a parent from beside it, to compare
parameters and outputs.  The outputs it compares only if the child lies below the current directory,
and is silent otherwise: hence the change of directory.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Final

from private_fargate.errors import UnknownRegionError
from private_fargate.lint.excluded import EXCLUDED
from private_fargate.lint.findings import Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from cfnlint.match import Match
    from cfnlint.runner import Runner

    from private_fargate.lint.findings import Severity, Templates

NAME: Final = "cfn-lint"

_SEVERITIES: Final[dict[str, Severity]] = {"error": "error", "warning": "warning"}
_WORTH_A_PROCESS: Final = 300_000  # bytes: three seconds of linting; a process takes one to get ready
_RULE_CRASHED: Final = "E0002"  # cfn-lint turns an exception inside a rule into this "finding"


def check(
    names: Iterable[str], templates: Templates, regions: tuple[str, ...], *, informational: bool
) -> dict[str, Verdict]:
    """Judge templates, each for all regions at once.

    Raises:
        UnknownRegionError: If this release of cfn-lint has no schemas of a region.
    """
    ours, others = _shares({name: len(templates[name]) for name in names})
    if not others:
        return _check_here(ours, templates, regions, informational=informational)
    with _second_process() as second:
        theirs = second.submit(_check_here, others, templates, regions, informational=informational)
        return _check_here(ours, templates, regions, informational=informational) | theirs.result()


def _shares(sizes: dict[str, int]) -> tuple[list[str], list[str]]:
    """Divide templates, the largest first, between this process and a second one."""
    names = sorted(sizes, key=lambda name: (-sizes[name], name))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores == 1 or sum(sizes.values()) < _WORTH_A_PROCESS:
        return names, []
    return names[::2], names[1::2]


def _second_process() -> ProcessPoolExecutor:
    """Return a pool of one process, started afresh: a fork is not safe beside a progress bar's thread."""
    return ProcessPoolExecutor(
        1,
        mp_context=get_context("spawn"),
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )


def _check_here(
    names: Iterable[str], templates: Templates, regions: tuple[str, ...], *, informational: bool
) -> dict[str, Verdict]:
    with _collector_paused(), tempfile.TemporaryDirectory(prefix="cfn-lint-") as folder:
        runner = _runner(regions, informational=informational)
        with contextlib.chdir(folder):
            for name, body in templates.items():
                Path(name).write_bytes(body)
            return {name: _verdict(runner, name) for name in names}


def _runner(regions: tuple[str, ...], *, informational: bool) -> Runner:
    """Load the rules, and nothing of the settings that a person keeps at home."""
    from cfnlint.config import ConfigMixIn, ManualArgs  # noqa: PLC0415 -- half a second
    from cfnlint.helpers import REGIONS  # noqa: PLC0415 -- as above
    from cfnlint.runner import Runner  # noqa: PLC0415 -- as above

    unknown = sorted(set(regions) - set(REGIONS))
    if unknown:
        raise UnknownRegionError(unknown[0], NAME)
    settings = ManualArgs(
        regions=list(regions),
        ignore_checks=sorted(EXCLUDED),
        include_checks=["W", "E", "I"] if informational else ["W", "E"],
    )
    return Runner(ConfigMixIn(["--config-file", os.devnull], **settings))


@contextlib.contextmanager
def _collector_paused() -> Generator[None]:
    """Keep the garbage collector from walking the rules while they load: that is half of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _verdict(runner: Runner, name: str) -> Verdict:
    from cfnlint.runner.template.runner import run_template_by_file_path  # noqa: PLC0415 -- as above

    matches = list(run_template_by_file_path(name, runner.config, runner.rules, ignore_bad_template=False))
    findings = {_finding(name, match) for match in matches}
    return Verdict(tuple(sorted(findings)), all(match.rule.id != _RULE_CRASHED for match in matches))


def _finding(name: str, match: Match) -> Finding:
    path = getattr(match, "path", None) or ()
    return Finding(
        file=name,
        linter=NAME,
        rule=match.rule.id,
        severity=_SEVERITIES.get(match.rule.severity, "informational"),
        path="/".join(map(str, path)),
        message=match.message,
    )
