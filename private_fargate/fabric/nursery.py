"""Where the agents of the tasks come from; see `private_fargate.fabric.agent.nursery`."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import IO, Final, NamedTuple

from private_fargate.fabric.namespaces import FOLDER

_ROOT: Final = Path(__file__).resolve().parents[2]
_MODULE: Final = "private_fargate.fabric.agent.nursery"


class Newborn(NamedTuple):
    """What an agent says, and what goes wrong with it; both end when it does."""

    says: IO[bytes]
    complains: IO[bytes]


class Nursery:
    """The process that becomes agents; it ends with the last reference to it."""

    def __init__(self) -> None:
        """Start it; it reads ahead while other things are done."""
        self._asking, asked = socket.socketpair()
        with asked:
            self._process = subprocess.Popen(  # noqa: S603 -- an interpreter and a module of ours
                [sys.executable, "-m", _MODULE, str(asked.fileno())],
                cwd=_ROOT,
                pass_fds=[asked.fileno()],
                stdin=subprocess.DEVNULL,
            )

    def agent(self, namespace: str, order: bytes) -> Newborn:
        """Let an agent follow an order in a namespace.

        Raises:
            OSError: the nursery has gone.
        """
        said, says = os.pipe()
        complained, complains = os.pipe()
        there = os.open(FOLDER / namespace, os.O_RDONLY | os.O_CLOEXEC)
        ordered = os.memfd_create("order")
        try:
            os.write(ordered, order)
            os.lseek(ordered, 0, os.SEEK_SET)
            socket.send_fds(self._asking, [b"."], [there, ordered, says, complains])
        finally:
            for each in (there, ordered, says, complains):
                os.close(each)
        return Newborn(says=os.fdopen(said, "rb"), complains=os.fdopen(complained, "rb"))
