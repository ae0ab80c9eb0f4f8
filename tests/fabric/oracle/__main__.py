"""The oracle by night: many cases, a report, and the smallest template of each disagreement.

python -m tests.fabric.oracle --cases 500 --seed 1 --report FILE [--keep]
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from private_fargate.local.embedded import EmbeddedAws
from tests.fabric.oracle.cases import Account, case
from tests.fabric.oracle.keeping import keep
from tests.fabric.oracle.reporting import Run
from tests.fabric.oracle.trials import tried

if TYPE_CHECKING:
    from tests.fabric.oracle.cases import Case
    from tests.fabric.oracle.trials import Trial


def main() -> int:
    """Run the cases; return 1 if the sides disagree about any, which is the exit code."""
    options = _options()
    results: list[tuple[Case, Trial]] = []
    with EmbeddedAws() as aws:
        account = Account(aws)
        for seed in range(options.seed, options.seed + options.cases):
            drawn = case(seed)
            trial = tried(account.session(drawn.system.region), drawn.template, f"case-{seed}")
            results.append((drawn, trial))
            if not trial.agrees:
                _say(f"seed {seed} disagrees: {drawn.kind}")
        run = Run(results=results)
        _write(run, options.report)
        if options.keep:
            for drawn, trial in run.disagreeing:
                _say(f"kept as {keep(account.session(drawn.system.region), drawn, trial)}")
    print(run.text())  # noqa: T201 -- what it was asked for
    return 1 if run.disagreeing else 0


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
