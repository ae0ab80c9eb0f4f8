"""Sessions of people: a shell in a task, and ports forwarded through the jump host.

AWS's own plugin carries them.  It is started here rather than by the AWS CLI: that would be a second program
to install, with a profile and an endpoint of its own to be told.

Source: the order of the plugin's arguments is that of awscli/customizations/ecs/executecommand.py and
awscli/customizations/sessionmanager.py; after 1.2.497.0 it takes the token from a variable, where `ps` does
not show it.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from private_fargate.deploy.services import cluster_of
from private_fargate.deploy.session import DeployError, explained
from private_fargate.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from private_fargate.deploy.session import Session

PLUGIN: Final = "session-manager-plugin"
_RESPONSE: Final = "AWS_SSM_START_SESSION_RESPONSE"
_LAST_WITHOUT_VARIABLE: Final = (1, 2, 497, 0)
_FORWARDING: Final = "AWS-StartPortForwardingSessionToRemoteHost"
_TASKS_PER_CALL: Final = 100  # of DescribeTasks
_AGENT: Final = "ExecuteCommandAgent"
_ADDED: Final = "aws-guardduty-agent"  # a container that no task definition has


class PluginMissingError(UserError):
    """AWS's plugin for sessions is not installed."""

    exit_code: ClassVar[int] = 4


class NotOpenError(DeployError):
    """Nobody may run commands in the task, or nothing runs; the text says what to change."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A container in a task that runs.

    Attributes:
        cluster: Its name.
        task: The task's ID.
        container: The container's name.
        runtime_id: What the agent calls the container.
    """

    cluster: str
    task: str
    container: str
    runtime_id: str


def require_plugin() -> str:
    """Return the path of AWS's plugin for sessions.

    Raises:
        PluginMissingError: it is not there; the text says how to get it.
    """
    found = shutil.which(PLUGIN)
    if found is None:
        message = (
            f"{PLUGIN} is not installed, and AWS has no other way into a task: `brew install --cask "
            f"{PLUGIN}` on macOS; elsewhere the package that the Systems Manager User Guide names under "
            "“Install the Session Manager plugin”"
        )
        raise PluginMissingError(message)
    return found


def place_in(session: Session, service: str, *, name: str, task: str = "", container: str = "") -> Place:
    """Return where a command is to run: in the named container, else in the service's own.

    Args:
        session: where.
        service: its ARN.
        name: what the settings call the service.
        task: the ID of one of its tasks; any that runs, if empty.
        container: its name; the first of the task definition, if empty.

    Raises:
        NotOpenError: no such task runs, or commands are not allowed in it.
    """
    ecs, cluster = session.client("ecs"), cluster_of(service)
    with explained():
        arns = ecs.list_tasks(cluster=cluster, serviceName=service, desiredStatus="RUNNING")["taskArns"]
        tasks: list[dict[str, Any]] = []
        if arns:
            tasks = ecs.describe_tasks(cluster=cluster, tasks=arns[:_TASKS_PER_CALL])["tasks"]
    ids = {each["taskArn"].rsplit("/", 1)[-1]: each for each in tasks if each["lastStatus"] == "RUNNING"}
    if not ids or (task and task not in ids):
        which = f"--task {task} is none of its tasks that run" if task else "no task of it runs"
        message = f"{name}: {which} ({', '.join(ids) or 'none'}); `build.py status` shows them"
        raise NotOpenError(message)
    chosen = task or next(iter(ids))
    found = ids[chosen]
    if not found.get("enableExecuteCommand"):
        message = (
            f"{name}: task {chosen} was started without ECS Exec; write `exec: true` under services.{name}, "
            "and deploy: tasks that are started then let people in"
        )
        raise NotOpenError(message)
    own = _container(found["containers"], name, container)
    return Place(cluster=cluster, task=chosen, container=own["name"], runtime_id=own["runtimeId"])


