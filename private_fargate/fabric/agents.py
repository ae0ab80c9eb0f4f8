"""The agents of the tasks: a process for each, in the namespace of its task, and what it has said so far."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from private_fargate.fabric.authority import RoleRefusedError
from private_fargate.fabric.directory import short

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from private_fargate.fabric.authority import Authority
    from private_fargate.fabric.nursery import Newborn, Nursery
    from private_fargate.fabric.parts.workloads import Task

TASKS: Final = "ecs-tasks.amazonaws.com"
"""Who takes the roles of a task."""

Event = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every agent of a network is told."""

    region: str
    account: str
    authority_file: Path
    folder: Path
    patience: float
    nursery: Nursery


@dataclass(slots=True)
class Agent:
    """The agent of one task.

    Attributes:
        events: what it said, in order.
        running: its containers run.
        stopped: why they do not, in the words of ECS; None if they do, or nobody knows yet.
    """

    task: Task
    events: list[Event] = field(default_factory=list[Event])
    running: bool = False
    stopped: str | None = None
    _settled: threading.Event = field(default_factory=threading.Event)

    def take(self, event: Event) -> None:
        """Keep what it said, and see what it means."""
        self.events.append(event)
        if event["event"] == "running":
            self.running = True
            self._settled.set()
        elif event["event"] == "stopped":
            self.stop(event["reason"])

    def stop(self, reason: str) -> None:
        """Say that the task does not run."""
        self.running, self.stopped = False, reason
        self._settled.set()

    def settle(self, timeout: float) -> None:
        """Wait until it runs or does not."""
        if not self._settled.wait(timeout):
            self.stop(f"Timeout waiting for the task to start: nothing came of it within {timeout:.0f} s")


def start(task: Task, authority: Authority, around: Surroundings) -> Agent:
    """Let an agent start the containers of a task; it goes on by itself."""
    return _started(task, _order("run", task, authority, around), around)


def probe(task: Task, authority: Authority, around: Surroundings) -> Agent:
    """Let an agent try everything that it would do, also what comes after a failure; it runs nothing."""
    return _started(task, _order("probe", task, authority, around), around)


def _order(mode: str, task: Task, authority: Authority, around: Surroundings) -> Event:
    return {
        "mode": mode,
        "region": around.region,
        "account": around.account,
        "cluster": task.cluster_arn,
        "task": asdict(task),
        "credentials": _credentials(task, task.execution_role_arn, authority),
        "task_credentials": _credentials(task, task.task_role_arn, authority),
        "ca": str(around.authority_file),
        "folder": str(around.folder / short(task.arn)),
        "patience": around.patience,
        "exec_key": task.exec_key,
    }


def _credentials(task: Task, role: str | None, authority: Authority) -> Mapping[str, str] | Event | None:
    if role is None:
        return None
    try:
        return asdict(authority.credentials(role, service=TASKS, source_arn=task.arn))
    except RoleRefusedError as error:
        return {"refused": str(error)}


def _started(task: Task, order: Event, around: Surroundings) -> Agent:
    """Start its process, and let a thread read what it says."""
    agent = Agent(task)
    if task.interface_id is None:
        agent.stop("ResourceInitializationError: the task has no network interface")
        return agent
    born = around.nursery.agent(task.interface_id, json.dumps(order).encode())
    threading.Thread(target=_read, args=(agent, born), daemon=True).start()
    return agent


def _read(agent: Agent, born: Newborn) -> None:
    with born.says, born.complains:
        for line in born.says:
            agent.take(json.loads(line))
        said = born.complains.read().decode(errors="replace")
    if not agent.running and agent.stopped is None:
        last = said.strip().splitlines()[-1:] or ["it said nothing"]
        agent.stop(f"the agent ended by itself: {last[0]}")
