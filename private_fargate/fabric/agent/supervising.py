"""A task from its first step to its end."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from private_fargate.fabric.agent import words
from private_fargate.fabric.agent.health import watch
from private_fargate.fabric.agent.needs import AWSLOGS
from private_fargate.fabric.agent.output import LogStream, Sender
from private_fargate.fabric.agent.running import Running
from private_fargate.fabric.agent.shell_access import ShellAccess
from private_fargate.fabric.agent.specs import clean_up, spec_of
from private_fargate.fabric.agent.starting import prepare
from private_fargate.fabric.agent.steps import Steps, stream_of
from private_fargate.fabric.agent.telling import StepFailed, note, stopped, tell

if TYPE_CHECKING:
    from types import FrameType

    from private_fargate.fabric.agent.orders import Order
    from private_fargate.fabric.parts.workloads import Container, Dependency

_LOOK_EVERY: Final = 0.05  # seconds
_LAST_LINES: Final = 3.0  # seconds to send them
_STOP_WITHIN: Final = 2.0  # seconds; ECS gives 30, and nobody here waits so long for an end


class Task:
    """The containers of a task."""

    def __init__(self, order: Order) -> None:
        """Prepare it; nothing is started yet."""
        self._order = order
        self._steps = Steps(order)
        self._running: dict[str, Running] = {}
        self._streams = {each.name: _stream(each, order) for each in order.task.containers}
        self._is_asked_to_stop = threading.Event()

    def run(self) -> None:
        """Do all steps, start the containers, and watch them to the end of the task."""
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, self._hear)
        Path(self._order.folder).mkdir(parents=True, exist_ok=True)
        try:
            self._run()
        finally:
            self._end()
            clean_up(self._order)

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        self._is_asked_to_stop.set()

    def _run(self) -> None:
        try:
            prepare(self._order, self._steps)
            sender = Sender(self._steps.calls, [each for each in self._streams.values() if each])
            ended = self._start()
        except StepFailed as failed:
            self._end()
            stopped(words.TASK_FAILED, str(failed) or failed.why)
            return
        if ended is None:
            tell(event="running", containers=list(self._running))
            if self._order.task.is_exec_enabled:
                threading.Thread(target=self._open_exec, daemon=True).start()
            ended = self._watch()
        self._end()
        for each in self._running.values():
            each.finish(_LAST_LINES)
        sender.close(_LAST_LINES)
        self._say_end(ended)

    def _start(self) -> Running | None:
        """Start the containers as they wait for each other; return one with which the task ended already."""
        waiting = list(self._order.task.containers)
        while waiting:
            ready = [each for each in waiting if all(self._is_met(each, one) for one in each.depends_on)]
            for each in ready:
                self._start_one(each)
                waiting.remove(each)
            if (ended := self._ended()) or self._is_asked_to_stop.is_set():
                return ended
            if not ready:
                time.sleep(_LOOK_EVERY)
        return None

    def _start_one(self, container: Container) -> None:
        spec = spec_of(self._order, self._steps, container)
        running = Running(container, spec, self._streams[container.name])
        self._running[container.name] = running
        if container.log_driver not in {None, AWSLOGS}:
            note(container.name, f"nobody keeps its output: there is no {container.log_driver} here")
        check: Any = container.health_check
        if check:
            watch(running, check, spec)

    def _is_met(self, container: Container, wanted: Dependency) -> bool:
        """Say whether a container may start as far as another one is concerned.

        Raises:
            StepFailed: it never will.

        Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
        """
        other = self._running.get(wanted.container)
        if other is None:
            return False
        code = other.exit_code
        if wanted.condition == "START":
            return True
        if wanted.condition == "HEALTHY" and code is None and other.health != "UNHEALTHY":
            return other.health == "HEALTHY"
        if wanted.condition == "COMPLETE" or (wanted.condition == "SUCCESS" and not code):
            return code is not None
        raise StepFailed(words.never_started(container.name, wanted.container, wanted.condition))

    def _ended(self) -> Running | None:
        """Return an essential container with which the task ends.

        One that is not well ends the task of a service, which then starts another one.
        Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html
        """
        is_replaced = self._order.task.service is not None
        essential = (each for each in self._running.values() if each.container.is_essential)
        return next(
            (
                each
                for each in essential
                if each.exit_code is not None or (is_replaced and each.health == "UNHEALTHY")
            ),
            None,
        )

    def _watch(self) -> Running | None:
        """Return with which container the task ended; None if it was asked to."""
        while not self._is_asked_to_stop.wait(_LOOK_EVERY):
            if ended := self._ended():
                return ended
        return None

    def _open_exec(self) -> None:
        with suppress(StepFailed):  # it was said; the task runs all the same
            access = ShellAccess(self._order)
            access.channel()
            if self._order.exec_key:
                access.key(self._order.exec_key)

    def _end(self) -> None:
        """Stop what runs still, first politely."""
        alive = [each for each in self._running.values() if each.exit_code is None]
        for each in alive:
            each.ask_to_stop()
        limit = time.monotonic() + _STOP_WITHIN
        while time.monotonic() < limit and any(each.exit_code is None for each in alive):
            time.sleep(_LOOK_EVERY)
        for each in alive:
            each.kill()

    def _say_end(self, ended: Running | None) -> None:
        is_killed_for_health = ended is not None and ended.health == "UNHEALTHY"
        codes = {name: each.exit_code for name, each in self._running.items()}
        if ended is None:
            stopped(words.STOPPED, words.BY_USER, exit_codes=codes)
        elif is_killed_for_health:
            stopped(words.REPLACED, words.UNHEALTHY, container=ended.container.name, exit_codes=codes)
        else:
            stopped(words.EXITED, words.ESSENTIAL_EXITED, container=ended.container.name, exit_codes=codes)


def _stream(container: Container, order: Order) -> LogStream | None:
    options = container.log_options
    if container.log_driver != AWSLOGS or "awslogs-stream-prefix" not in options:
        return None
    return LogStream(
        container.name,
        options.get("awslogs-region", order.region),
        options.get("awslogs-group", ""),
        stream_of(container, order),
    )
