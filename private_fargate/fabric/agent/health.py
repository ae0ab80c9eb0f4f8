"""Health checks of containers, by commands within them."""

from __future__ import annotations

import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from private_fargate.fabric.agent.telling import tell
from private_fargate.fabric.tools import tool

if TYPE_CHECKING:
    from private_fargate.fabric.agent.running import Running
    from private_fargate.fabric.parts.workloads import HealthCheck

_SOON: Final = 1.0  # seconds to the first check, which ECS makes after a whole interval
_IN_SHELL: Final = "CMD-SHELL"
_WORDS: Final = frozenset({_IN_SHELL, "CMD"})


def watch(running: Running, check: HealthCheck, spec: dict[str, Any]) -> None:
    """Let a thread check a container as long as it runs."""
    threading.Thread(target=_check, args=(running, check, spec), daemon=True).start()


def _check(running: Running, check: HealthCheck, spec: dict[str, Any]) -> None:
    begun, failures, pause = time.monotonic(), 0, min(_SOON, check.interval)
    while running.exit_code is None:
        time.sleep(pause)
        pause = check.interval
        if _is_well(running, check, spec):
            failures = 0
            _set(running, "HEALTHY")
        elif time.monotonic() - begun >= check.start_period:  # before that failures do not count
            failures += 1
            if failures >= check.retries:
                _set(running, "UNHEALTHY")


def _set(running: Running, health: str) -> None:
    if running.health != health:
        running.health = health
        tell(event="health", container=running.container.name, health=health)


def _is_well(running: Running, check: HealthCheck, spec: dict[str, Any]) -> bool:
    process = running.first_process
    if process is None:
        return False
    command = list(check.command[1:] if check.command[0] in _WORDS else check.command)
    if check.command[0] == _IN_SHELL:
        command = ["/bin/sh", "-c", " ".join(command)]
    entering = [*tool("nsenter"), f"--target={process}", "--mount", "--uts", "--ipc", "--pid", "--root"]
    try:
        done = subprocess.run(  # noqa: S603 -- what the task definition says, within its container
            [*entering, f"--wdns={spec['directory']}", "--", *command],
            env=spec["environment"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=check.timeout,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError):
        return False
    return done.returncode == 0
