"""Environments deployed to the embedded AWS, with nobody watching."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import WaiterError

from private_fargate.deploy.deploy import Deployment, deploy
from private_fargate.deploy.watching import Watcher
from stacks import parent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.config.models import Environment
    from private_fargate.deploy.session import Session


def deployed(
    aws: Session,
    environment: Environment,
    parameters: Mapping[str, str],
    *,
    bucket: str,
    templates: Mapping[str, bytes] | None = None,
) -> Mapping[str, str]:
    """Deploy an environment, or other templates in its name; return the outputs of its parent."""
    deployment = Deployment(
        session=aws,
        stack=environment.name,
        templates=templates or parent.render(environment),
        bucket=bucket,
        parameters=parameters,
    )
    outcome = deploy(deployment, Watcher())
    assert outcome.succeeded, outcome.explain()
    return outcome.outputs


def delete(aws: Session, stack: str) -> bool:
    """Delete a stack and see its end, since AWS answers before it; return whether nothing is left of it."""
    client = aws.client("cloudformation")
    client.delete_stack(StackName=stack)
    try:
        client.get_waiter("stack_delete_complete").wait(
            StackName=stack, WaiterConfig={"Delay": 0.1, "MaxAttempts": 600}
        )
    except WaiterError as ended:
        if "DELETE_FAILED" not in str(ended):
            raise
        return False
    return True
