"""Real packets through the plan of a network: who reaches whom, and which rules were met.

`send` runs this same file as the first process of its own namespaces, where it builds what it is told to.
"""

from __future__ import annotations

import json
import os
import re
import selectors
import socket
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from private_fargate.fabric import namespaces
from private_fargate.fabric.tools import tool

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from private_fargate.fabric.linux import Plan

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 0.4  # seconds; on one machine an answer takes less than a hundredth of it
IP_TRANSPARENT = 19  # Source: linux/in.h
ECHO, ECHO_REPLY = 8, 0


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """Something sent; `source` is what it claims to be, `source_port` where it wants its answer."""

    space: str
    to: str
    port: int = 80
    protocol: Literal["tcp", "udp", "icmp"] = "tcp"
    source: str = ""
    source_port: int = 0


@dataclass(frozen=True, kw_only=True)
class Listener:
    """Something that says who it is and who asked."""

    space: str
    port: int = 80
    address: str = "0.0.0.0"  # noqa: S104 -- in a namespace of its own
    protocol: Literal["tcp", "udp"] = "tcp"


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """A network, who listens in it, and what is sent."""

    plan: Plan
    listeners: Sequence[Listener]
    attempts: Sequence[Attempt]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of it.

    Attributes:
        answers: for each attempt `SPACE saw ADDRESS`, `echo`, `silence`, or the name of an error.
        met: comments of the rules that some packet met, by namespace.
    """

    answers: list[str]
    met: dict[str, list[str]]
    seconds: float = field(compare=False)


def send(*experiments: Experiment) -> list[Outcome]:
    """Return what came of each experiment; they are made one after the other."""
    privileged = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    argv = ["unshare", *privileged, "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    order = json.dumps([_plain(each) for each in experiments])
    done = subprocess.run(
        [*argv, sys.executable, str(Path(__file__))],
        input=order,
        capture_output=True,
        text=True,
        check=False,
        timeout=30 + 3 * len(experiments),
        env=dict(os.environ) | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return [Outcome(**each) for each in json.loads(done.stdout)]


def _plain(experiment: Experiment) -> dict[str, Any]:
    return {
        "spaces": [asdict(each) for each in experiment.plan.spaces],
        "listeners": [asdict(each) for each in experiment.listeners],
        "attempts": [asdict(each) for each in experiment.attempts],
    }


def _run(order: dict[str, Any]) -> dict[str, Any]:
    began = time.monotonic()
    names = [each["name"] for each in order["spaces"]]
    for name in names:
        namespaces.make(name)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda each: namespaces.set_kernel(each["name"], each["settings"]), order["spaces"]))
        for each in order["spaces"]:
            namespaces.configure(each["name"], each["links"])
        ruled = [each for each in order["spaces"] if each["rules"]]
        list(pool.map(lambda each: namespaces.filter_by(each["name"], _counted(each["rules"])), ruled))
    sockets = [_listen(**each) for each in order["listeners"]]
    answers = _try([_Trial(each, number) for number, each in enumerate(order["attempts"])])
    met = {each["name"]: _met(each["name"]) for each in ruled}
    for each in sockets:
        if each.type == socket.SOCK_STREAM:
            each.shutdown(socket.SHUT_RDWR)  # or whoever waits for a connection goes on waiting
        each.close()
    namespaces.run([*tool("ip"), "-batch", "-"], text="".join(f"netns delete {name}\n" for name in names))
    return {"answers": answers, "met": met, "seconds": time.monotonic() - began}


def _counted(rules: str) -> str:
    return re.sub(r"(accept|drop|snat to \S+) comment", r"counter \1 comment", rules)


def _met(space: str) -> list[str]:
    told = namespaces.run(namespaces.entering(space, [*tool("nft"), "-j", "list", "ruleset"]))
    found: list[str] = []
    for each in json.loads(told)["nftables"]:
        counters = [part["counter"] for part in each.get("rule", {}).get("expr", []) if "counter" in part]
        if any(counter["packets"] for counter in counters):
            found.append(each["rule"]["comment"])
    return sorted(set(found))


def _listen(space: str, port: int, address: str, protocol: str) -> socket.socket:
    if protocol == "tcp":
        found = namespaces.listen(space, address, port)
        threading.Thread(target=_serve, args=(found, space), daemon=True).start()
    else:
        found = namespaces.receive(space, address, port)
        threading.Thread(target=_answer, args=(found, space), daemon=True).start()
    return found


def _serve(listener: socket.socket, space: str) -> None:
    while True:
        try:
            connection, (peer, _) = listener.accept()
        except OSError:
            return
        connection.sendall(f"{space} saw {peer}".encode())
        connection.close()


def _answer(receiver: socket.socket, space: str) -> None:
    while True:
        try:
            _, peer = receiver.recvfrom(100)
            receiver.sendto(f"{space} saw {peer[0]}".encode(), peer)
        except OSError:
            return


class _Trial:
    """An attempt that is under way."""

    def __init__(self, attempt: dict[str, Any], number: int) -> None:
        self.attempt = attempt
        self.number = number
        self.answer = "silence"
        self.is_over = False
        self.socket = namespaces.within(attempt["space"], self._open)

    def _open(self) -> socket.socket:
        if self.attempt["protocol"] == "icmp":
            found = socket.socket(type=socket.SOCK_RAW, proto=socket.IPPROTO_ICMP)
        else:
            is_tcp = self.attempt["protocol"] == "tcp"
            found = socket.socket(type=socket.SOCK_STREAM if is_tcp else socket.SOCK_DGRAM)
        found.settimeout(0)
        if self.attempt["source"]:
            found.setsockopt(socket.SOL_IP, IP_TRANSPARENT, 1)
        if self.attempt["source"] or self.attempt["source_port"]:
            found.bind((self.attempt["source"], self.attempt["source_port"]))
        self._start(found)
        return found

    def _start(self, found: socket.socket) -> None:
        place = (self.attempt["to"], self.attempt["port"])
        try:
            if self.attempt["protocol"] == "icmp":
                found.sendto(_echo(self.number), (self.attempt["to"], 0))
            elif found.connect_ex(place) == 0:
                found.send(b"who?")
        except OSError as error:
            self._end(_name(error))

    def read(self) -> None:
        """Take what came."""
        try:
            data = self.socket.recv(100)
        except BlockingIOError:
            return
        except OSError as error:
            self._end(_name(error))
            return
        if self.attempt["protocol"] != "icmp":
            self._end(data.decode() or "closed")
        elif (data[20], struct.unpack("!H", data[24:26])[0]) == (ECHO_REPLY, self.number):
            self._end("echo")

    def _end(self, answer: str) -> None:
        self.answer, self.is_over = answer, True


def _name(error: OSError) -> str:
    return type(error).__name__ if type(error) is not OSError else os.strerror(error.errno or 0)


def _echo(number: int) -> bytes:
    checksum = ~((ECHO << 8) + number) & 0xFFFF
    return struct.pack("!BBHHH", ECHO, 0, checksum, number, 0)


def _try(trials: list[_Trial]) -> list[str]:
    deadline = time.monotonic() + PATIENCE
    with selectors.DefaultSelector() as selector:
        for trial in (each for each in trials if not each.is_over):
            selector.register(trial.socket, selectors.EVENT_READ, trial)
        while (left := deadline - time.monotonic()) > 0 and not all(each.is_over for each in trials):
            for key, _ in selector.select(left):
                key.data.read()
                if key.data.is_over:
                    selector.unregister(key.fileobj)
    for each in trials:
        each.socket.close()
    return [each.answer for each in trials]


def _main(orders: Iterable[dict[str, Any]]) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)  # noqa: S607 -- util-linux
    namespaces.FOLDER.mkdir()
    json.dump([_run(each) for each in orders], sys.stdout)


if __name__ == "__main__":
    _main(json.load(sys.stdin))
