"""`build.py status`, `outputs`, `events`, `logs` and `drift`, as a person and as a script run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.deploy.deploy import Deployment, deploy
from private_fargate.deploy.logs import log_group_of
from private_fargate.deploy.packaging import ensure_bucket
from private_fargate.deploy.session import connect_to
from private_fargate.deploy.watching import Watcher
from private_fargate.inputs import ROOT
from tests.deploy.house import house
from tests.support.standing import DEMO, demo_standing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.deploy.session import Session
    from private_fargate.local.embedded import EmbeddedAws

    Run = subprocess.CompletedProcess[str]

pytestmark = pytest.mark.slow  # the same engine is tried without processes in tests/deploy

BUCKET = "live-command-tests"
COMMANDS = ("status", "outputs", "events", "logs", "drift")
NEEDED = {"logs": ("nginx",)}  # what a command does not do without
PATIENCE = 60  # seconds


def arguments_of(words: tuple[str, ...]) -> list[str]:
    return [sys.executable, str(ROOT / "build.py"), *words]


def variables_for(aws: Mapping[str, str]) -> dict[str, str]:
    ours = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    return {**ours, "AWS_EC2_METADATA_DISABLED": "true", **aws}


def build(aws: Mapping[str, str], *words: str) -> Run:
    return subprocess.run(
        arguments_of(words), env=variables_for(aws), capture_output=True, text=True, check=False
    )


def refusal(done: Run, code: int) -> str:
    """Return what a person reads who is refused: one line, and nothing where programs read."""
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    (line,) = done.stderr.splitlines()
    return line


@pytest.fixture(scope="module")
def aws(embedded_aws: EmbeddedAws) -> Session:
    session = connect_to(embedded_aws.environment())
    ensure_bucket(session, BUCKET)
    return session


@pytest.fixture(scope="module")
def demo(aws: Session) -> Iterator[dict[str, str]]:
    """Variables that lead to an AWS where the demo stands."""
    with demo_standing(aws):
        yield aws.variables()


@pytest.fixture
def house_stack(aws: Session) -> Iterator[str]:
    """A stack with a nested one, and one nested in that."""
    name = f"house-{time.monotonic_ns()}"
    yield name
    aws.client("cloudformation").delete_stack(StackName=name)


def deploy_house(aws: Session, stack: str, templates: dict[str, bytes], **parameters: str) -> bool:
    return deploy(
        Deployment(session=aws, stack=stack, templates=templates, bucket=BUCKET, parameters=parameters),
        Watcher(),
    ).succeeded


@pytest.mark.emulator
def test_status_shows_stacks_services_and_images(demo: dict[str, str]) -> None:
    done = build(demo, "status")
    assert done.returncode == 0, done.stderr
    assert f"{DEMO}  UPDATE_COMPLETE" in done.stdout
    assert "── Network  CREATE_COMPLETE" in done.stdout
    (nginx,) = (line for line in done.stdout.splitlines() if "│ nginx" in line)
    assert "1 of 1" in nginx
    assert "COMPLETED" in nginx
    assert "everything is as it is to be" in done.stdout


@pytest.mark.emulator
def test_status_is_told_to_programs(demo: dict[str, str]) -> None:
    document = json.loads(build(demo, "status", "--format", "json").stdout)
    assert (document["verdict"], document["root"]["name"]) == ("steady", DEMO)
    (nginx,) = document["services"]
    assert (nginx["name"], nginx["running"], nginx["is_steady"]) == ("nginx", 1, True)
    assert "Endpoints" in {child["name"] for child in document["root"]["within"]}


@pytest.mark.emulator
def test_status_of_what_was_rolled_back_is_a_failure(aws: Session, house_stack: str) -> None:
    assert deploy_house(aws, house_stack, house())
    assert not deploy_house(aws, house_stack, house(cpu="4096"))
    done = build(aws.variables(), "status", "--stack", house_stack)
    assert done.returncode == 1, done.stderr
    assert f"{house_stack}  UPDATE_ROLLBACK_COMPLETE" in done.stdout
    assert "4096 CPU" in done.stdout


@pytest.mark.emulator
def test_an_output_is_a_value_and_nothing_else(demo: dict[str, str]) -> None:
    done = build(demo, "outputs", "demo", "NginxTestUrl")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"curl http://nginx.{DEMO}\n", "")


@pytest.mark.emulator
def test_all_outputs_are_lines_or_a_document(demo: dict[str, str]) -> None:
    lines = build(demo, "outputs").stdout.splitlines()
    document = json.loads(build(demo, "outputs", "--format", "json").stdout)
    assert [line.split(maxsplit=1) for line in lines] == [[name, document[name]] for name in sorted(document)]
    assert document["VpcId"].startswith("vpc-")


@pytest.mark.emulator
def test_an_unknown_output_is_named(demo: dict[str, str]) -> None:
    line = refusal(build(demo, "outputs", "demo", "NginxUrl"), 2)
    assert line.startswith(f"NginxUrl: {DEMO} has no such output; it has ClusterName, ")


@pytest.mark.emulator
def test_events_are_lines_of_all_stacks_by_time(demo: dict[str, str]) -> None:
    done = build(demo, "events", "--since", "1h", "--format", "json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["time"] for event in events] == sorted(event["time"] for event in events)
    assert f"{DEMO}/Network/Vpc" in {event["resource"] for event in events}
    shown = build(demo, "events", "--since", "1h").stdout.splitlines()
    assert len(shown) == len(events)
    assert any(line.endswith(f"  {DEMO}/Network/Vpc") and "CREATE_COMPLETE" in line for line in shown)


@pytest.mark.emulator
def test_failures_are_shown_alone(aws: Session, house_stack: str) -> None:
    assert deploy_house(aws, house_stack, house())
    assert not deploy_house(aws, house_stack, house(cpu="4096"))
    done = build(aws.variables(), "events", "--stack", house_stack, "--failed")
    lines = done.stdout.splitlines()
    assert any(f"{house_stack}/Middle/Leaf/Task: " in line and "4096 CPU" in line for line in lines)
    assert all("_FAILED" in line for line in lines)


@pytest.mark.emulator
def test_without_an_event_it_is_said_beside_the_output(demo: dict[str, str]) -> None:
    done = build(demo, "events", "--failed")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith(f"{DEMO}: no failure since ")


@pytest.mark.emulator
def test_followed_events_end_with_the_operation(aws: Session, house_stack: str) -> None:
    assert deploy_house(aws, house_stack, house())
    words = ("events", "--stack", house_stack, "--follow", "--format", "json")
    with subprocess.Popen(
        arguments_of(words), env=variables_for(aws.variables()), stdout=subprocess.PIPE, text=True
    ) as follower:
        assert follower.stdout is not None
        first = json.loads(follower.stdout.readline())
        assert deploy_house(aws, house_stack, house(), Days="30")
        rest = [json.loads(line) for line in follower.stdout]
        assert follower.wait(PATIENCE) == 0
    assert first["resource"].startswith(house_stack)
    assert (rest[-1]["resource"], rest[-1]["status"]) == (house_stack, "UPDATE_COMPLETE")


def log(aws: Session, *lines: tuple[str, str]) -> str:
    """Let tasks of nginx write lines; return the log group."""
    group, logs = log_group_of(aws, DEMO, "nginx"), aws.client("logs")
    for number, (task, message) in enumerate(lines):
        stream = f"nginx/nginx/{task}"
        if not logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=stream)["logStreams"]:
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
        when = int(time.time() * 1_000) - 1_000 + number
        logs.put_log_events(
            logGroupName=group,
            logStreamName=stream,
            logEvents=[{"timestamp": when, "message": message}],
        )
    return group


@pytest.mark.emulator
def test_logs_of_a_service_are_lines_of_its_tasks(aws: Session, demo: dict[str, str]) -> None:
    log(aws, ("0123456789abcdef", "GET /one"), ("fedcba9876543210", "GET /two"))
    shown = build(demo, "logs", "nginx", "--filter", "GET").stdout.splitlines()
    assert [line.split(maxsplit=1)[1] for line in shown] == ["01234567  GET /one", "fedcba98  GET /two"]
    lines = build(demo, "logs", "demo", "nginx", "--filter", "two", "--format", "json").stdout.splitlines()
    (line,) = map(json.loads, lines)
    assert (line["task"], line["message"]) == ("fedcba9876543210", "GET /two")


@pytest.mark.emulator
def test_a_service_without_a_line_says_where_it_was_looked_for(aws: Session, demo: dict[str, str]) -> None:
    done = build(demo, "logs", "nginx", "--filter", "never")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith(f"{log_group_of(aws, DEMO, 'nginx')}: no line since ")


@pytest.mark.emulator
def test_an_unknown_service_is_named(demo: dict[str, str]) -> None:
    line = refusal(build(demo, "logs", "web"), 2)
    assert line == f"web: {DEMO} has no such service; its services are: nginx"


@pytest.mark.emulator
def test_drift_of_what_nobody_touched_is_none(aws: Session, house_stack: str) -> None:
    assert deploy_house(aws, house_stack, house())
    done = build(aws.variables(), "drift", "--stack", house_stack)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("0 drifted, ")


@pytest.mark.emulator
def test_drift_names_the_property_and_both_values(aws: Session, demo: dict[str, str]) -> None:
    group = log_group_of(aws, DEMO, "nginx")
    logs = aws.client("logs")
    before = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["retentionInDays"]
    logs.put_retention_policy(logGroupName=group, retentionInDays=3)
    try:
        shown = build(demo, "drift")
        document: dict[str, Any] = json.loads(build(demo, "drift", "--format", "json").stdout)
    finally:
        logs.put_retention_policy(logGroupName=group, retentionInDays=before)
    assert shown.returncode == 1
    assert f"/RetentionInDays: expected {before}, found 3" in shown.stdout
    (drifted,) = (each for each in document["drifted"] if each["resource"] == "Nginx/LogGroup")
    assert drifted["differences"][0]["actual"] == "3"


@pytest.mark.emulator
@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_not_deployed_is_named_with_the_remedy(embedded_aws: EmbeddedAws, command: str) -> None:
    words = (command, *NEEDED.get(command, ()), "--stack", "nobodys")
    line = refusal(build(embedded_aws.environment(), *words), 2)
    assert line.startswith("nobodys: no such stack in us-east-1 ")
    assert "`build.py deploy`" in line


@pytest.mark.emulator
def test_another_region_is_looked_into(demo: dict[str, str]) -> None:
    assert "no such stack in eu-west-1" in refusal(build(demo, "status", "--region", "eu-west-1"), 2)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_aws_that_does_not_answer_needs_a_person(command: str) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    nowhere = {"AWS_ENDPOINT_URL": "http://localhost:9", **keys}
    line = refusal(build(nowhere, command, *NEEDED.get(command, ())), 4)
    assert "Could not connect" in line
    assert "AWS_ENDPOINT_URL" in line


def test_an_unknown_profile_is_named() -> None:
    line = refusal(build({}, "status", "--profile", "nobodys"), 4)
    assert "nobodys" in line
    assert "list-profiles" in line


@pytest.mark.parametrize(
    "mistake",
    [
        ("logs",),
        ("logs", "demo", "nginx", "more"),
        ("events", "--since", "soon"),
        ("status", "--format", "xml"),
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_is_explained_without_an_aws(mistake: tuple[str, ...]) -> None:
    done = build({}, *mistake)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"Usage: build.py {mistake[0]}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_every_exit_code(command: str) -> None:
    shown = build({}, command, "--help").stdout
    assert "Exit codes:" in shown
    assert "--profile" in shown
    assert ("\n    1    " in shown) == (command in {"status", "drift"})
