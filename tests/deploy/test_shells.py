"""Sessions of people.  AWS's plugin is not here: a program in its place writes down how it was called."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.deploy.session import DeployError
from private_fargate.deploy.shells import (
    PLUGIN,
    NotOpenError,
    Place,
    PluginMissingError,
    forward,
    heard_in_task,
    place_in,
    require_plugin,
    run_in_task,
)
from tests.support.stubbed import stubbed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SERVICE = "arn:aws:ecs:us-east-1:123456789012:service/main/web"
PLACE = Place(cluster="main", task="t1", container="web", runtime_id="t1-99")
TOKEN = "opens-the-session"  # noqa: S105 -- of nothing
OPENED = {"sessionId": "s1", "streamUrl": "wss://example.com/s1", "tokenValue": TOKEN}
STAND_IN = """#!{python}
import json, os, sys
if sys.argv[1:] == ["--version"]:
    print("{version}")
    sys.exit()
with open({notes!r}, "w") as notes:
    json.dump([sys.argv[1:], os.environ.get("AWS_SSM_START_SESSION_RESPONSE")], notes)
print("heard")
sys.exit(3)
"""


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Callable[[], Any]]:
    """Put a plugin of a version on the path; what it returns reads how it was called."""

    def make(version: str) -> Callable[[], Any]:
        program, notes = tmp_path / PLUGIN, tmp_path / "notes"
        program.write_text(STAND_IN.format(python=sys.executable, version=version, notes=str(notes)))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        return lambda: json.loads(notes.read_text())

    return make


def running(**more: Any) -> dict[str, Any]:
    agent = {"name": "ExecuteCommandAgent", "lastStatus": "RUNNING"}
    web = {"name": "web", "runtimeId": "t1-99", "managedAgents": [agent]}
    guard = {"name": "aws-guardduty-agent-x", "runtimeId": "t1-11"}
    return {
        "taskArn": "arn:aws:ecs:us-east-1:123456789012:task/main/t1",
        "lastStatus": "RUNNING",
        "enableExecuteCommand": True,
        "containers": [guard, web],
    } | more


def placed(*tasks: dict[str, Any], **asked: str) -> Place:
    with stubbed("ecs") as (session, stubber):
        stubber.add_response("list_tasks", {"taskArns": [task["taskArn"] for task in tasks]})
        if tasks:
            stubber.add_response("describe_tasks", {"tasks": list(tasks)})
        return place_in(session, SERVICE, name="web", **asked)


def test_the_container_of_the_service_is_meant_and_not_one_that_was_added() -> None:
    assert placed(running()) == PLACE


def test_a_service_without_exec_names_the_setting() -> None:
    with pytest.raises(NotOpenError, match=r"write `exec: true` under services\.web"):
        placed(running(enableExecuteCommand=False))


def test_a_service_that_runs_nothing_says_so() -> None:
    with pytest.raises(NotOpenError, match="no task of it runs"):
        placed()


def test_a_task_that_is_none_of_the_service_is_told_which_there_are() -> None:
    with pytest.raises(NotOpenError, match=r"--task t9 is none of its tasks that run \(t1\)"):
        placed(running(), task="t9")


def test_an_unknown_container_is_told_which_there_are() -> None:
    with pytest.raises(NotOpenError, match="--container db: the task has web"):
        placed(running(), container="db")


def test_an_agent_that_does_not_listen_yet_is_said() -> None:
    agent = {"name": "ExecuteCommandAgent", "lastStatus": "PENDING"}
    late = {"name": "web", "runtimeId": "t1-99", "managedAgents": [agent]}
    with pytest.raises(NotOpenError, match="the agent in web is PENDING"):
        placed(running(containers=[late]))


def test_a_plugin_that_is_not_there_is_named_with_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PluginMissingError, match="Install the Session Manager plugin") as caught:
        require_plugin()
    assert caught.value.exit_code == 4


def test_the_token_of_a_session_is_in_no_list_of_processes(
    plugin: Callable[[str], Callable[[], Any]],
) -> None:
    calls = plugin("1.2.707.0")
    with stubbed("ecs") as (session, stubber):
        expected = {
            "cluster": "main",
            "task": "t1",
            "container": "web",
            "command": "ls '/a b'",
            "interactive": True,
        }
        stubber.add_response("execute_command", {"session": OPENED}, expected)
        code = run_in_task(session, PLACE, ["ls", "/a b"], plugin=require_plugin())
        ssm = session.endpoint
    argv, response = calls()
    target = json.dumps({"Target": "ecs:main_t1_t1-99"})
    assert argv == ["AWS_SSM_START_SESSION_RESPONSE", "us-east-1", "StartSession", "", target, ssm]
    assert json.loads(response) == {
        "SessionId": "s1",
        "StreamUrl": "wss://example.com/s1",
        "TokenValue": TOKEN,
    }
    assert code == 3


def test_an_old_plugin_is_called_as_it_expects(plugin: Callable[[str], Callable[[], Any]]) -> None:
    calls = plugin("1.2.497.0")
    with stubbed("ecs") as (session, stubber):
        stubber.add_response("execute_command", {"session": OPENED})
        assert heard_in_task(session, PLACE, ["true"], plugin=require_plugin()) == "heard\n"
    argv, response = calls()
    assert (json.loads(argv[0])["TokenValue"], response) == (TOKEN, None)


def test_a_port_is_forwarded_to_the_service_by_name(plugin: Callable[[str], Callable[[], Any]]) -> None:
    calls = plugin("1.2.707.0")
    with stubbed("ssm") as (session, stubber):
        document = "AWS-StartPortForwardingSessionToRemoteHost"
        parameters = {"host": ["web.demo"], "portNumber": ["80"], "localPortNumber": ["8080"]}
        expected = {"Target": "i-1", "DocumentName": document, "Parameters": parameters}
        answer = {"SessionId": "s1", "StreamUrl": "wss://example.com/s1", "TokenValue": TOKEN}
        stubber.add_response("start_session", answer, expected)
        code = forward(session, "i-1", to="web.demo", port=80, local_port=8080, plugin=require_plugin())
    assert code == 3
    assert json.loads(calls()[0][4]) == expected


def test_a_refusal_of_aws_is_told_in_its_words(plugin: Callable[[str], Callable[[], Any]]) -> None:
    plugin("1.2.707.0")
    with stubbed("ecs") as (session, stubber):
        stubber.add_client_error("execute_command", "AccessDeniedException", "not authorized")
        with pytest.raises(DeployError, match="not authorized"):
            run_in_task(session, PLACE, ["sh"], plugin=require_plugin())
