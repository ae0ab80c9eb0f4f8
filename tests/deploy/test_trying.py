"""Which way leads to a service, on an AWS that is not on this machine; its answers are written here."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.stub import Stubber

from private_fargate import trying
from private_fargate.deploy.session import connect_to
from private_fargate.trying import Deployed, NoWayError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AWAY = {
    "AWS_ENDPOINT_URL": "http://192.0.2.1:9",  # of RFC 5737: nobody is there
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
}
PORTS = {"web": 80}
URL = {"WebTestUrl": "curl http://web.demo"}
HOST = {"JumpHostId": "i-1"}
OPENED = {"sessionId": "s1", "streamUrl": "wss://example.com/s1", "tokenValue": "t"}
SERVICE = "arn:aws:ecs:us-east-1:123456789012:service/main/web"
PLUGIN = """#!{python}
import sys
print("1.2.707.0" if sys.argv[1:] == ["--version"] else "hello\\r\\nprivate-fargate-reply 200 0.002\\r")
"""


@pytest.fixture(autouse=True)
def _plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "session-manager-plugin"
    program.write_text(PLUGIN.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


@contextmanager
def away(outputs: dict[str, str], *services: str) -> Iterator[tuple[Deployed, dict[str, Stubber]]]:
    session = connect_to(AWAY)
    with ExitStack() as stack:
        stubbers = {
            name: stack.enter_context(Stubber(cast("Any", session.client(name)))) for name in services
        }
        yield Deployed(session=session, stack="demo", outputs=outputs, ports=PORTS), stubbers
        for stubber in stubbers.values():
            stubber.assert_no_pending_responses()


def forwarded(outputs: dict[str, str], port: int | None, expected: str) -> tuple[str, int]:
    said: list[tuple[str, int]] = []
    with away(outputs, "ssm") as (system, stubbers):
        parameters = {"host": ["web.demo"], "portNumber": ["80"], "localPortNumber": [expected]}
        asked = {"DocumentName": "AWS-StartPortForwardingSessionToRemoteHost", "Parameters": parameters}
        answer = {"SessionId": "s1", "StreamUrl": "wss://example.com/s1", "TokenValue": "t"}
        stubbers["ssm"].add_response("start_session", answer, {"Target": "i-1", **asked})
        assert trying.forward(system, "web", port, lambda url, local: said.append((url, local))) == 0
    return said[0]


def test_a_port_that_belongs_to_root_is_not_taken_on_this_machine() -> None:
    assert forwarded(URL | HOST, None, "8080") == ("http://web.demo", 8080)


def test_a_port_that_was_asked_for_is_taken() -> None:
    assert forwarded(URL | HOST, 9000, "9000") == ("http://web.demo", 9000)


def test_without_a_jump_host_no_port_is_forwarded() -> None:
    with away(URL) as (system, _), pytest.raises(NoWayError, match="write `jump_host:`"):
        trying.forward(system, "web", None, lambda _url, _local: None)


def test_a_stack_that_does_not_say_the_url_is_to_be_deployed_again() -> None:
    with away(HOST) as (system, _), pytest.raises(NoWayError, match="no output WebTestUrl"):
        trying.smoke(system, ["web"], lambda _: None)


def standing(stubbers: dict[str, Stubber], **task: Any) -> None:
    """Write what CloudFormation and ECS say of a stack with one service and a task of it."""
    stack = {"StackId": "arn", "StackName": "demo", "CreationTime": "2026-01-01T00:00:00Z"}
    resource = {
        "LogicalResourceId": "web",
        "PhysicalResourceId": SERVICE,
        "ResourceType": "AWS::ECS::Service",
        "ResourceStatus": "CREATE_COMPLETE",
        "LastUpdatedTimestamp": "2026-01-01T00:00:00Z",
    }
    cloudformation, ecs = stubbers["cloudformation"], stubbers["ecs"]
    cloudformation.add_response("describe_stacks", {"Stacks": [{**stack, "StackStatus": "CREATE_COMPLETE"}]})
    cloudformation.add_response("list_stack_resources", {"StackResourceSummaries": [resource]})
    ecs.add_response("list_tasks", {"taskArns": ["t1"]})
    found = {
        "taskArn": "arn:aws:ecs:us-east-1:123456789012:task/main/t1",
        "lastStatus": "RUNNING",
        "enableExecuteCommand": True,
        "containers": [{"name": "web", "runtimeId": "t1-99"}],
    }
    ecs.add_response("describe_tasks", {"tasks": [found | task]})


def test_without_a_jump_host_a_task_fetches_its_own_page() -> None:
    with away(URL, "cloudformation", "ecs") as (system, stubbers):
        standing(stubbers)
        stubbers["ecs"].add_response("execute_command", {"session": OPENED})
        (reply,) = trying.smoke(system, ["web"], lambda _: None)
    assert (reply.status, reply.body, reply.way) == (200, "hello", "task t1, ECS Exec")


def test_where_nobody_may_enter_the_reply_says_which_setting_to_turn_on() -> None:
    with away(URL, "cloudformation", "ecs") as (system, stubbers):
        standing(stubbers, enableExecuteCommand=False)
        (reply,) = trying.smoke(system, ["web"], lambda _: None)
    assert not reply.is_good
    assert "`exec: true` under services.web" in reply.error


@pytest.mark.parametrize(
    ("endpoint", "verdict"),
    [
        ("http://localhost:4566", True),
        ("http://[::1]:1", True),
        ("https://ec2.example.com", False),
        ("", False),
    ],
)
def test_an_embedded_aws_is_known_by_its_address(endpoint: str, *, verdict: bool) -> None:
    session = connect_to({**AWAY, "AWS_ENDPOINT_URL": endpoint or "http://192.0.2.1"})
    assert session.is_on_this_machine is verdict
