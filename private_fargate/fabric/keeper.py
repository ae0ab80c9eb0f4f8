"""The process that keeps a network: the first in a process namespace of its own.

    unshare … --mount --pid --fork --kill-child --mount-proc python -m private_fargate.fabric.keeper

It reads its order, a line of JSON, and says on standard output what it does.  When it ends, however it ends,
the kernel ends every process that it started and takes back every namespace, mount and file, because all of
them are below it or in its memory.  So there is nothing to clean up, and no state to go stale.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from private_fargate.deploy.session import connect_to
from private_fargate.errors import UserError
from private_fargate.fabric.building import Fabric
from private_fargate.fabric.control import Control
from private_fargate.fabric.describing import read
from private_fargate.fabric.namespaces import FOLDER
from private_fargate.fabric.orders import Order, socket_name

if TYPE_CHECKING:
    from collections.abc import Sequence

_RUN: Final = Path("/run")
_OURS: Final = _RUN / "fabric"
_RESOLVERS: Final = Path("/etc/resolv.conf")
_ready: Final = threading.Event()
_BUG: Final = 70  # EX_SOFTWARE of sysexits.h


def main() -> int:
    """Build what was ordered, keep it, and end when told to."""
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, _end_by_signal)
    order = Order.of(sys.stdin.readline())
    threading.Thread(target=_end_with_input, args=(order,), daemon=True).start()
    try:
        _keep(order)
    except UserError as error:
        _say(event="failed", message=str(error), code=error.exit_code)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 -- whoever ordered it has to hear of it
        traceback.print_exc()
        _say(event="failed", message=f"a bug in the fabric: {error!r}", code=_BUG)
        return _BUG
    return 0


def _keep(order: Order) -> None:
    _own_the_mounts()
    _say(event="progress", text="reading the network")
    session = connect_to(order.variables)
    network = read(session, order.vpc_id)
    _own_the_resolver([str(network.vpc.blocks[0][2])])
    fabric = Fabric(session, network, _OURS, patience=order.patience)
    fabric.build(lambda text: _say(event="progress", text=text))
    if order.runs_tasks:
        fabric.start_tasks(lambda text: _say(event="progress", text=text))
    control = Control(fabric, socket_name(order.owner, order.name, order.vpc_id), on_end=lambda: _end(0))
    _ready.set()
    _say(event="ready", status=asdict(fabric.status()))
    if order.stays:
        _let_go_of_the_terminal()
    control.serve()


def _own_the_mounts() -> None:
    """Put everything that is written below /run into memory that is nobody else's."""
    _mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", str(_RUN))
    FOLDER.mkdir()
    _OURS.mkdir()


def _own_the_resolver(servers: Sequence[str]) -> None:
    """Let everybody below ask the resolver of the VPC; nobody else sees this file."""
    ours = _OURS / "resolv.conf"
    lines = [f"nameserver {each}" for each in servers]
    ours.write_text("\n".join([*lines, "options timeout:1 attempts:2", ""]), encoding="ascii")
    target = _RESOLVERS.resolve()
    if target.is_relative_to(_RUN):  # where it led is covered by now
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    _mount("--bind", str(ours), str(target))


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)  # noqa: S603, S607 -- util-linux, as unshare is


def _let_go_of_the_terminal() -> None:
    """Whoever ordered it goes away: what is said from here on is in the memory below /run."""
    sys.stdout.flush()
    with (_OURS / "keeper.log").open("ab") as log:
        os.dup2(log.fileno(), sys.stdout.fileno())
        os.dup2(log.fileno(), sys.stderr.fileno())


def _end_with_input(order: Order) -> None:
    """End when whoever ordered it does, however that ended; what stays does so only before it is ready."""
    sys.stdin.read()
    if not (order.stays and _ready.is_set()):
        _end(0)


def _end_by_signal(_number: int, _frame: object) -> None:
    _end(0)


def _end(code: int) -> None:
    os._exit(code)  # the kernel does the rest


def _say(**event: object) -> None:
    print(json.dumps(event, default=str), flush=True)  # noqa: T201 -- read by whoever ordered it


if __name__ == "__main__":
    _end(main())
