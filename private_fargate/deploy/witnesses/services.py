"""What ECS knows about a service that did not come up: its stopped tasks, their logs, its own events.

ECS keeps stopped tasks for an hour at least, but a rollback deletes the service that they belonged to, and
perhaps the log: it is best asked as soon as the service has failed.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from private_fargate.deploy.witnesses.inquiry import Inquiry

_SHOWN: Final = 3  # different reasons of tasks, and events of the service: more are never read
_LINES: Final = 8  # of a container's log
_MOST: Final = 100  # tasks that DescribeTasks takes at once

# A task that was stopped because the service no longer wants it says nothing about why the service failed.
_UNWANTED: Final = ("Scaling activity initiated by", "Task stopped by user")

# The events of a service that speak of trouble; most speak of progress.  They are listed in
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
_TROUBLE: Final = re.compile(
    r"unable to|failed|unhealthy|error|rolling back|not in a steady|impaired|insufficient|has been throttled",
    re.IGNORECASE,
)

# What differs between two tasks that stopped for the same reason.
_OWN: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{32}\b|\b\d+(?:\.\d+){3}\b|\b\d+\b")


def ask_about_service(inquiry: Inquiry, service: str) -> None:
    """Note why the tasks of a service stopped, what its containers wrote last, and what ECS said.

    Args:
        inquiry: where it is noted.
        service: its ARN, which is its physical ID; empty if it never came to be.
    """
    if not service:
        return
    cluster, name = _cluster_and_name(service)
    where = {"cluster": cluster} if cluster else {}
    tasks = _stopped(inquiry, where, name)
    for each in _distinct(tasks):
        _note_task(inquiry, *each)
    for task in tasks:
        if _note_log(inquiry, task):
            break
    described = inquiry.ask("ecs", "describe_services", **where, services=[name]).get("services", [])
    for each in described:
        _note_service(inquiry, each)


def _cluster_and_name(service: str) -> tuple[str, str]:
    """Return the names in an ARN; older ones name no cluster.

    >>> _cluster_and_name("arn:aws:ecs:us-east-1:123456789012:service/prod/web")
    ('prod', 'web')
    """
    parts = service.rpartition(":")[2].split("/")
    return (parts[-2] if len(parts) > 2 else ""), parts[-1]  # noqa: PLR2004 -- "service", cluster, name


def _stopped(inquiry: Inquiry, where: dict[str, str], service: str) -> list[dict[str, Any]]:
    """Return the tasks of a service that stopped of themselves, the last first."""
    listed = inquiry.ask("ecs", "list_tasks", **where, serviceName=service, desiredStatus="STOPPED")
    arns = listed.get("taskArns", [])[:_MOST]
    if not arns:
        return []
    tasks = inquiry.ask("ecs", "describe_tasks", **where, tasks=arns).get("tasks", [])
    own = [task for task in tasks if not task.get("stoppedReason", "").startswith(_UNWANTED)]
    return sorted(
        own, key=lambda task: task.get("stoppedAt") or datetime.min.replace(tzinfo=UTC), reverse=True
    )


def _distinct(tasks: Iterable[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield the last task of each reason, with how many stopped for it, the most frequent reason first."""
    alike: dict[str, list[dict[str, Any]]] = {}
    for task in tasks:
        alike.setdefault(_OWN.sub("", " ".join(_words(task))), []).append(task)
    often = sorted(alike.values(), key=len, reverse=True)
    yield from ((same[0], len(same)) for same in often[:_SHOWN])


def _words(task: dict[str, Any]) -> list[str]:
    """Return what a task and its containers say about their end."""
    code, reason = task.get("stopCode", ""), task.get("stoppedReason", "")
    said = [f"{code}: {reason}" if code and not reason.startswith(code) else reason]
    for container in task.get("containers", []):
        ends = [str(container["reason"])] if container.get("reason") else []
        if container.get("exitCode") is not None:
            ends.insert(0, f"exit code {container['exitCode']}")
        if ends:
            said.append(f"container {container.get('name', '')}: {', '.join(ends)}")
    return [each for each in said if each]


def _note_task(inquiry: Inquiry, task: dict[str, Any], count: int) -> None:
    others = f" and {count - 1} more" if count > 1 else ""
    source = f"stopped task {_task_id(task)}{others}"
    for words in _words(task):
        inquiry.note(source, words, task.get("stoppedAt"))


def _task_id(task: dict[str, Any]) -> str:
    return str(task["taskArn"]).rpartition("/")[2]


def _note_log(inquiry: Inquiry, task: dict[str, Any]) -> bool:
    """Note the last lines of the first container of a task that ran and ended; say whether there is one."""
    ended = [each["name"] for each in task.get("containers", []) if each.get("exitCode") is not None]
    if not ended:
        return False
    answer = inquiry.ask("ecs", "describe_task_definition", taskDefinition=task["taskDefinitionArn"])
    for container in answer.get("taskDefinition", {}).get("containerDefinitions", []):
        options = container.get("logConfiguration", {}).get("options", {})
        group, prefix = options.get("awslogs-group"), options.get("awslogs-stream-prefix")
        if container["name"] in ended and group and prefix:
            note_lines(inquiry, group, f"{prefix}/{container['name']}/{_task_id(task)}")
            return True
    return False


def note_lines(inquiry: Inquiry, group: str, stream: str) -> None:
    """Note the last lines of a log, oldest first."""
    answer = inquiry.ask(
        "logs", "get_log_events", logGroupName=group, logStreamName=stream, limit=_LINES, startFromHead=False
    )
    for event in answer.get("events", [])[-_LINES:]:
        time = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
        inquiry.note(f"log {group} {stream}", event["message"], time)


def _note_service(inquiry: Inquiry, service: dict[str, Any]) -> None:
    """Note what ECS said about a service: the last events that speak of trouble, and its deployments."""
    source = f"ECS about {service.get('serviceName', 'the service')}"
    seen: set[str] = set()
    for event in service.get("events", []):
        kind = _OWN.sub("", event["message"])
        if _TROUBLE.search(event["message"]) and kind not in seen and len(seen) < _SHOWN:
            seen.add(kind)
            inquiry.note(source, event["message"], event.get("createdAt"))
    for deployment in service.get("deployments", []):
        reason = deployment.get("rolloutStateReason", "")
        if deployment.get("rolloutState") == "FAILED" or deployment.get("failedTasks"):
            failed = f" ({deployment['failedTasks']} tasks failed)" if deployment.get("failedTasks") else ""
            inquiry.note(f"deployment {deployment.get('id', '')}", f"{reason}{failed}")
