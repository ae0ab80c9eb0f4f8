"""What the agent says: events, a line of JSON each, on standard output."""

from __future__ import annotations

import json
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from private_fargate.fabric.agent.addresses import known

if TYPE_CHECKING:
    from collections.abc import Generator

_lock: Final = threading.Lock()


class StepFailed(Exception):  # noqa: N818 -- it is what a task meets, and no fault of ours
    """A step came to nothing; the text is what ECS says.

    Attributes:
        why: for a person, where ECS says nothing because it would not have come so far.
    """

    def __init__(self, words: str, why: str = "") -> None:
        """Keep the words of ECS."""
        super().__init__(words)
        self.why = why


def tell(**event: object) -> None:
    """Say that something happened."""
    with _lock:
        sys.stdout.write(json.dumps(event) + "\n")
        sys.stdout.flush()


def note(container: str, text: str) -> None:
    """Say what differs from Fargate on this machine."""
    tell(event="note", container=container, text=text)


def stopped(code: str, reason: str, **more: object) -> None:
    """Say that the task is over, and why."""
    tell(event="stopped", code=code, reason=reason, **more)


@contextmanager
def step(name: str, *, container: str, subject: str, host: str) -> Generator[None]:
    """Do a step, and say whether it holds.

    Args:
        name: of the step.
        container: for whom; empty if for the task.
        subject: what it is about, for a person.
        host: whom it asks.

    Raises:
        StepFailed: as it was raised within.
    """
    begun = time.monotonic()
    about = {"event": "step", "step": name, "container": container, "subject": subject, "host": host}
    try:
        yield
    except StepFailed as failed:
        seconds = round(time.monotonic() - begun, 3)
        tell(**about, holds=False, words=str(failed), why=failed.why, address=known(host), seconds=seconds)
        raise
    seconds = round(time.monotonic() - begun, 3)
    tell(**about, holds=True, words="", why="", address=known(host), seconds=seconds)
