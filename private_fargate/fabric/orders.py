"""What the keeper of a network is told at its start, and where it can be found afterwards."""

from __future__ import annotations

import json
import socket
import struct
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

END: Final = "end"
"""The errand after which a keeper is gone."""

_PEER: Final = struct.Struct("3i")  # Source: unix(7), SO_PEERCRED: pid, uid, gid

PATIENCE: Final = 3.0
"""Seconds for which a connection is waited for; ECS waits for minutes and tries again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A network to build.

    Attributes:
        name: of the stack that it belongs to.
        owner: the user whose network it is, as the machine counts: in a user namespace everybody is root.
        vpc_id: which VPC it is.
        variables: AWS_ENDPOINT_URL, AWS_REGION and the keys of the AWS where it is.
        stays: whether it outlives whoever ordered it.
        runs_tasks: whether the tasks are started.
        patience: seconds for which a task waits for a connection.
    """

    name: str
    owner: int
    vpc_id: str
    variables: Mapping[str, str]
    stays: bool = False
    runs_tasks: bool = True
    patience: float = PATIENCE

    def line(self) -> bytes:
        """Return it as the keeper reads it."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def of(cls, line: str) -> Order:
        """Return what a line says."""
        return cls(**json.loads(line))


def socket_name(owner: int, name: str, vpc_id: str = "") -> str:
    """Return where the keeper of a network listens, or with what that begins for all networks of a stack.

    It is the name of an abstract socket, which is gone when the keeper is, without the zero in front.
    """
    return f"private-fargate/{owner}/{name}/{vpc_id}"


def peer_of(connection: socket.socket) -> tuple[int, int]:
    """Return the process and the user at the other end, as they are seen from here: a stranger is nobody."""
    pid, uid, _ = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    return pid, uid
