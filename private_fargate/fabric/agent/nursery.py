"""One process that has read what all agents need, and from which each of them comes ready.

`python -m private_fargate.fabric.agent.nursery DESCRIPTOR` takes a byte for each agent from a socket, with
four files: its namespace, its order, and where it says what.  To start Python and make four clients of AWS
takes half a second; a copy of a process that has done both takes a hundredth.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import traceback
from typing import TYPE_CHECKING, Final

from private_fargate.deploy.session import connect_as
from private_fargate.fabric.agent import __main__ as agent
from private_fargate.fabric.agent.steps import NO_KEYS
from private_fargate.fabric.namespaces import enter

if TYPE_CHECKING:
    from collections.abc import Sequence

FILES: Final = 4
_USUAL: Final = (
    "ecr",
    "logs",
    "secretsmanager",
    "ssm",
)  # what most tasks ask; the rest is read when it is asked
_ANY_REGION: Final = "us-east-1"


def main() -> None:
    """Become agents until whoever asks for them has gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them: what they say ends when they do
    _read_ahead()
    with socket.socket(fileno=int(sys.argv[1])) as asked:
        while True:
            message, files, _, _ = socket.recv_fds(asked, 1, FILES)
            if not message:
                return
            if os.fork() == 0:
                asked.close()
                os._exit(_lived(files))
            for each in files:
                os.close(each)


def _read_ahead() -> None:
    """Read what botocore knows of the services; the clients themselves are thrown away."""
    session = connect_as(NO_KEYS, _ANY_REGION, authority_file=os.devnull, connect_timeout=1, read_timeout=1)
    for service in _USUAL:
        session.client(service)


def _lived(files: Sequence[int]) -> int:
    """Be an agent; return its exit code."""
    namespace, *standard = files
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number, each in enumerate(standard):  # its order, what it says, and what goes wrong
            os.dup2(each, number)
            os.close(each)
        enter(namespace, "the namespace of the task")
        agent.main()
    except BaseException:  # noqa: BLE001 -- this copy ends here, and may not go on as the nursery
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    main()
