"""`build.py fabric` as a person or a program types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fabric.whole.systems import System

pytestmark = [pytest.mark.slow, pytest.mark.fabric, pytest.mark.emulator, pytest.mark.xdist_group("whole")]

ROOT = Path(__file__).parents[3]
PATIENCE = 60  # seconds


def fabric(system: System | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    ours = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, str(ROOT / "build.py"), "fabric", *arguments],
        env=ours | dict(system.variables if system else {}),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def answer(system: System, *arguments: str) -> Any:
    done = fabric(system, *arguments, "--format", "json")
    assert done.stderr == ""
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def up(isolated: System) -> Iterator[System]:
    done = fabric(isolated, "up", str(isolated.path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "removes them" in done.stdout
    yield isolated
    done = fabric(isolated, "down", str(isolated.path))
    assert done.stdout == f"{isolated.name}: removed\n"
    done = fabric(isolated, "down", str(isolated.path))
    assert (done.returncode, done.stdout) == (0, f"{isolated.name}: was not up\n")
    assert fabric(isolated, "status", str(isolated.path)).returncode == 1


def test_a_program_reads_what_runs_where(up: System) -> None:
    status = answer(up, "status", str(up.path))
    assert {"jump-host", "nginx", "nginx.2", "nginx.3"} == set(status["places"])
    assert [task["running"] for task in status["tasks"]] == [True] * 3
    assert status["urls"] == {"nginx": up.url}


def test_the_test_of_the_reference_passes_and_says_who_got_what(up: System) -> None:
    found = answer(up, "test", str(up.path))
    assert found["wrong"] == []
    got = {each["source"]: each["page"] for each in found["fetched"]}
    assert "Welcome to nginx!" in got["jump-host"]


def test_a_trace_names_each_rule_and_the_one_that_drops(up: System) -> None:
    place = ["--environment", str(up.path)]
    there = answer(up, "trace", "nginx", "ecr.api", *place)
    assert there["connected"]
    meanings = [rule["meaning"] for hop in there["hops"] for rule in hop["rules"]]
    assert any("EndpointSecurityGroup" in each and "in, tcp 443" in each for each in meanings)
    shut = fabric(up, "trace", "jump-host", "nginx:8080", *place, "--format", "json")
    assert shut.returncode == 1
    *_, last = json.loads(shut.stdout)["hops"]
    assert [rule["verdict"] for rule in last["rules"]] == ["drop"]
    assert "JumpHostSecurityGroup" in last["rules"][0]["meaning"]


def test_a_shell_is_where_it_was_asked_for_and_passes_its_exit_code_on(up: System) -> None:
    place = ["shell", "--environment", str(up.path)]
    status = answer(up, "status", str(up.path))
    shown = fabric(up, *place, "jump-host", "--", "ip", "-4", "-oneline", "addr", "show", "dev", "eth0")
    assert f"inet {status['places']['jump-host']}/" in shown.stdout
    assert fabric(up, *place, "nginx", "--", "sh", "-c", "exit 7").returncode == 7
    page = fabric(up, *place, "jump-host", "--", "curl", "--silent", up.url)
    assert "Welcome to nginx!" in page.stdout
    endpoint = "https://logs.us-east-1.amazonaws.com"
    code = ("--output", os.devnull, "--write-out", "%{ssl_verify_result}")
    assert fabric(up, *place, "jump-host", "--", "curl", "--silent", *code, endpoint).stdout == "0"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("trace", "nobody", "nginx"), "nobody: nobody in this network is called so; there is "),
        (("trace", "nginx", "nowhere"), "nowhere: no such target; "),
        (("shell", "nobody"), "nobody: nobody in this network is called so; there is "),
    ],
)
def test_who_is_not_there_is_one_line(up: System, arguments: tuple[str, ...], words: str) -> None:
    command, *others = arguments
    done = fabric(up, command, "--environment", str(up.path), *others)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith(words)
    assert done.stderr.count("\n") == 1


def test_without_an_aws_on_this_machine_it_says_how_to_have_one() -> None:
    done = fabric(None, "up")
    assert done.returncode == 2
    assert done.stderr.startswith("AWS_ENDPOINT_URL is not set")
    assert "make demo KEEP=1" in done.stderr


@pytest.mark.parametrize("command", [(), ("up",), ("test",), ("trace",), ("shell",), ("down",), ("status",)])
def test_help_tells_the_exit_codes(command: tuple[str, ...]) -> None:
    done = fabric(None, *command, "--help")
    assert done.returncode == 0
    assert "Exit codes:" in done.stdout
