"""The oracle by night: many cases, a report, and the smallest template of each disagreement.

python -m tests.fabric.oracle --cases 500 --seed 1 --report FILE [--keep]
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from private_fargate.local.embedded import EmbeddedAws
from tests.fabric.oracle.cases import Account, case
from tests.fabric.oracle.keeping import keep
from tests.fabric.oracle.reporting import Run
from tests.fabric.oracle.trials import tried

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.fabric.oracle.cases import Case
    from tests.fabric.oracle.trials import Trial

_CASES_OF_ONE_AWS: Final = 50
"""The report is written after so many, so that little is lost if the next ones come to nothing."""


def main() -> int:
    """Run the cases; return 1 if the sides disagree about any, which is the exit code."""
    options = _options()
    run = Run(results=[])
    last = options.seed + options.cases
    for first in range(options.seed, last, _CASES_OF_ONE_AWS):
        with EmbeddedAws() as aws:
            seeds = range(first, min(first + _CASES_OF_ONE_AWS, last))
            run.results.extend(_tried(Account(aws), seeds, keeps=options.keep))
        _write(run, options.report)
        _say(f"{len(run.results)} of {options.cases} cases, {len(run.disagreeing)} disagree")
    print(run.text())  # noqa: T201 -- what it was asked for
    return 1 if run.disagreeing else 0


def _tried(account: Account, seeds: Iterable[int], *, keeps: bool) -> Iterator[tuple[Case, Trial]]:
    for seed in seeds:
        drawn = case(seed)
        session = account.session(drawn.system.region)
        trial = tried(session, drawn.template, f"case-{seed}")
        if not trial.agrees:
            _say(f"seed {seed} disagrees: {drawn.fault or drawn.kind}")
            if keeps:
                _say(f"kept as {keep(session, drawn, trial)}")
        yield drawn, trial


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1, help="of the first case")
    parser.add_argument("--report", type=Path, help="where to write the report as JSON")
    parser.add_argument("--keep", action="store_true", help="shrink disagreements, and keep them as tests")
    return parser.parse_args()


def _write(run: Run, path: Path | None) -> None:
    if path is not None:
        path.write_text(json.dumps(run.document(), indent=1) + "\n", encoding="utf-8")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 -- it takes an hour


if __name__ == "__main__":
    sys.exit(main())
