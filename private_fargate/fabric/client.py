"""From outside: start the keeper of a network, ask it, and end it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from private_fargate.fabric.errors import FabricError
from private_fargate.fabric.orders import END, peer_of, socket_name
from private_fargate.fabric.privileges import unshare_command
from private_fargate.fabric.tools import tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from private_fargate.fabric.orders import Order

_ROOT: Final = Path(__file__).resolve().parents[2]
_MODULE: Final = "private_fargate.fabric.keeper"
_INHERITED: Final = ("HOME", "LANG", "PATH", "TERM")
_SOCKETS: Final = Path("/proc/net/unix")
_GONE_WITHIN: Final = 10.0  # seconds; it takes less than half a second
_POLL: Final = 0.02  # seconds
_LAST_LINES: Final = 20


@dataclass(slots=True)
class Keeper:
    """The keeper of a network, asked over its socket.

    Attributes:
        pid: of the first process in its namespaces, as it is seen here.
    """

    name: str
    pid: int
    _socket: socket.socket
    _stream: IO[str] = field(init=False)
    _process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        """Open the conversation."""
        self._stream = self._socket.makefile("rw", encoding="utf-8")

    def ask(self, errand: str, **arguments: object) -> Any:  # noqa: ANN401 -- each errand has its own answer
        """Return the answer to a question.

        Raises:
            FabricError: it is no good question, or the network has gone.
        """
        try:
            self._stream.write(json.dumps({"do": errand, **arguments}) + "\n")
            self._stream.flush()
            line = self._stream.readline()
        except OSError:
            line = ""
        if not line:
            message = f"{self.name}: the network has gone; `build.py fabric up` builds it again"
            raise FabricError(message)
        reply = json.loads(line)
        if "error" in reply:
            raise FabricError(reply["error"])
        return reply["answer"]

    def entrance(self) -> list[str]:
        """Return the command that runs another one in its namespaces, where its files and processes are."""
        ours, theirs = (Path(f"/proc/{who}/ns/user").readlink() for who in ("self", self.pid))
        as_user = [] if ours == theirs else ["--user", "--preserve-credentials"]
        return [*tool("nsenter"), f"--target={self.pid}", *as_user, "--mount", "--pid", "--"]

    def end(self) -> None:
        """End it, and return when nothing is left of it."""
        with suppress(FabricError):  # it has gone by itself
            self.ask(END)
        self.close()
        deadline = time.monotonic() + _GONE_WITHIN
        while _lives(self.pid, self._process):
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
                deadline = time.monotonic() + _GONE_WITHIN
            time.sleep(_POLL)

    def close(self) -> None:
        """Hang up; a network that does not stay ends with whoever ordered it."""
        with suppress(OSError):  # what could not be said to one that has gone
            self._stream.close()
        self._socket.close()
        if self._process is not None:
            _close_pipes(self._process)


def find(name: str, vpc_id: str = "") -> list[Keeper]:
    """Return the keepers of this user's networks of a stack, or of one VPC; none if nothing is up."""
    start = socket_name(os.getuid(), name, vpc_id)
    there = (line.split()[-1] for line in _SOCKETS.read_text(encoding="utf-8").splitlines()[1:])
    addresses = dict.fromkeys(each[1:] for each in there if each.startswith(f"@{start}"))
    return [keeper for each in addresses if (keeper := _connect(each, name)) is not None]


def _connect(address: str, name: str) -> Keeper | None:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(f"\0{address}")
    except ConnectionRefusedError:  # it ended just now
        connection.close()
        return None
    pid, uid = peer_of(connection)
    if uid != os.getuid():
        connection.close()
        message = f"{name}: another user of this machine answers in the place of your network"
        raise FabricError(message)
    return Keeper(name, pid, connection)


def start(order: Order, report: Callable[[str], None]) -> Keeper:
    """Let a keeper build a network, and return when it is there.

    Args:
        order: what to build; the network of the same VPC that is up makes way for it.
        report: is told what is being done.

    Raises:
        FabricError: it cannot be built; the text says why.
    """
    for earlier in find(order.name, order.vpc_id):
        report("removing the earlier network")
        earlier.end()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 -- util-linux, an interpreter and a module of ours
            [*unshare_command(), sys.executable, "-m", _MODULE],
            cwd=_ROOT,
            env={name: os.environ[name] for name in _INHERITED if name in os.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            start_new_session=True,  # Ctrl-C is for us; we end it
        )
        try:
            assert process.stdin is not None  # noqa: S101 -- piped
            process.stdin.write(order.line())
            process.stdin.flush()
            _wait(process, report, said)
            found = find(order.name, order.vpc_id)
        except BaseException:
            process.kill()  # and by it, as util-linux promises, whoever is first in the namespaces
            process.wait()
            _close_pipes(process)
            raise
    if not found:
        message = f"{order.name}: the network was ready and has gone; try again"
        raise FabricError(message)
    if order.stays:
        _close_pipes(process)
        process.returncode = 0  # nobody here waits for it any more
        return found[0]
    return replace(found[0], _process=process)


def _wait(process: subprocess.Popen[bytes], report: Callable[[str], None], said: IO[bytes]) -> None:
    for event in _events(process):
        if event["event"] == "progress":
            report(event["text"])
        elif event["event"] == "ready":
            return
        else:
            raise FabricError(event["message"])
    process.wait()
    said.seek(0)
    last = b"\n".join(said.read().splitlines()[-_LAST_LINES:]).decode(errors="replace")
    message = f"the keeper of the network ended with exit code {process.returncode}; it said:\n{last}"
    raise FabricError(message)


def _events(process: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    assert process.stdout is not None  # noqa: S101 -- piped
    for line in process.stdout:
        yield json.loads(line)


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):  # an order that nobody read
                pipe.close()


def _lives(pid: int, process: subprocess.Popen[bytes] | None) -> bool:
    if process is not None:
        process.poll()  # a child that nobody waits for stays in the list
        if process.returncode is None:
            return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False
    return True
