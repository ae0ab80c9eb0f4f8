"""The services of a deployed environment: what runs, how far its deployment is, who can be reached."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from private_fargate.deploy.inventory import AT_ONCE, SERVICE
from private_fargate.deploy.session import DeployError, explained, pages
from private_fargate.live.model import ServiceState, Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from private_fargate.deploy.inventory import Found
    from private_fargate.deploy.session import Client, Session

_SERVICES_PER_CALL: Final = 10  # of DescribeServices
_TASKS_PER_CALL: Final = 100  # of DescribeTasks


def services_of(session: Session, found: Iterable[Found], notes: list[str]) -> tuple[ServiceState, ...]:
    """Return the services of all stacks, by name.

    Args:
        session: where.
        found: the stacks.
        notes: takes what could not be told: whoever may see stacks may not always see what is in them.
    """
    names = {
        str(resource["PhysicalResourceId"]): stack.name_of(resource)
        for stack in found
        for resource in stack.of_type(SERVICE)
    }
    try:
        with explained():
            states = _states(session, names)
    except DeployError as error:
        notes.append(f"services: {error}")
        return ()
    missing = names.keys() - {state.arn for state in states}
    notes += [f"service {names[arn]}: {arn} is gone; somebody deleted it" for arn in sorted(missing)]
    return tuple(sorted(states, key=lambda state: state.name))


def _states(session: Session, names: Mapping[str, str]) -> list[ServiceState]:
    """Return the services of these ARNs that are there."""
    ecs = session.client("ecs")
    by_cluster: dict[str, list[str]] = {}
    for arn in names:
        by_cluster.setdefault(cluster_of(arn), []).append(arn)
    described: list[dict[str, Any]] = [
        service
        for cluster, arns in sorted(by_cluster.items())
        for start in range(0, len(arns), _SERVICES_PER_CALL)
        for service in ecs.describe_services(
            cluster=cluster, services=arns[start : start + _SERVICES_PER_CALL]
        )["services"]
        if service["status"] != "INACTIVE"
    ]
    session.client("elbv2")  # boto3 makes clients in one thread only

    def read(each: dict[str, Any]) -> ServiceState:
        return _state(session, names[each["serviceArn"]], each)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(read, described))


def cluster_of(service: str) -> str:
    """Return the cluster that the ARN of a service names; the old short form names none.

    >>> cluster_of("arn:aws:ecs:us-east-1:123456789012:service/main/web")
    'main'
    """
    parts = service.split("/")
    return parts[1] if len(parts) > 2 else "default"  # noqa: PLR2004 -- service, cluster, name


def _state(session: Session, name: str, described: Mapping[str, Any]) -> ServiceState:
    primary: dict[str, Any] = next(
        (d for d in described.get("deployments", []) if d["status"] == "PRIMARY"), dict[str, Any]()
    )
    events = described.get("events", [])
    balancers = described.get("loadBalancers", [])
    return ServiceState(
        name=name,
        arn=described["serviceArn"],
        status=described["status"],
        desired=described["desiredCount"],
        running=described["runningCount"],
        pending=described["pendingCount"],
        rollout=primary.get("rolloutState", ""),
        reason=primary.get("rolloutStateReason", ""),
        images=_images(session.client("ecs"), described),
        event=events[0]["message"] if events else "",
        targets=targets_of(session, [b["targetGroupArn"] for b in balancers if "targetGroupArn" in b]),
    )


def _images(ecs: Client, service: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what the tasks of a service run; without any, what they would run."""
    where = {"cluster": service["clusterArn"], "serviceName": service["serviceName"]}
    arns = [arn for page in pages(ecs, "list_tasks", **where) for arn in page["taskArns"]]
    found: dict[str, None] = {}
    for start in range(0, len(arns), _TASKS_PER_CALL):
        described = ecs.describe_tasks(
            cluster=service["clusterArn"], tasks=arns[start : start + _TASKS_PER_CALL]
        )
        for task in described["tasks"]:
            for container in task["containers"]:
                found[with_digest(container.get("image", ""), container.get("imageDigest", ""))] = None
    if not found:
        definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])
        found = {each["image"]: None for each in definition["taskDefinition"]["containerDefinitions"]}
    return tuple(found)


def with_digest(image: str, digest: str) -> str:
    """Return an image with the digest that runs, which is not that of a list of images for many platforms.

    >>> with_digest("example/web:1.29", "sha256:0123")
    'example/web:1.29@sha256:0123'
    >>> with_digest("example/web@sha256:0123", "sha256:4567")
    'example/web@sha256:4567'
    """
    return f"{image.partition('@')[0]}@{digest}" if digest else image


def targets_of(session: Session, groups: Iterable[str]) -> tuple[Target, ...]:
    """Return what is registered with target groups, and how it is."""
    elb = session.client("elbv2")
    return tuple(
        Target(
            address=":".join(str(each["Target"][key]) for key in ("Id", "Port") if key in each["Target"]),
            state=each["TargetHealth"]["State"],
            reason=each["TargetHealth"].get("Description", each["TargetHealth"].get("Reason", "")),
        )
        for group in groups
        for each in elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    )
