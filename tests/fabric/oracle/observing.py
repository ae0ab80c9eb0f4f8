"""What the packets did: each task of a VPC tries everything that it needs, in namespaces of this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from private_fargate.fabric.client import start
from private_fargate.fabric.orders import Order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.deploy.session import Session

PATIENCE: Final = 0.5
"""Seconds for a connection: in namespaces of one machine an answer takes less than a hundredth."""

LONG_PATIENCE: Final = 8.0
"""The same for a machine that has other things to do."""

_KEYS: Final = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What became of one step of one task.

    Attributes:
        service: The name of the task's service in ECS.
        subnet: The ID of the subnet that it is in.
        step: As the agent calls it: `manifest`.
        subject: What it was about: an image, a secret.
        holds: Whether it succeeded.
        words: ECS's own if it did not.
    """

    service: str
    subnet: str
    step: str
    subject: str
    holds: bool
    words: str


def observe(session: Session, vpc_id: str, patience: float = PATIENCE) -> list[Observation]:
    """Build the network of a VPC, let its tasks try everything, and take the network away again."""
    assert session.endpoint is not None, "packets are compared with an embedded AWS"
    order = Order(
        name=f"oracle-{os.getpid()}",
        owner=os.getuid(),
        vpc_id=vpc_id,
        variables={"AWS_ENDPOINT_URL": session.endpoint, "AWS_REGION": session.region, **_KEYS},
        runs_tasks=False,
        patience=patience,
    )
    keeper = start(order, lambda _: None)
    try:
        return [_observation(step) for step in keeper.ask("probe")]
    finally:
        keeper.end()


def _observation(step: Mapping[str, Any]) -> Observation:
    return Observation(
        service=step["service"],
        subnet=step["subnet"],
        step=step["step"],
        subject=str(step.get("subject") or ""),
        holds=step["holds"],
        words=step.get("words") or step.get("why") or "",
    )
