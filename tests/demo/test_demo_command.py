"""`make demo` as a person runs it: a process of its own, and nothing left when it has ended."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = [pytest.mark.emulator, pytest.mark.xdist_group("demo")]

ROOT = Path(__file__).parent.parent.parent
ENVIRONMENT = """\
name: demo-test
deletion: delete
network: {zones: 2}
services:
  web:
    image: {repository: web}
    port: 80
"""
PATIENCE = 60  # seconds


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "demo-test.yaml"
    path.write_text(ENVIRONMENT)
    return path


@pytest.fixture
def marked(tmp_path: Path) -> Mapping[str, str]:
    """An environment by which every process of a demo is known, whoever its parent becomes.

    The mark is in HOME: little of our environment reaches the embedded AWS, but that does.
    """
    ours = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    return {**ours, "HOME": str(tmp_path)}


@pytest.fixture
def no_output() -> Iterator[None]:
    """Take away what the command writes below `output/`."""
    yield
    directory = ROOT / "output" / "demo-test"
    for path in directory.glob("*"):
        path.unlink()
    if directory.exists():
        directory.rmdir()


def start(settings: Path, environment: Mapping[str, str], *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "build.py"), "demo", str(settings), *options],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def still_running(environment: Mapping[str, str]) -> list[int]:
    """Return the processes that carry the mark in their environment."""
    mark = f"HOME={environment['HOME']}".encode()
    found: list[int] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            carries = mark in (process / "environ").read_bytes().split(b"\0")
        except OSError:  # it has ended, or is somebody else's
            continue
        if carries:
            found.append(int(process.name))
    return found


def wait_for(process: subprocess.Popen[str], text: str) -> str:
    """Read standard error until a text appears; return the line."""
    assert process.stderr is not None
    for line in process.stderr:
        if text in line:
            return line
    pytest.fail(f"it ended without {text!r}")


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2):  # noqa: S310 - a loopback address that we were given
            return True
    except URLError as error:
        return hasattr(error, "code")  # any answer of HTTP is one


@pytest.mark.usefixtures("no_output")
def test_a_newcomer_sees_the_whole_system_deployed_and_nothing_is_left_running(
    settings: Path, marked: Mapping[str, str]
) -> None:
    process = start(settings, marked)
    output, progress = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, output + progress
    assert "WebTestUrl = curl http://web.demo-test" in output
    assert re.search(r"(\d+) of \1 are as asked for", output)
    assert "✗" not in output
    assert "What this does not show" in output
    assert re.search(r"CREATE_COMPLETE +demo-test/Network/Vpc$", progress, re.MULTILINE)
    assert still_running(marked) == []


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.usefixtures("no_output")
def test_whoever_interrupts_it_gets_the_machine_back(
    settings: Path, marked: Mapping[str, str], number: signal.Signals, code: int
) -> None:
    process = start(settings, marked)
    wait_for(process, "CREATE_IN_PROGRESS")
    assert len(still_running(marked)) >= 2, "it should have been in the middle of a deployment"
    process.send_signal(number)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == code
    assert still_running(marked) == []


@pytest.mark.slow
@pytest.mark.usefixtures("no_output")
def test_kept_it_goes_on_running_until_it_is_killed_as_it_says(
    settings: Path, marked: Mapping[str, str]
) -> None:
    process = start(settings, marked, "--keep")
    output, progress = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, output + progress
    url = re.search(r"export AWS_ENDPOINT_URL=(\S+)", output)
    pid = re.search(r"kill (\d+)", output)
    assert url
    assert pid
    assert int(pid[1]) in still_running(marked)
    assert answers(f"{url[1]}/_private_fargate/health")
    os.kill(int(pid[1]), signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while still_running(marked) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert still_running(marked) == []


def test_it_refuses_to_deploy_to_another_machine(settings: Path, marked: Mapping[str, str]) -> None:
    elsewhere = {**marked, "AWS_ENDPOINT_URL": "https://cloudformation.example.com"}
    process = start(settings, elsewhere)
    _, progress = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert progress.startswith("AWS_ENDPOINT_URL: https://cloudformation.example.com is not on this machine")
    assert "Traceback" not in progress
