"""The reference's test through Systems Manager; the embedded AWS runs no commands, so states are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.deploy.session import DeployError
from private_fargate.deploy.smoke import by_jump_host, curl, reply_of
from tests.support.stubbed import stubbed

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from private_fargate.live.replies import Reply

HOST, COMMAND = "i-0123456789abcdef0", "11111111-2222-3333-4444-555555555555"
URL = "http://nginx.demo"
PAGE = "<!DOCTYPE html><title>Welcome to nginx!</title>"
ANSWERED = "private-fargate-reply 200 0.004321"


def sent(stubber: Stubber) -> None:
    stubber.add_response("send_command", {"Command": {"CommandId": COMMAND}})


def state(stubber: Stubber, status: str, details: str = "", **more: Any) -> None:
    answer = {"CommandId": COMMAND, "InstanceId": HOST, "Status": status, "StatusDetails": details or status}
    stubber.add_response("get_command_invocation", answer | more, {"CommandId": COMMAND, "InstanceId": HOST})


def ended(out: str, err: str, code: int) -> dict[str, Any]:
    return {"StandardOutputContent": out, "StandardErrorContent": err, "ResponseCode": code}


def asked(*states: tuple[str, str, dict[str, Any]]) -> Reply:
    with stubbed("ssm") as (session, stubber):
        sent(stubber)
        for status, details, more in states:
            state(stubber, status, details, **more)
        return by_jump_host(session, HOST, "nginx", URL)


def test_a_page_that_came_is_told_with_status_time_and_beginning() -> None:
    reply = asked(("Success", "", ended(PAGE, ANSWERED, 0)))
    assert (reply.is_good, reply.status, reply.seconds, reply.body) == (True, 200, 0.004321, PAGE)
    assert HOST in reply.way


def test_a_command_that_has_begun_is_waited_for() -> None:
    waiting = [(status, "", {}) for status in ("Pending", "Delayed", "InProgress")]
    assert asked(*waiting, ("Success", "", ended(PAGE, ANSWERED, 0))).is_good


def test_a_command_that_ssm_does_not_know_yet_is_asked_for_again() -> None:
    with stubbed("ssm") as (session, stubber):
        sent(stubber)
        stubber.add_client_error("get_command_invocation", "InvocationDoesNotExist")
        state(stubber, "Success", **ended(PAGE, ANSWERED, 0))
        assert by_jump_host(session, HOST, "nginx", URL).is_good


def test_what_curl_says_is_why_nothing_came() -> None:
    words = "curl: (6) Could not resolve host: nginx.demo"
    reply = asked(("Failed", "", ended("", f"{words}\nprivate-fargate-reply 000 0.01", 6)))
    assert (reply.is_good, reply.status, reply.error) == (False, 0, words)


def test_a_mistake_of_the_service_is_not_good() -> None:
    reply = asked(("Success", "", ended("oops", "private-fargate-reply 502 0.1", 0)))
    assert (reply.is_good, reply.status, reply.body) == (False, 502, "oops")


@pytest.mark.parametrize(
    ("status", "details"),
    [
        ("TimedOut", "DeliveryTimedOut"),
        ("TimedOut", "ExecutionTimedOut"),
        ("Failed", "Undeliverable"),
        ("Cancelled", "Cancelled"),
    ],
)
def test_a_command_that_did_not_run_says_how_it_ended(status: str, details: str) -> None:
    reply = asked((status, details, {"ResponseCode": -1}))
    assert not reply.is_good
    assert reply.error == f"the command did not run: {details}"


def test_a_host_that_systems_manager_does_not_know_is_said_with_what_it_lacks() -> None:
    with stubbed("ssm") as (session, stubber):
        stubber.add_client_error("send_command", "InvalidInstanceId")
        reply = by_jump_host(session, HOST, "nginx", URL)
    assert not reply.is_good
    assert "ssmmessages" in reply.error


def test_a_refusal_of_aws_is_no_reply_of_the_service() -> None:
    with stubbed("ssm") as (session, stubber):
        stubber.add_client_error("send_command", "AccessDeniedException", "not authorized")
        with pytest.raises(DeployError, match="not authorized"):
            by_jump_host(session, HOST, "nginx", URL)


def test_an_address_cannot_end_the_command_and_begin_another() -> None:
    """The URL is a stack's output, which somebody else may have written."""
    evil = "http://x; rm -rf /"
    expected: dict[str, Any] = {}

    def keep(params: dict[str, Any], **_: Any) -> None:
        expected.update(params)

    with stubbed("ssm") as (session, stubber):
        session.client("ssm").meta.events.register("provide-client-params.ssm.SendCommand", keep)  # pyright: ignore[reportFunctionMemberAccess]
        sent(stubber)
        state(stubber, "Success", **ended("", ANSWERED, 0))
        by_jump_host(session, HOST, "nginx", evil)
    (line,) = expected["Parameters"]["commands"]
    assert line.endswith(" 'http://x; rm -rf /'")


def test_a_terminal_that_mixes_both_streams_is_read_too() -> None:
    reply = reply_of("nginx", URL, "task", f"{PAGE}\n{ANSWERED}\n")
    assert (reply.status, reply.body) == (200, PAGE)


def test_no_proxy_of_the_host_answers_for_the_service() -> None:
    assert curl(URL)[curl(URL).index("--noproxy") + 1] == "*"
