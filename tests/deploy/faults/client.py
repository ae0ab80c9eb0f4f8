"""The client that is disturbed: it deploys the house with one value, once.

python -m tests.deploy.faults.client URL STACK DAYS
"""

from __future__ import annotations

import sys

from private_fargate.deploy.deploy import Deployment, deploy
from private_fargate.deploy.options import StackOptions
from private_fargate.deploy.packaging import ensure_bucket
from private_fargate.deploy.session import connect_to
from private_fargate.deploy.watching import Watcher
from tests.deploy.house import BUCKET, house

_ATTEMPTS = "8"  # of each call: more than it is throttled


def run(url: str, stack: str, days: str) -> None:
    """Deploy the house; its log group keeps what it has for some days."""
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_MAX_ATTEMPTS": _ATTEMPTS}
    session = connect_to({"AWS_ENDPOINT_URL": url, "AWS_REGION": "us-east-1", **keys})
    ensure_bucket(session, BUCKET)
    deployment = Deployment(
        session=session,
        stack=stack,
        templates=house(),
        bucket=BUCKET,
        parameters={"Days": days},
        options=StackOptions(tags={"Team": "tests"}, is_protected=True, stack_policy="protect-data"),
    )
    outcome = deploy(deployment, Watcher(), patience=60)
    assert outcome.succeeded, outcome.explain()


if __name__ == "__main__":
    run(*sys.argv[1:])
