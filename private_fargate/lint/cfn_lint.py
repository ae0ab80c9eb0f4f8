"""cfn-lint: the gate.  One set of rules for all templates, in two processes where there are two cores.

Loading the rules takes as long as linting five templates, so each process loads them once: the second
one while the templates are rendered, the first only if there is much to do.  The templates
are given as files, not as dicts: cfn-lint's own decoder keeps what its rules look for (with plain
dicts 3 of 120 findings were left), and it reads the children of a parent from beside it, to compare
parameters and outputs.  The outputs it compares only if the child lies below the current directory,
and is silent otherwise: hence the change of directory.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import os
import signal
import tempfile
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Final

from private_fargate.errors import UnknownRegionError
from private_fargate.lint.excluded import EXCLUDED
from private_fargate.lint.findings import Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from multiprocessing.pool import Pool

    from cfnlint.match import Match
    from cfnlint.runner import Runner

    from private_fargate.lint.findings import Severity, Templates

NAME: Final = "cfn-lint"

_SEVERITIES: Final[dict[str, Severity]] = {"error": "error", "warning": "warning"}
_WORTH_LOADING_TWICE: Final = 300_000  # bytes: three seconds of linting; to load the rules takes one
_RULE_CRASHED: Final = "E0002"  # cfn-lint turns an exception inside a rule into this "finding"


@contextlib.contextmanager
def second_process() -> Generator[Pool | None]:
    """Have a second process load cfn-lint while this one does other things; None where there is one core.

    It is started afresh, for a fork is not safe beside the thread of a progress bar, and is ended with the
    context, whatever it is doing.
    """
    if _cores() == 1:
        yield None
        return
    with get_context("spawn").Pool(1, _get_ready) as pool:
        yield pool


def ask(
    names: Iterable[str],
    templates: Templates,
    regions: tuple[str, ...],
    *,
    informational: bool,
    second: Pool | None = None,
) -> Callable[[], dict[str, Verdict]]:
    """Begin to judge templates, each for all regions at once; what is returned waits for the verdicts.

    Raises:
        UnknownRegionError: When the verdicts are waited for, if cfn-lint has no schemas of a region.
    """
    ours, others = _shares({name: len(templates[name]) for name in names}, second)
    promised = second and second.apply_async(
        _check_here, (others, templates, regions), {"informational": informational}
    )

    def verdicts() -> dict[str, Verdict]:
        found = _check_here(ours, templates, regions, informational=informational) if ours else {}
        return found | (promised.get() if promised else {})

    return verdicts


def _shares(sizes: dict[str, int], second: Pool | None) -> tuple[list[str], list[str]]:
    """Divide templates between this process and the second one, which has its rules loaded earlier."""
    names = sorted(sizes, key=lambda name: (-sizes[name], name))
    if second is None:
        return names, []
    if sum(sizes.values()) < _WORTH_LOADING_TWICE:
        return [], names
    return names[1::5] + names[3::5], names[0::5] + names[2::5] + names[4::5]  # two fifths, and three


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _get_ready() -> None:
    """Load the rules in the second process; Ctrl-C is for the first one, which ends this."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with _collector_paused():
        _runner(("us-east-1",), informational=False)


def _check_here(
    names: Iterable[str], templates: Templates, regions: tuple[str, ...], *, informational: bool
) -> dict[str, Verdict]:
    with _collector_paused(), tempfile.TemporaryDirectory(prefix="cfn-lint-") as folder:
        runner = _runner(regions, informational=informational)
        with contextlib.chdir(folder):
            for name, body in templates.items():
                Path(name).write_bytes(body)
            return {name: _verdict(runner, name) for name in names}


@functools.cache
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