def _container(containers: Sequence[Mapping[str, Any]], service: str, name: str) -> Mapping[str, Any]:
    """Return the container that is meant, if its agent listens."""
    by_name = {each["name"]: each for each in containers if not each["name"].startswith(_ADDED)}
    chosen = by_name.get(name or next(iter(by_name)))
    if chosen is None:
        raise NotOpenError(f"{service}: --container {name}: the task has {', '.join(by_name)}")
    agents = {each["name"]: each["lastStatus"] for each in chosen.get("managedAgents", [])}
    if not chosen.get("runtimeId") or agents.get(_AGENT, "RUNNING") != "RUNNING":
        message = (
            f"{service}: the agent in {chosen['name']} is {agents.get(_AGENT, 'not there')}; a task "
            "that has just started needs some seconds, and one that stays so "
            "does not reach ssmmessages (`build.py verify`)"
        )
        raise NotOpenError(message)
    return chosen


def run_in_task(session: Session, place: Place, command: Sequence[str], *, plugin: str) -> int:
    """Let a person work in a task; return the plugin's exit code, which is not the command's.

    Raises:
        DeployError: AWS cannot be reached, or refuses.
    """
    opened = _execute(session, place, command)
    return _carry(session, opened, _target(place), plugin).returncode


def heard_in_task(session: Session, place: Place, command: Sequence[str], *, plugin: str) -> str:
    """Return what a command in a task writes, both streams as a terminal mixes them.

    Raises:
        DeployError: AWS cannot be reached, or refuses.
    """
    opened = _execute(session, place, command)
    done = _carry(session, opened, _target(place), plugin, listening=True)
    return done.stdout.replace("\r\n", "\n")


def forward(  # noqa: PLR0913 -- both ends of a way
    session: Session, host: str, *, to: str, port: int, local_port: int, plugin: str
) -> int:
    """Carry connections to a port of this machine to one in the VPC until Ctrl-C; return an exit code.

    Args:
        session: where.
        host: the jump host's ID.
        to: the name of whoever listens in the VPC.
        port: where it listens.
        local_port: of this machine.
        plugin: path of AWS's plugin.

    Raises:
        DeployError: AWS cannot be reached, or refuses.
    """
    asked: dict[str, Any] = {
        "Target": host,
        "DocumentName": _FORWARDING,
        "Parameters": {"host": [to], "portNumber": [str(port)], "localPortNumber": [str(local_port)]},
    }
    with explained():
        opened = session.client("ssm").start_session(**asked)
    return _carry(session, opened, asked, plugin).returncode


def _execute(session: Session, place: Place, command: Sequence[str]) -> dict[str, Any]:
    with explained():
        answer = session.client("ecs").execute_command(
            cluster=place.cluster,
            task=place.task,
            container=place.container,
            command=shlex.join(command),
            interactive=True,  # ECS has no other kind
        )
    opened = answer["session"]
    return {
        "SessionId": opened["sessionId"],
        "StreamUrl": opened["streamUrl"],
        "TokenValue": opened["tokenValue"],
    }


def _target(place: Place) -> dict[str, Any]:
    return {"Target": f"ecs:{place.cluster}_{place.task}_{place.runtime_id}"}


def _carry(
    session: Session,
    opened: Mapping[str, Any],
    asked: Mapping[str, Any],
    plugin: str,
    *,
    listening: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Let the plugin carry a session to its end; what a person types, Ctrl-C too, goes to the other side."""
    response = json.dumps({key: opened[key] for key in ("SessionId", "StreamUrl", "TokenValue")})
    hidden = _version(plugin) > _LAST_WITHOUT_VARIABLE
    endpoint = str(session.client("ssm").meta.endpoint_url)  # pyright: ignore[reportFunctionMemberAccess]
    argv = [
        plugin,
        _RESPONSE if hidden else response,
        session.region,
        "StartSession",
        "",  # a profile: only to resume a session that was cut off
        json.dumps(asked),
        endpoint,
    ]
    environment = {**os.environ, _RESPONSE: response} if hidden else None
    with _ctrl_c_is_theirs():
        return subprocess.run(  # noqa: S603 -- AWS's plugin, found by its name
            argv, env=environment, check=False, text=True, stdout=subprocess.PIPE if listening else None
        )


def _version(plugin: str) -> tuple[int, ...]:
    done = subprocess.run(  # noqa: S603 -- as above
        [plugin, "--version"], capture_output=True, text=True, check=False
    )
    parts = done.stdout.strip().split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else (0,)


@contextmanager
def _ctrl_c_is_theirs() -> Generator[None]:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
