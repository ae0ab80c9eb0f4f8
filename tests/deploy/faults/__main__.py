"""Every request of a first deployment and an update, spoilt in every way; how many ended alike.

python -m tests.deploy.faults [--first N] [--every N]
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time

from private_fargate.deploy.session import connect_to
from private_fargate.local.embedded import EmbeddedAws
from tests.deploy.faults.trials import cases, disturbed, undisturbed


def main() -> int:
    """Run the cases, print those that ended otherwise, and the count; return 1 if there were any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only every so many-th case")
    parser.add_argument("--first", type=int, default=0, help="the number of the first case, from 0")
    options = parser.parse_args()
    started, alike, other = time.monotonic(), 0, 0
    with EmbeddedAws() as aws:
        session = connect_to(aws.environment())
        calls, expected = undisturbed(aws.url, session, "undisturbed")
        chosen = list(itertools.islice(cases(len(calls)), options.first, None, options.every))
        for number, case in enumerate(chosen):
            found = disturbed(aws.url, session, f"case{number}", case)
            alike += found == expected
            if found != expected:
                other += 1
                print(f"{case} ({calls[case.at - 1]}): {found}")  # noqa: T201 - a report
            print(f"{number + 1} of {len(chosen)}", end="\r", file=sys.stderr)  # noqa: T201 - as above
    seconds = time.monotonic() - started
    counts = f"{alike} ended as the undisturbed one, {other} did not"
    print(f"{len(calls)} requests, {len(chosen)} cases: {counts}; {seconds:.0f} s")  # noqa: T201 - as above
    return int(bool(other))


if __name__ == "__main__":
    sys.exit(main())
