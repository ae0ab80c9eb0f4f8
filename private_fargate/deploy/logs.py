"""What the tasks of a service write: its log group, found through its stack, and the lines by time."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from private_fargate.deploy.inventory import SERVICE, each_found, root_of
from private_fargate.deploy.services import cluster_of
from private_fargate.deploy.session import explained
from private_fargate.errors import UserError
from private_fargate.live.model import LogLine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.deploy.inventory import Found
    from private_fargate.deploy.session import Session

_LOG_GROUP: Final = "AWS::Logs::LogGroup"
_PAUSE: Final = 2.0  # seconds between two looks
_LATENESS: Final = 30  # seconds after which no line is expected that is older than one that was seen


class NoSuchServiceError(UserError):
    """The environment has no service of this name, or it has no log."""


def log_group_of(session: Session, stack: str, service: str) -> str:
    """Return the name of the log group to which a service's tasks write.

    Args:
        session: where.
        stack: the root's name or ARN.
        service: as the settings call it.

    Raises:
        NoSuchStackError: there is no such stack.
        NoSuchServiceError: there is no such service, or no log group with it; the message says what there is.
        DeployError: AWS cannot be asked.
    """
    root = root_of(session, stack)
    with explained():
        services = _services(each_found(session, root))
        if service not in services:
            known = ", ".join(sorted(services)) or "none"
            message = f"{service}: {stack} has no such service; its services are: {known}"
            raise NoSuchServiceError(message)
        found, resource = services[service]
        groups = [str(group["PhysicalResourceId"]) for group in found.of_type(_LOG_GROUP)]
        if len(groups) == 1:
            return groups[0]
        written = _written_to(session, str(resource["PhysicalResourceId"]))
    if written:
        return written
    message = f"{service}: its tasks write to no log group; give them the log driver awslogs"
    raise NoSuchServiceError(message)


def log_lines(
    session: Session, group: str, *, since: datetime, pattern: str = "", follow: bool = False
) -> Iterator[LogLine]:
    """Yield the lines of all tasks by time, as AWS sorts them.

    Args:
        session: where.
        group: the log group's name.
        since: the time of the oldest line.
        pattern: CloudWatch's filter pattern; empty takes every line.
        follow: whether to go on with new lines, for ever.

    Raises:
        DeployError: AWS cannot be asked; the group was deleted.
    """
    start = _milliseconds(since)
    seen: dict[str, int] = {}  # a line's ID -> its time
    while True:
        for event in _events(session, group, start, pattern):
            if event["eventId"] not in seen:
                seen[event["eventId"]] = event["timestamp"]
                yield _line(event)
        if not follow:
            return
        # A line can be served after younger ones: each look reaches back a little.
        start = max([start, *(when - _LATENESS * 1_000 for when in seen.values())])
        seen = {name: when for name, when in seen.items() if when >= start}
        time.sleep(_PAUSE)


def _line(event: Mapping[str, Any]) -> LogLine:
    return LogLine(
        time=datetime.fromtimestamp(event["timestamp"] / 1_000, UTC),
        task=event["logStreamName"].rsplit("/", 1)[-1],
        stream=event["logStreamName"],
        message=event["message"].rstrip("\n"),
    )


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000)


def _events(session: Session, group: str, start: int, pattern: str) -> Iterator[dict[str, Any]]:
    """Yield the lines page after page; one without a line may well have a successor."""
    logs = session.client("logs")
    token: dict[str, str] = {}
    chosen = {"filterPattern": pattern} if pattern else {}
    while True:
        with explained():
            page = logs.filter_log_events(logGroupName=group, startTime=start, **chosen, **token)
        yield from page["events"]
        if not page.get("nextToken"):
            return
        token = {"nextToken": page["nextToken"]}


def _services(every: list[Found]) -> dict[str, tuple[Found, Mapping[str, Any]]]:
    return {
        found.name_of(resource): (found, resource) for found in every for resource in found.of_type(SERVICE)
    }


def _written_to(session: Session, service: str) -> str:
    """Return the log group that a service's task definition names, empty if it names none."""
    ecs = session.client("ecs")
    described = ecs.describe_services(cluster=cluster_of(service), services=[service])["services"]
    for each in described:
        definition = ecs.describe_task_definition(taskDefinition=each["taskDefinition"])["taskDefinition"]
        for container in definition["containerDefinitions"]:
            options = container.get("logConfiguration", {}).get("options", {})
            if "awslogs-group" in options:
                return str(options["awslogs-group"])
    return ""
