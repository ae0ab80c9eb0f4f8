"""Network namespaces: made by name, entered by a thread, and used for sockets and programs.

A thread that has entered a namespace stays there, because without privileges over the machine nobody comes
back to its own; so each errand has a thread that ends with it.
"""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from private_fargate.fabric.errors import FabricError
from private_fargate.fabric.tools import tool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_T = TypeVar("_T")

FOLDER: Final = Path("/run/netns")
"""Where `ip netns` keeps names, as it is compiled into it."""

_BACKLOG: Final = 128
_CLONE_NEWNET: Final = 0x40000000  # Source: sched.h
_MS_BIND: Final = 4096  # Source: sys/mount.h
_libc: Final = ctypes.CDLL(None, use_errno=True)  # Python has these two functions from 3.12 on


def make(name: str) -> None:
    """Make a namespace, and give it its name.

    `ip netns add` would do for one, but not for several without privileges: it goes back to where it was.
    """
    place = FOLDER / name
    place.touch()

    def leave() -> None:
        if _libc.unshare(_CLONE_NEWNET) != 0:
            raise _failure(name)
        if _libc.mount(b"/proc/thread-self/ns/net", bytes(place), None, _MS_BIND, None) != 0:
            raise _failure(name)

    _elsewhere(leave)


def configure(name: str, links: str) -> None:
    """Run lines of `ip` in a namespace."""
    run([*tool("ip"), "-n", name, "-batch", "-"], text=links)


def filter_by(name: str, rules: str) -> None:
    """Give a namespace its rules, in the words of nftables."""
    run(entering(name, [*tool("nft"), "-f", "-"]), text=rules)


def set_kernel(name: str, settings: Mapping[str, str]) -> None:
    """Set what `sysctl` sets: `net.ipv4.ip_forward` to `1`."""

    def write() -> None:
        for key, value in settings.items():
            setting = Path("/proc/sys", *key.split("."))
            if setting.exists():  # a kernel without IPv6 has none of its settings
                setting.write_text(value, encoding="ascii")

    within(name, write)


def entering(name: str, argv: Sequence[str]) -> list[str]:
    """Return the command that runs another one in a namespace."""
    return [*tool("nsenter"), f"--net={FOLDER / name}", "--", *argv]


def listen(name: str, address: str, port: int) -> socket.socket:
    """Return a socket that listens for TCP in a namespace."""

    def make_listener() -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(_BACKLOG)
        return listener

    return within(name, make_listener)


def receive(name: str, address: str, port: int) -> socket.socket:
    """Return a socket that receives UDP in a namespace."""

    def make_receiver() -> socket.socket:
        receiver = socket.socket(type=socket.SOCK_DGRAM)
        receiver.bind((address, port))
        return receiver

    return within(name, make_receiver)


def within(name: str, errand: Callable[[], _T]) -> _T:
    """Call a function in a namespace, and return what it returns or raise what it raises."""

    def enter_and_go() -> _T:
        descriptor = os.open(FOLDER / name, os.O_RDONLY | os.O_CLOEXEC)
        enter(descriptor, name)
        return errand()

    return _elsewhere(enter_and_go)


def enter(descriptor: int, name: str) -> None:
    """Let the calling thread enter a namespace for good, and close its descriptor."""
    try:
        if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
            raise _failure(name)
    finally:
        os.close(descriptor)


def _elsewhere(errand: Callable[[], _T]) -> _T:
    """Call a function in a thread of its own, which alone is changed by what it does to itself."""
    results: list[_T] = []
    errors: list[BaseException] = []

    def go() -> None:
        try:
            results.append(errand())
        except BaseException as error:  # noqa: BLE001 -- it is raised again, by whoever asked
            errors.append(error)

    thread = threading.Thread(target=go)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def _failure(name: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), name)


def run(argv: Sequence[str], *, text: str = "") -> str:
    """Run a program to its end, and return what it printed.

    Raises:
        FabricError: it failed; the text has its words and the line at which it stopped.
    """
    done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)  # noqa: S603 -- programs of ours
    if done.returncode != 0:
        message = f"{' '.join(argv)}: {done.stderr.strip() or f'exit code {done.returncode}'}"
        raise FabricError(message)
    return done.stdout
