"""The reference's test: fetch a service's page where only the inside of the VPC can, and say what came.

Source of the states: systems-manager/latest/userguide/monitor-commands.html
"""

from __future__ import annotations

import re
import shlex
import time
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from private_fargate.deploy.pausing import pauses
from private_fargate.deploy.session import code_of, explained
from private_fargate.live.replies import Reply

if TYPE_CHECKING:
    from private_fargate.deploy.session import Client, Session

PATIENCE: Final = 10  # seconds for a page
_DELIVERY: Final = 60  # seconds until the agent has to have taken the command; AWS allows 30 at the least
_AT_MOST: Final = 120.0  # seconds until an end is known, whatever SSM says
_SHOWN: Final = 200  # characters of a page
_MARK: Final = "private-fargate-reply"
_REPLY: Final = re.compile(rf"{_MARK} (\d{{3}}) ([\d.,]+)")

_WAITING: Final = frozenset({"Pending", "InProgress", "Delayed", "Cancelling"})
_ENDED: Final = frozenset({"Success", "Failed"})  # the command ran, and has an exit code


def curl(url: str, program: tuple[str, ...] = ("curl",)) -> list[str]:
    """Return the command that fetches a page, and then says status and seconds where errors are written.

    Args:
        url: what to fetch.
        program: how curl is called.
    """
    said = f"%{{stderr}}{_MARK} %{{http_code}} %{{time_total}}"
    quiet = ("--silent", "--show-error", "--noproxy", "*", "--max-time", str(PATIENCE))
    return [*program, *quiet, "--write-out", said, url]


def reply_of(service: str, url: str, way: str, out: str, err: str = "") -> Reply:
    """Return what curl's output tells; where a terminal mixed the two streams, both are in `out`."""
    found = _REPLY.search(err) or _REPLY.search(out)
    body = _REPLY.sub("", out).strip()[:_SHOWN]
    words = _REPLY.sub("", err).strip()
    status = int(found[1]) if found else 0
    if not status:
        return Reply(service=service, url=url, way=way, error=words or body or "nothing came back")
    seconds = float(found[2].replace(",", ".")) if found else 0.0
    return Reply(service=service, url=url, way=way, status=status, seconds=seconds, body=body, error=words)


def by_jump_host(session: Session, host: str, service: str, url: str) -> Reply:
    """Fetch a page on the jump host, through Session Manager's run command.

    Args:
        session: where the jump host is.
        host: the instance's ID.
        service: whose page it is.
        url: as the stack's outputs have it.

    Raises:
        DeployError: AWS cannot be reached, or refuses.
    """
    way = f"jump host {host}, Systems Manager"
    ssm = session.client("ssm")
    with explained():
        try:
            sent = ssm.send_command(
                InstanceIds=[host],
                DocumentName="AWS-RunShellScript",
                Comment=f"private-fargate smoke {service}",
                TimeoutSeconds=_DELIVERY,
                Parameters={"commands": [shlex.join(curl(url))], "executionTimeout": [str(3 * PATIENCE)]},
            )
        except ClientError as error:
            if code_of(error) != "InvalidInstanceId":
                raise
            why = (
                "Systems Manager does not know it: it does not run, or its agent reaches no endpoint of "
                "ssm, ssmmessages and ec2messages"
            )
            return Reply(service=service, url=url, way=way, error=why)
        ended = _invocation(ssm, sent["Command"]["CommandId"], host)
    if ended.get("Status") in _ENDED and ended.get("ResponseCode", -1) >= 0:
        out, err = ended.get("StandardOutputContent", ""), ended.get("StandardErrorContent", "")
        return reply_of(service, url, way, out, err)
    why = f"the command did not run: {ended.get('StatusDetails') or ended.get('Status')}"
    return Reply(service=service, url=url, way=way, error=why)


def _invocation(ssm: Client, command: str, host: str) -> dict[str, Any]:
    """Return how a command ended.  For some seconds after it was sent, SSM may not know it yet."""
    until = time.monotonic() + _AT_MOST
    answer: dict[str, Any] = {"Status": "unknown to Systems Manager"}
    for pause in pauses():
        try:
            answer = ssm.get_command_invocation(CommandId=command, InstanceId=host)
        except ClientError as error:
            if code_of(error) != "InvocationDoesNotExist":
                raise
        else:
            if answer["Status"] not in _WAITING:
                return answer
        if time.monotonic() + pause > until:
            break
        time.sleep(pause)
    return {"Status": f"no end after {_AT_MOST:g} s, {answer['Status']}"}
