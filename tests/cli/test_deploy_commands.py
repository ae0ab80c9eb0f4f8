"""The commands that change something, as they are typed: against an AWS of their own."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.deploy.session import connect_to
from private_fargate.deploy.stack_state import find_stack
from private_fargate.local.embedded import EmbeddedAws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from private_fargate.deploy.session import Session

pytestmark = [pytest.mark.emulator, pytest.mark.slow, pytest.mark.xdist_group("deploy commands")]

ROOT = Path(__file__).resolve().parents[2]
NAME = "cli-deploy"
SETTINGS = """
name: cli-deploy
deletion: delete
network: { zones: 2, egress: none }
jump_host: none
services:
  web:
    image: { repository: web, mirror: "public.ecr.aws/nginx/nginx:1.29" }
    port: 80
    count: COUNT
"""


@pytest.fixture(scope="module")
def running() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws:
        yield aws


@pytest.fixture(scope="module")
def session(running: EmbeddedAws) -> Session:
    return connect_to(running.environment())


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("environments") / f"{NAME}-{os.getpid()}.yaml"
    path.write_text(SETTINGS.replace("COUNT", "1"))
    yield path
    shutil.rmtree(ROOT / "output" / path.stem, ignore_errors=True)


@pytest.fixture(scope="module")
def build(running: EmbeddedAws) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "build.py", *map(str, words)],
            cwd=ROOT,
            env={**os.environ, **running.environment()},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def tasks(session: Session) -> list[str]:
    state = find_stack(session, NAME)
    assert state is not None
    return session.client("ecs").list_tasks(cluster=state.outputs["ClusterName"])["taskArns"]


# The tests are one story, in this order: each begins where the one before it has ended.


def test_a_plan_without_a_bucket_names_the_command_that_makes_it(build: Any, settings: Path) -> None:
    done = build("plan", settings)
    assert (done.returncode, done.stdout) == (4, "")
    assert "`build.py bootstrap` makes it" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_wrong_parameter_is_one_line(build: Any, settings: Path) -> None:
    assert build("bootstrap", "--region", "us-east-1").returncode == 0
    done = build("deploy", settings, "--parameter", "WebCuont=3")
    assert done.returncode == 2
    assert "--parameter: WebCuont=3: write KEY=VALUE with one of" in done.stderr.splitlines()[-1]


def test_without_a_terminal_and_without_yes_nothing_is_deployed(
    build: Any,
    session: Session,
    settings: Path,
) -> None:
    done = build("deploy", settings)
    assert done.returncode == 3
    assert "--yes" in done.stderr
    assert "Add" in done.stdout, "what would be done is shown all the same"
    assert find_stack(session, NAME) is None


def test_the_first_deployment_is_one_command_with_images_and_services_on(
    build: Any,
    session: Session,
    settings: Path,
) -> None:
    done = build("deploy", settings, "--yes", "--format", "json")
    assert done.returncode == 0, done.stderr
    kinds = [next(iter(line)) for line in lines(done)]
    assert kinds[0] == "plan"
    assert kinds[-1] == "outcome"
    assert set(kinds[1:-1]) == {"event"}
    outcome = lines(done)[-1]["outcome"]
    assert (outcome["status"], outcome["succeeded"]) == ("UPDATE_COMPLETE", True)
    assert len(tasks(session)) == 1


def test_the_same_again_is_nothing_to_do(build: Any, settings: Path) -> None:
    done = build("deploy", settings)
    assert done.returncode == 0, done.stderr
    assert f"{NAME}: UPDATE_COMPLETE, nothing to change" in done.stdout


def test_a_plan_in_a_file_is_executed_as_it_is_and_once(
    build: Any,
    session: Session,
    settings: Path,
    tmp_path: Path,
) -> None:
    file = tmp_path / "web.plan"
    done = build("plan", settings, "--parameter", "WebCount=2", "--save", file, "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == json.loads(file.read_text())
    assert len(tasks(session)) == 1
    assert build("deploy", settings, "--plan", file).returncode == 0
    assert len(tasks(session)) == 2
    assert build("deploy", settings, "--parameter", "WebCount=1", "--yes").returncode == 0
    late = build("deploy", settings, "--plan", file)
    assert late.returncode == 3
    assert "make a new plan" in late.stderr


def test_a_plan_shows_one_property_in_each_format(build: Any, settings: Path) -> None:
    arguments = ("plan", settings, "--parameter", "WebCount=3")
    assert "DesiredCount: 1 -> 3" in build(*arguments).stdout
    assert "`DesiredCount`: `1` -> `3`" in build(*arguments, "--format", "markdown").stdout


def test_who_is_asked_only_for_replacements_is_not_asked_for_a_number(
    build: Any,
    session: Session,
    settings: Path,
) -> None:
    arguments = ("deploy", settings, "--parameter", "WebCount=2")
    assert build(*arguments).returncode == 3
    assert build(*arguments, "--require-approval", "replacement").returncode == 0
    assert len(tasks(session)) == 2


def test_an_offline_plan_needs_no_account(settings: Path, tmp_path: Path) -> None:
    more = tmp_path / "cli-more.yaml"
    more.write_text(settings.read_text().replace("zones: 2", "zones: 3"))
    nobody = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    command = [sys.executable, "build.py", "plan", str(more), "--offline", f"output/{settings.stem}"]
    done = subprocess.run(command, cwd=ROOT, env=nobody, capture_output=True, text=True, check=False)
    shutil.rmtree(ROOT / "output" / "cli-more", ignore_errors=True)
    assert done.returncode == 0, done.stderr
    assert "PrivateSubnet3" in done.stdout
    assert "OFFLINE" in done.stdout


def test_a_person_at_a_terminal_is_asked(running: EmbeddedAws, session: Session, settings: Path) -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "build.py", "deploy", str(settings), "--parameter", "WebCount=1"],
        cwd=ROOT,
        env={**os.environ, **running.environment()},
        stdin=slave,
        stdout=subprocess.DEVNULL,
        stderr=slave,
    )
    os.close(slave)
    said = ""
    while "Deploy this?" not in said:
        said += os.read(master, 1_000).decode()
    os.write(master, b"y\n")
    try:
        while os.read(master, 1_000):
            pass
    except OSError:  # the other end is closed
        pass
    assert process.wait(60) == 0
    os.close(master)
    assert len(tasks(session)) == 1


def test_nothing_is_deleted_before_its_name_was_typed(
    build: Any,
    session: Session,
    settings: Path,
) -> None:
    assert build("destroy", settings).returncode == 3
    wrong = build("destroy", settings, "--confirm", "cli-deplyo")
    assert (wrong.returncode, find_stack(session, NAME) is not None) == (3, True)
    assert "cli-deplyo is not cli-deploy" in wrong.stderr


def test_a_system_is_destroyed_and_then_there_is_nothing_to_do(
    build: Any,
    session: Session,
    settings: Path,
) -> None:
    done = build("destroy", settings, "--confirm", NAME)
    assert done.returncode == 0, done.stderr
    assert find_stack(session, NAME) is None
    again = build("destroy", settings, "--confirm", NAME)
    assert again.returncode == 0
    assert "nothing to do" in again.stderr
