"""`build.py catalog` as it is typed by those who publish: a story, against an AWS of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.deploy.session import connect_to
from private_fargate.deploy.stack_state import find_stack
from private_fargate.local.embedded import EmbeddedAws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from private_fargate.deploy.session import Session

pytestmark = [pytest.mark.emulator, pytest.mark.slow, pytest.mark.xdist_group("catalog commands")]

ROOT = Path(__file__).resolve().parents[2]
STACK = "offered-catalog"
SETTINGS = """
name: offered
deletion: delete
network: { zones: 2, egress: none }
jump_host: none
services:
  web: { image: { repository: web }, port: PORT }
catalog: { portfolio: Platform, provider: Platform team }
"""


@pytest.fixture(scope="module")
def running() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(extensions=("tests.fakes.service_catalog",), step_seconds=0.5) as aws:
        yield aws


@pytest.fixture(scope="module")
def session(running: EmbeddedAws) -> Session:
    return connect_to(running.environment())


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("environments") / f"offered-{os.getpid()}.yaml"
    path.write_text(SETTINGS.replace("PORT", "80"))
    yield path
    for kind in ("product", "catalog"):
        shutil.rmtree(ROOT / "output" / f"{path.stem}-{kind}", ignore_errors=True)


def started(running: EmbeddedAws, *words: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "build.py", *map(str, words)],
        cwd=ROOT,
        env={**os.environ, **running.environment()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.fixture(scope="module")
def build(running: EmbeddedAws) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
        process = started(running, *words)
        output, errors = process.communicate()
        return subprocess.CompletedProcess(words, process.returncode, output, errors)

    return run


def listed(build: Any, settings: Path) -> list[dict[str, Any]]:
    done = build("catalog", "versions", settings, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["versions"]


# The tests are one story, in this order: each begins where the one before it has ended.


def test_an_environment_that_is_offered_to_nobody_is_not_published(build: Any) -> None:
    done = build("catalog", "publish", "minimal")
    assert done.returncode == 2
    assert "catalog: is missing, so minimal is offered to nobody" in done.stderr


def test_what_is_not_published_has_no_versions(build: Any, settings: Path) -> None:
    done = build("catalog", "versions", settings)
    assert done.returncode == 2
    assert "`build.py catalog publish` makes it" in done.stderr


def test_a_dry_run_makes_nothing_not_even_the_bucket(build: Any, session: Session, settings: Path) -> None:
    done = build("catalog", "publish", settings, "--dry-run")
    assert done.returncode == 4
    assert "`build.py bootstrap` makes it" in done.stderr
    assert build("bootstrap", "--region", "us-east-1").returncode == 0
    done = build("catalog", "publish", settings, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "comes with the stack" in done.stdout
    assert find_stack(session, STACK) is None


def test_without_a_terminal_and_without_yes_nothing_is_published(
    build: Any, session: Session, settings: Path
) -> None:
    done = build("catalog", "publish", settings)
    assert done.returncode == 3
    assert "say --yes" in done.stderr
    assert "CloudFormationProduct" in done.stdout, "what would be done is shown all the same"
    assert find_stack(session, STACK) is None


def test_a_run_that_is_killed_while_the_stack_is_made_is_finished_by_the_next(
    running: EmbeddedAws, build: Any, session: Session, settings: Path
) -> None:
    process = started(running, "catalog", "publish", settings, "--yes")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        state = find_stack(session, STACK)
        if state is not None and state.status == "CREATE_IN_PROGRESS":
            break
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    state = find_stack(session, STACK)
    assert state is not None
    assert state.status == "CREATE_IN_PROGRESS", "it was killed in the middle"
    done = build("catalog", "publish", settings, "--yes")
    assert done.returncode == 0, done.stderr
    assert "joining it" in done.stderr
    assert len(listed(build, settings)) == 1


def test_the_same_again_is_nothing_to_do(build: Any, session: Session, settings: Path) -> None:
    before = find_stack(session, STACK)
    done = build("catalog", "publish", settings)
    assert done.returncode == 0, done.stderr
    assert "is published already, nothing to do" in done.stdout
    assert find_stack(session, STACK) == before


def test_other_templates_are_compared_and_then_added(build: Any, settings: Path) -> None:
    (first,) = listed(build, settings)
    settings.write_text(SETTINGS.replace("PORT", "8080"))
    compared = build("catalog", "diff", settings, "latest", "--format", "json")
    assert compared.returncode == 0, compared.stderr
    told = json.loads(compared.stdout)
    assert told["from"] == first["name"]
    assert {"path": "(root)", "what": "changed"} in told["templates"]
    assert "Web" in [each["logical_id"] for each in told["plan"]["changes"]]
    done = build("catalog", "publish", settings, "--yes", "--format", "json")
    assert done.returncode == 0, done.stderr
    kinds = [next(iter(json.loads(line))) for line in done.stdout.splitlines()]
    assert (kinds[:2], kinds[-1]) == (["plan", "publication"], "published")
    second, again = listed(build, settings)
    assert (second["name"], again) == (told["to"], first)


def test_other_accounts_get_a_role_for_both_versions(build: Any, settings: Path, tmp_path: Path) -> None:
    printed = build("catalog", "role", settings)
    assert printed.returncode == 0, printed.stderr
    resources = json.loads(printed.stdout)["Resources"]
    assert resources["LaunchRole"]["Properties"]["RoleName"] == {"Fn::Sub": "offered-launch-${AWS::Region}"}
    done = build("catalog", "role", settings, "--out", tmp_path / "role.json", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "role.json").read_text() == printed.stdout
    assert json.loads(done.stdout) == {"template": str(tmp_path / "role.json"), "region": "us-east-1"}
    nowhere = build("catalog", "role", settings, "--stack", "nothing")
    assert (nowhere.returncode, "there is no such catalog" in nowhere.stderr) == (2, True)


def test_two_versions_are_compared_by_their_digests(build: Any, settings: Path) -> None:
    second, first = listed(build, settings)
    done = build("catalog", "diff", settings, first["digest"], second["digest"], "--format", "markdown")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"## {first['name']} → {second['name']}\n")


def test_an_unknown_version_is_answered_with_those_that_there_are(build: Any, settings: Path) -> None:
    done = build("catalog", "deprecate", settings, "9.9")
    assert done.returncode == 2
    assert all(each["name"] in done.stderr for each in listed(build, settings))


def test_a_version_is_deprecated_and_offered_again(build: Any, settings: Path) -> None:
    second, _ = listed(build, settings)
    assert build("catalog", "deprecate", settings, second["name"]).returncode == 0
    assert listed(build, settings)[0]["deprecated"]
    assert build("catalog", "deprecate", settings, "latest", "--undo").returncode == 0
    assert not listed(build, settings)[0]["deprecated"]


def test_old_versions_are_pruned_after_a_yes(build: Any, settings: Path) -> None:
    arguments = ("catalog", "prune", settings, "--keep", "1")
    refused = build(*arguments)
    assert refused.returncode == 3
    assert not listed(build, settings)[1]["deprecated"]
    done = build(*arguments, "--yes")
    assert (done.returncode, "1 deprecated, 0 removed" in done.stdout) == (0, True)
    assert "the stack has made the product with it" in done.stdout
    assert [each["deprecated"] for each in listed(build, settings)] == [False, True]
    assert "nothing to do" in build(*arguments).stdout
