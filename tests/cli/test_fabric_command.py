"""`build.py fabric` where there is nothing to build a network of: one line that says what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from private_fargate.inputs import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from private_fargate.local.embedded import EmbeddedAws

    Run = subprocess.CompletedProcess[str]

COMMANDS = {
    "up": ("up",),
    "test": ("test",),
    "trace": ("trace", "jump-host", "nginx"),
    "shell": ("shell", "jump-host", "--", "true"),
}


def fabric(variables: Mapping[str, str], *arguments: str) -> Run:
    ours = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, str(ROOT / "build.py"), "fabric", *arguments],
        env=ours | dict(variables),
        capture_output=True,
        text=True,
        check=False,
    )


def refusal(done: Run, code: int) -> str:
    """Return what a person reads who is refused: one line, and nothing where programs read."""
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.parametrize("command", COMMANDS)
def test_without_an_aws_every_command_that_needs_one_says_how_to_have_it(command: str) -> None:
    line = refusal(fabric({}, *COMMANDS[command]), 2)
    assert line.startswith("AWS_ENDPOINT_URL is not set")
    assert "make demo KEEP=1" in line


def test_the_network_of_an_aws_elsewhere_is_not_built() -> None:
    elsewhere = {"AWS_ENDPOINT_URL": "https://ec2.eu-west-1.amazonaws.com"}
    assert "is not on this machine" in refusal(fabric(elsewhere, "up"), 2)


def test_an_aws_that_does_not_answer_is_something_outside() -> None:
    line = refusal(fabric({"AWS_ENDPOINT_URL": "http://localhost:9"}, "up"), 4)
    assert "Could not connect" in line
    assert "AWS_ENDPOINT_URL" in line


@pytest.mark.parametrize("command", ["up", "down"])
def test_an_unknown_environment_is_a_mistake_of_the_command_line(command: str) -> None:
    line = refusal(fabric({}, command, "dmeo"), 2)
    assert line.endswith("there is no such environment; did you mean demo?")


@pytest.mark.emulator
def test_what_is_not_deployed_is_named_with_the_command_that_deploys_it(embedded_aws: EmbeddedAws) -> None:
    line = refusal(fabric(embedded_aws.environment(), "up", "prod"), 4)
    assert "not deployed to http://localhost:" in line
    assert "`build.py demo ENVIRONMENT`" in line


@pytest.mark.emulator
def test_an_unknown_network_is_named(embedded_aws: EmbeddedAws) -> None:
    line = refusal(fabric(embedded_aws.environment(), "up", "--vpc", "vpc-0123456789abcdef0"), 4)
    assert line.startswith("vpc-0123456789abcdef0: no such VPC in us-east-1 ")


@pytest.mark.parametrize("mistake", [("trace",), ("trace", "a", "b", "--port", "70000")])
def test_a_wrong_command_line_is_explained_without_an_aws(mistake: tuple[str, ...]) -> None:
    done = fabric({}, *mistake)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: build.py fabric" in done.stderr
    assert "Traceback" not in done.stderr
