"""cfn-lint: the gate.  One process and one set of rules for all templates.

Loading the rules takes as long as linting five templates, so they are loaded once.  The templates
are given as files, not as dicts: cfn-lint's own decoder keeps what its rules look for (with plain
dicts 3 of 120 findings were left), and it reads the children of a parent from beside it, to compare
parameters and outputs.  The outputs it compares only if the child lies below the current directory,
and is silent otherwise: hence the change of directory.
"""

from __future__ import annotations

import contextlib
import gc
import os
import tempfile
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
_RULE_CRASHED: Final = "E0002"  # cfn-lint turns an exception inside a rule into this "finding"


def check(
    names: Iterable[str], templates: Templates, regions: tuple[str, ...], *, informational: bool
) -> dict[str, Verdict]:
    """Judge templates, each for all regions at once.

    Raises:
        UnknownRegionError: If this release of cfn-lint has no schemas of a region.
    """
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
