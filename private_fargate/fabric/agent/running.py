"""A container as a process: started, watched, asked to stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from private_fargate.fabric.agent import words
from private_fargate.fabric.agent.telling import StepFailed, note

if TYPE_CHECKING:
    from private_fargate.fabric.agent.output import LogStream
    from private_fargate.fabric.parts.workloads import Container

_PROJECT: Final = Path(__file__).resolve().parents[3]
_LAUNCH: Final = "private_fargate.fabric.agent.launch"


class Running:
    """A container that was started.

    Attributes:
        container: what it is.
        exit_code: None as long as it runs.
        health: `HEALTHY`, `UNHEALTHY`, or `UNKNOWN` as long as nothing was found out.
    """

    def __init__(self, container: Container, spec: dict[str, Any], stream: LogStream | None) -> None:
        """Start it, and return when its program runs.

        Raises:
            StepFailed: it does not run; the text is what ECS says.
        """
        self.container = container
        self.health = "UNKNOWN"
        reader, writer = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 -- an interpreter and a module of ours
                [sys.executable, "-m", _LAUNCH, str(writer)],
                cwd=_PROJECT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(writer,),
                start_new_session=True,
            )
        finally:
            os.close(writer)
        assert self._process.stdin is not None  # noqa: S101 -- piped
        self._process.stdin.write(json.dumps(spec).encode())
        self._process.stdin.close()
        self._output = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._output.start()
        with open(reader, encoding="utf-8") as report:  # noqa: PTH123 -- a descriptor
            for line in report:
                self._hear(json.loads(line))

    @property
    def exit_code(self) -> int | None:
        """How it ended; None as long as it runs."""
        code = self._process.poll()
        return code if code is None or code >= 0 else 128 - code

    @property
    def first_process(self) -> int | None:
        """The process that is the first of the container; None if it is gone."""
        number = self._process.pid
        try:
            children = Path(f"/proc/{number}/task/{number}/children").read_text(encoding="ascii").split()
        except OSError:
            return None
        return int(children[0]) if children else None

    def ask_to_stop(self) -> None:
        """Send it SIGTERM."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Let it end now, with all its processes."""
        self._signal(signal.SIGKILL)

    def finish(self, within: float) -> None:
        """Wait until its last line was read."""
        self._process.wait()
        self._output.join(within)

    def _hear(self, said: dict[str, str]) -> None:
        if "note" in said:
            note(self.container.name, said["note"])
        if "error" in said:
            self._process.wait()
            raise StepFailed(words.not_started(said["error"]))

    def _read(self, stream: LogStream | None) -> None:
        assert self._process.stdout is not None  # noqa: S101 -- piped
        if stream is not None:
            stream.take(self._process.stdout)
        else:
            for _ in self._process.stdout:
                pass  # nobody keeps it, but it must not wait to be read

    def _signal(self, number: signal.Signals) -> None:
        if self._process.poll() is None:
            self._process.send_signal(number)
