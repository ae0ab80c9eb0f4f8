"""Whole processes, measured in turn: what a person at a shell would wait for.

The cases take turns (A B C A B C ...), so that a machine that slows down slows all of them.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class CaseError(Exception):
    """A measured command failed; its figures would say nothing."""


@dataclass(frozen=True)
class Case:
    """One command to be measured.

    Attributes:
        name: What it does, in a few words.
        command: Program and arguments.
        environment: Variables beside those of this process.
        before: Called before each run, outside of the time that is taken.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    before: Callable[[], object] = lambda: None


@dataclass(frozen=True)
class Run:
    """What one process took.

    Attributes:
        wall: Seconds from start to end.
        cpu: Seconds of all processors, its children included.
        memory: Peak resident memory of the process in MiB.
    """

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True)
class Figures:
    """What several runs of one case took: the minimum to compare by, the median to live with."""

    runs: tuple[Run, ...]

    @property
    def minimum(self) -> float:
        """Return the shortest wall time in seconds: the run that the machine disturbed least."""
        return min(run.wall for run in self.runs)

    @property
    def median(self) -> float:
        """Return the median wall time in seconds."""
        return statistics.median(run.wall for run in self.runs)

    @property
    def cpu(self) -> float:
        """Return the least processor time in seconds."""
        return min(run.cpu for run in self.runs)

    @property
    def memory(self) -> float:
        """Return the highest peak of memory in MiB."""
        return max(run.memory for run in self.runs)


def measure(cases: Sequence[Case], runs: int) -> dict[str, Figures]:
    """Run every case once unmeasured, then in turn `runs` times, and return the figures by name.

    Raises:
        CaseError: If a command fails; the message ends with what it printed.
    """
    for case in cases:
        _run(case)
    rounds = [[_run(case) for case in cases] for _ in range(runs)]
    columns = zip(*rounds, strict=True)
    return {case.name: Figures(tuple(column)) for case, column in zip(cases, columns, strict=True)}


def _run(case: Case) -> Run:
    case.before()
    with tempfile.TemporaryFile() as printed:
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 -- the commands are our own
            case.command, stdout=printed, stderr=printed, env={**os.environ, **case.environment}
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise CaseError(f"{case.name}: exit code {process.returncode}\n{_tail(printed)}")
    per_mebibyte = 2**20 if sys.platform == "darwin" else 2**10  # Linux counts KiB, macOS bytes
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / per_mebibyte)


def _tail(printed: IO[bytes]) -> str:
    printed.seek(0)
    return printed.read()[-2000:].decode(errors="replace")
