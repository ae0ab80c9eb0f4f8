"""What a network takes of the machine, counted by the kernel, and taken back however the network ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from private_fargate import networking
from private_fargate.fabric import client
from private_fargate.fabric.tools import tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fabric.whole.systems import System

pytestmark = [
    pytest.mark.fabric,
    pytest.mark.emulator,
    pytest.mark.slow,
    pytest.mark.xdist_group("whole"),
]

ROOT = Path(__file__).parents[3]
WITHIN = 60.0  # seconds, where many other tests run
TAKEN_BACK_WITHIN = 5.0  # seconds

A_MACHINE_OF_ITS_OWN = (
    "--user",
    "--map-root-user",
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
)
"""Where every process is one of ours, and the kernel counts the network namespaces apart."""

ENDINGS = """
import json, os, signal, sys, time
from contextlib import closing
from pathlib import Path
from private_fargate import networking
from private_fargate.errors import UserError
from private_fargate.fabric.orders import Order

patience, most = float(sys.argv[1]), Path("/proc/sys/user/max_net_namespaces")
order = Order(**json.loads(sys.stdin.read()))

def built():
    deadline = time.monotonic() + patience
    while True:  # what was freed is counted back a little later
        try:
            return networking.up(order, lambda _: None)
        except UserError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)

def wait_until_alone():
    deadline = time.monotonic() + patience
    while (others := {each.name for each in Path("/proc").glob("[0-9]*")} - {str(os.getpid())}):
        if time.monotonic() > deadline:
            sys.exit(f"these are left: {others}")
        try:
            os.waitpid(-1, os.WNOHANG)  # as the first process of a machine does
        except ChildProcessError:
            pass
        time.sleep(0.02)

def parent_of(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("PPid:")))

ways = {
    "taken down": lambda _: networking.down(order.name),
    "killed": lambda pid: os.kill(pid, signal.SIGKILL),
    "its parent killed": lambda pid: os.kill(parent_of(pid), signal.SIGKILL),
}
for way, end in ways.items():
    with closing(built()) as keeper:
        most.write_text(str(keeper.ask("status")["namespaces"] + 1))
        end(keeper.pid)
    wait_until_alone()
    print(way, flush=True)
built().end()
print("built once more", flush=True)
"""


@pytest.fixture
def nothing_up(isolated: System) -> Iterator[System]:
    networking.down(isolated.name)
    yield isolated
    networking.down(isolated.name)


def is_up(system: System) -> bool:
    found = client.find(system.name)
    for each in found:
        each.close()
    return bool(found)


def fabric(system: System, *arguments: str, before: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*before, sys.executable, str(ROOT / "build.py"), "fabric", *arguments],
        env={**os.environ, **system.variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_every_process_and_namespace_is_given_back_however_it_ends(nothing_up: System) -> None:
    """One namespace more than a network needs is all that may be had, so of the one before none is left."""
    order = replace(networking.order_for(nothing_up.session, nothing_up.name), runs_tasks=False)
    done = subprocess.run(
        [*tool("unshare"), *A_MACHINE_OF_ITS_OWN, sys.executable, "-c", ENDINGS, str(TAKEN_BACK_WITHIN)],
        cwd=ROOT,
        input=json.dumps(asdict(order)),
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )
    assert done.stdout.splitlines() == ["taken down", "killed", "its parent killed", "built once more"], (
        done.stderr
    )
    assert done.returncode == 0


def test_ctrl_c_between_two_namespaces_leaves_nothing(nothing_up: System) -> None:
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    with fabric(nothing_up, "up", str(nothing_up.path)) as command:
        family = wait_until_some_are_made(command.pid)
        command.send_signal(signal.SIGINT)
        out, err = command.communicate(timeout=WITHIN)
    assert (command.returncode, out, err.strip()) == (130, "", "Stopped.")
    deadline = time.monotonic() + TAKEN_BACK_WITHIN
    while any(Path(f"/proc/{each}").exists() for each in family):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert not is_up(nothing_up)
    assert Path("/proc/self/mountinfo").read_text(encoding="utf-8") == mounts


def wait_until_some_are_made(pid: int) -> list[int]:
    """Wait until a command has made namespaces, but not all; return the processes that it began."""
    deadline = time.monotonic() + WITHIN
    while time.monotonic() < deadline:
        parents = children(pid)
        keepers = [each for parent in parents for each in children(parent)]
        for keeper in keepers:
            if len(list(Path(f"/proc/{keeper}/root/run/netns").glob("*"))) >= 3:
                return [*parents, *keepers]
        time.sleep(0.01)
    pytest.fail("no namespace was made")


def children(pid: int) -> list[int]:
    try:
        return [
            int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        ]
    except OSError:
        return []


@pytest.mark.skipif(os.geteuid() != 0, reason="everybody else is without rights over the machine anyway")
def test_who_has_no_rights_over_the_machine_works_in_a_network_that_stays(nothing_up: System) -> None:
    """Its keeper is in a user namespace that whoever asks it has to enter."""
    place, less = str(nothing_up.path), ("setpriv", "--bounding-set=-sys_admin,-net_admin")
    with fabric(nothing_up, "up", place, before=less) as command:
        out, err = command.communicate(timeout=WITHIN)
    assert command.returncode == 0, out + err
    (keeper,) = client.find(nothing_up.name)
    with closing(keeper):
        assert Path(f"/proc/{keeper.pid}/ns/user").readlink() != Path("/proc/self/ns/user").readlink()
    where = ("shell", "--environment", place, "jump-host", "--", "sh", "-c")
    script = f"curl --silent {nothing_up.url} && exit 7"
    with fabric(nothing_up, *where, script, before=less) as command:
        out, err = command.communicate(timeout=WITHIN)
    assert command.returncode == 7, out + err
    assert "Welcome to nginx!" in out
    with fabric(nothing_up, "down", place, before=less) as command:
        out, err = command.communicate(timeout=WITHIN)
    assert (command.returncode, out) == (0, f"{nothing_up.name}: removed\n"), err
    assert not is_up(nothing_up)
