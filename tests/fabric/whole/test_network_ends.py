"""However a network ends, the machine is as it was before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from private_fargate import networking
from private_fargate.fabric import client
from private_fargate.fabric.tools import tool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.fabric.orders import Order
    from tests.fabric.whole.systems import System

pytestmark = [pytest.mark.slow, pytest.mark.fabric, pytest.mark.emulator, pytest.mark.xdist_group("whole")]

ROOT = Path(__file__).parents[3]
BUILD = str(ROOT / "build.py")
TAKEN_BACK_WITHIN = 10.0  # seconds
BUILT_WITHIN = 60.0  # seconds

Traces = dict[str, frozenset[str]]


def traces(system: System) -> Traces:
    """What a network could leave on this machine."""
    ours = f"/{system.name}/"
    sockets = Path("/proc/net/unix").read_text(encoding="utf-8").splitlines()
    return {
        "network namespaces with a name": lines(["ip", "netns", "list"]),
        "rules of the machine itself": lines([*tool("nft"), "list", "ruleset"]),
        "mounts": lines(["cat", "/proc/self/mountinfo"]),
        "keepers and agents": frozenset(map(str, keepers(system))),
        "sockets": frozenset(each for each in sockets if ours in each),
        "files": frozenset(each.name for each in Path(tempfile.gettempdir()).glob("*fabric*")),
    }


def lines(command: list[str]) -> frozenset[str]:
    return frozenset(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines())


def keepers(system: System) -> list[int]:
    """Every process in the process namespaces of the networks of a system, the agents and containers too."""
    spaces = {_space(pid) for pid in pids(system)} - {None, _space(os.getpid())}
    return [int(each.name) for each in Path("/proc").glob("[0-9]*") if _space(int(each.name)) in spaces]


def pids(system: System) -> list[int]:
    """The keepers of the networks of a system that are up."""
    found = client.find(system.name)
    for each in found:
        each.close()
    return [each.pid for each in found]


def up(order: Order) -> int:
    """Build a network that stays; return the process ID of its keeper."""
    with closing(networking.up(order, lambda _: None)) as keeper:
        return keeper.pid


def _space(pid: int) -> str | None:
    try:
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    except OSError:
        return None


@pytest.fixture
def before(isolated: System) -> Iterator[Traces]:
    """What there is before; at the end nothing else may be there."""
    networking.down(isolated.name)
    found = traces(isolated)
    yield found
    networking.down(isolated.name)


@pytest.fixture
def order(isolated: System) -> Order:
    return replace(networking.order_for(isolated.session, isolated.name), runs_tasks=True, patience=1.0)


def is_as_before(system: System, before: Traces, gone: list[int]) -> bool:
    """Wait until the kernel has taken everything back."""
    deadline = time.monotonic() + TAKEN_BACK_WITHIN
    while time.monotonic() < deadline:
        if traces(system) == before and not any(Path(f"/proc/{pid}").exists() for pid in gone):
            return True
        time.sleep(0.1)
    return False


def program(system: System, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, BUILD, "fabric", *arguments],
        env=environment(system),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def environment(system: System) -> Mapping[str, str]:
    return {**os.environ, **system.variables}


def wait_until_built(system: System) -> None:
    deadline = time.monotonic() + BUILT_WITHIN
    while time.monotonic() < deadline:
        if pids(system):
            return
        time.sleep(0.05)
    pytest.fail("no network was built")


def test_nothing_is_left_when_it_is_taken_down(isolated: System, before: Traces, order: Order) -> None:
    up(order)
    there = keepers(isolated)
    assert len(there) > 3  # the keeper, and an agent and a container for each task
    assert traces(isolated)["mounts"] == before["mounts"]
    assert networking.down(isolated.name)
    assert is_as_before(isolated, before, there)
    assert not networking.down(isolated.name)


def test_nothing_is_left_when_the_keeper_is_killed(isolated: System, before: Traces, order: Order) -> None:
    keeper = up(order)
    there = keepers(isolated)
    os.kill(keeper, signal.SIGKILL)
    assert is_as_before(isolated, before, there)


def test_nothing_is_left_when_what_started_it_is_killed(
    isolated: System, before: Traces, order: Order
) -> None:
    keeper = up(order)
    there = keepers(isolated)
    status = Path(f"/proc/{keeper}/status").read_text(encoding="ascii")
    (parent,) = [line.split()[1] for line in status.splitlines() if line.startswith("PPid:")]
    os.kill(int(parent), signal.SIGKILL)
    assert is_as_before(isolated, before, there)


def test_a_network_of_a_command_ends_with_the_command_that_is_killed(
    isolated: System, before: Traces
) -> None:
    command = program(
        isolated, "shell", "--environment", str(isolated.path), "jump-host", "--", "sleep", "60"
    )
    wait_until_built(isolated)
    there = keepers(isolated)
    command.kill()
    command.communicate()
    assert is_as_before(isolated, before, there)


@pytest.mark.parametrize("late", [0.3, 0.6])
def test_ctrl_c_while_it_is_built_leaves_nothing(isolated: System, before: Traces, late: float) -> None:
    command = program(isolated, "up", str(isolated.path))
    time.sleep(late)
    os.kill(command.pid, signal.SIGINT)
    _, said = command.communicate(timeout=BUILT_WITHIN)
    assert command.returncode == 130, said
    assert "Traceback" not in said
    assert is_as_before(isolated, before, [])


def test_after_a_kill_it_is_built_again_and_a_second_one_replaces_the_first(
    isolated: System, before: Traces, order: Order
) -> None:
    first = up(order)
    os.kill(first, signal.SIGKILL)
    second = up(order)
    third = up(order)
    assert pids(isolated) == [third] != [second]
    with networking.kept(order, lambda _: None) as kept:
        assert kept.pid == third
    assert pids(isolated) == [third]
    networking.down(isolated.name)
    assert is_as_before(isolated, before, [third])


def test_namespaces_of_others_are_let_alone(isolated: System, before: Traces, order: Order) -> None:
    stranger = f"stranger-{os.getpid()}"
    subprocess.run([*tool("ip"), "netns", "add", stranger], check=True)
    try:
        up(order)
        networking.down(isolated.name)
        assert any(line.split()[0] == stranger for line in lines(["ip", "netns", "list"]))
    finally:
        subprocess.run([*tool("ip"), "netns", "delete", stranger], check=True)
    assert is_as_before(isolated, before, [])


def test_a_user_without_rights_over_the_machine_has_it_too(isolated: System, before: Traces) -> None:
    """In a user namespace, as `unshare` gives one to anybody, only one user ID is there."""
    argv = [*tool("unshare"), "--user", "--map-root-user", sys.executable, BUILD, "fabric", "test"]
    done = subprocess.run(
        [*argv, str(isolated.path)],
        env=environment(isolated),
        capture_output=True,
        text=True,
        timeout=BUILT_WITHIN,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Welcome to nginx!" in done.stdout
    assert is_as_before(isolated, before, [])
