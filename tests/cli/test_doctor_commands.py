"""`build.py doctor`, `smoke`, `exec` and `forward` as they are typed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from private_fargate.cli_doctor import COMMANDS, doctor, execute, forward, smoke
from private_fargate.deploy.session import connect_to
from private_fargate.errors import UserError
from private_fargate.trying import Deployed, NoWayError
from tests.support.standing import DEMO, demo_standing

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click
    from click.testing import Result

    from private_fargate.local.embedded import EmbeddedAws


pytestmark = pytest.mark.slow  # the same engine is tried in tests/deploy/test_doctor.py


def typed(command: click.Command, *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, standalone_mode=False)


@pytest.fixture
def here(embedded_aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in embedded_aws.environment().items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def _demo(embedded_aws: EmbeddedAws) -> Iterator[None]:
    with demo_standing(connect_to(embedded_aws.environment())):
        yield


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_a_help_with_its_exit_codes(command: click.Command) -> None:
    done = typed(command, "--help")
    assert done.exit_code == 0
    assert "Exit codes:" in done.output
    assert "--region" in done.output


@pytest.mark.emulator
@pytest.mark.usefixtures("here")
def test_what_a_program_reads_has_a_verdict_for_each_check() -> None:
    done = typed(doctor, "demo", "--format", "json")
    found: dict[str, Any] = json.loads(done.stdout)
    assert (done.return_value, found["failed"], found["account"]) == (0, False, "123456789012")
    assert {each["verdict"] for each in found["results"]} <= {"ok", "warning", "unknown"}


@pytest.mark.emulator
@pytest.mark.usefixtures("here")
def test_a_check_that_fails_is_exit_code_1_and_says_what_to_do() -> None:
    done = typed(doctor, "prod")
    assert done.return_value == 1, done.output
    assert "shop/orders is not there" in done.stdout
    assert "→ `aws secretsmanager create-secret" in done.stdout


def test_an_aws_that_cannot_be_reached_is_exit_code_4(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:9")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    error = typed(doctor).exception
    assert isinstance(error, UserError)
    assert error.exit_code == 4


@pytest.mark.emulator
@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("command", "words"),
    [(smoke, ("isolated",)), (execute, ("isolated", "web")), (forward, ("isolated", "web"))],
)
def test_what_is_not_deployed_is_exit_code_2(command: click.Command, words: tuple[str, ...]) -> None:
    error = typed(command, *words).exception
    assert isinstance(error, UserError)
    assert (error.exit_code, "no such stack" in str(error)) == (2, True)


@pytest.mark.emulator
@pytest.mark.usefixtures("here", "_demo")
@pytest.mark.parametrize("command", [execute, forward], ids=lambda command: command.name)
def test_an_embedded_aws_is_told_apart_and_the_fabric_named(command: click.Command) -> None:
    error = typed(command, "nginx").exception
    assert isinstance(error, NoWayError)
    assert "`build.py fabric shell" in str(error)


@pytest.mark.emulator
@pytest.mark.usefixtures("here", "_demo")
def test_an_unknown_service_is_told_which_there_are() -> None:
    error = typed(execute, "demo", "ngimx", "--", "ls", "--all").exception
    assert str(error) == "ngimx: no such service in the settings; they have nginx"


@pytest.mark.emulator
@pytest.mark.usefixtures("here", "_demo")
def test_what_stands_already_counts_as_room() -> None:
    done = typed(doctor, "demo", "--format", "json")
    results = {each["name"]: each for each in json.loads(done.stdout)["results"]}
    assert [each["found"] for each in results["VPCs"]["findings"]] == ["no more are needed"]
    assert results["address range"]["verdict"] == "ok"
    assert results["namespace"]["verdict"] == "ok"
    assert results["images"]["findings"][0]["found"].endswith("is there, for amd64")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (smoke, ("demo", "nginx", "more")),
        (execute, ()),
        (execute, ("demo", "nginx", "ls")),
        (forward, ("demo", "nginx", "ninety")),
        (forward, ("nginx", "70000")),
    ],
)
def test_a_wrong_command_line_is_explained(command: click.Command, words: tuple[str, ...]) -> None:
    error = typed(command, *words).exception
    assert type(error).__name__ in {"UsageError", "MissingParameter"}


def test_many_services_share_an_output_of_which_each_makes_its_url() -> None:
    outputs = {"TestUrl": "curl http://NAME.shop:PORT"}
    system = Deployed(session=connect_to_nothing(), stack=DEMO, outputs=outputs, ports={"a": 80, "b": 8080})
    assert (system.url("a"), system.url("b")) == ("http://a.shop", "http://b.shop:8080")


def connect_to_nothing() -> Any:
    """The session is not used: nothing is asked of AWS."""
    return None
