"""Rules about what Fargate does not have, or has by another name: platforms, placement, roles, limits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from private_fargate.aws.limits import TASK_SECURITY_GROUPS, TASK_SUBNETS
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.rules.services.facts import (
    fargate_services,
    is_connected,
    mappings,
)
from private_fargate.verify.tasks.workloads import (
    is_on_fargate,
    one_word,
)
from private_fargate.verify.templates.values import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.resources import Resource

_NETWORK: Final = ("NetworkConfiguration", "AwsvpcConfiguration")
_VERSION: Final = re.compile(r"\d+(\.\d+)*")
_FIRST_MODERN: Final = (1, 4)


@rule(
    "SVC-010",
    "error",
    "The platform version has what the tasks ask for",
    symptom="PlatformTaskDefinitionIncompatibilityException: One or more of the requested capabilities are "
    "not supported.",
    fix="Leave PlatformVersion out, or set it to LATEST or 1.4.0.",
    source="AmazonECS/latest/developerguide/platform-versions.html, platform version 1.4.0",
)
def platform_has_the_features(model: Model) -> Iterator[Fault]:
    """An old version is still accepted by its name, and refused only with what came after it."""
    for task in fargate_services(model):
        version = task.resource.text("PlatformVersion")
        if version is None or not _VERSION.fullmatch(version) or not _is_linux(task.definition):
            continue
        if tuple(int(part) for part in version.split("."))[:2] >= _FIRST_MODERN:
            continue
        features = list(_features(model, task))
        if features:
            yield Fault(
                task.resource,
                f"{task.name} runs on platform version {version}, and needs 1.4.0 for {', '.join(features)}",
                ("PlatformVersion",),
            )


def _is_linux(definition: Resource | None) -> bool:
    """Say whether tasks run on Linux for certain; Windows counts its platform versions otherwise."""
    if definition is None:
        return False
    family = definition.get("RuntimePlatform", "OperatingSystemFamily")
    return family is None or one_word(family, "LINUX") is True


def _features(model: Model, task: Workload) -> Iterator[str]:
    """Give what a service uses that came with platform version 1.4.0."""
    if task.exec is True:
        yield "ECS Exec"
    if is_connected(task.resource) is True:
        yield "Service Connect"
    definition = task.definition
    if definition is None:
        return
    volumes = [volume for _, volume in mappings(definition.items("Volumes"))]
    if any(isinstance(volume.get("EFSVolumeConfiguration"), dict) for volume in volumes):
        yield "EFS volumes"
    if isinstance(definition.get("EphemeralStorage"), dict):
        yield "EphemeralStorage"
    if one_word(definition.get("RuntimePlatform", "CpuArchitecture"), "ARM64") is True:
        yield "ARM64"
    subnets = [model.system.find(subnet, "EC2::Subnet") for subnet in task.subnets.values]
    if any(subnet is not None and subnet.flag("Ipv6Native") is True for subnet in subnets):
        yield "subnets with IPv6 alone"


@rule(
    "SVC-011",
    "error",
    "A service on Fargate is a replica service",
    symptom="Specifying a capacity provider strategy is not supported when you create a service using the "
    "DAEMON scheduling strategy. / InvalidParameterException, which names the daemon scheduling strategy",
    fix="Remove SchedulingStrategy, or set it to REPLICA, and set DesiredCount.",
    source="AmazonECS/latest/developerguide/ecs_service-options.html, Daemon strategy",
)
def is_a_replica_service(model: Model) -> Iterator[Fault]:
    """A daemon has one task on each instance, and Fargate has no instances."""
    for task in fargate_services(model):
        if one_word(task.resource.get("SchedulingStrategy"), "DAEMON") is True:
            message = f"{task.name} is a DAEMON service, and runs on Fargate"
            yield Fault(task.resource, message, ("SchedulingStrategy",))


@rule(
    "SVC-012",
    "error",
    "A service on Fargate leaves placement to Fargate",
    symptom="Placement strategies are not supported with FARGATE launch type. / Placement constraints are "
    "not supported with FARGATE launch type.",
    fix="Remove PlacementStrategies and PlacementConstraints; Fargate spreads tasks over the subnets' zones.",
    source="AmazonECS/latest/developerguide/task-placement.html",
)
def places_no_tasks(model: Model) -> Iterator[Fault]:
    """Placement chooses among instances; on Fargate there are none to choose from."""
    for task in fargate_services(model):
        for name in ("PlacementStrategies", "PlacementConstraints"):
            if task.resource.items(name).values:
                yield Fault(task.resource, f"{task.name} has {name}, and runs on Fargate", (name,))


@rule(
    "SVC-013",
    "error",
    "A service with awsvpc tasks leaves the load balancer to the service-linked role",
    symptom="You cannot specify an IAM role for services that require a service linked role.",
    fix="Remove Role from the service.",
    source="AmazonECS/latest/APIReference/API_CreateService.html, role",
)
def names_no_role(model: Model) -> Iterator[Fault]:
    """Role is older than awsvpc; with it ECS takes the service-linked role, and refuses any other."""
    for task in fargate_services(model):
        role = task.resource.get("Role")
        if role is not None:
            yield Fault(task.resource, f"{task.name} has the role {as_text(role)}", ("Role",))


@rule(
    "SVC-018",
    "error",
    "A service has no more subnets and security groups than ECS takes",
    symptom="InvalidParameterException from CreateService, which names subnets or securityGroups",
    fix="Name at most 16 subnets and 5 security groups.",
    source="AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html",
)
def fits_the_limits(model: Model) -> Iterator[Fault]:
    """The limits are those of the network interface, and the schema of the resource does not have them."""
    limits = (("Subnets", TASK_SUBNETS.value), ("SecurityGroups", TASK_SECURITY_GROUPS.value))
    for task in model.tasks:
        if task.kind != "service" or is_on_fargate(model.system, task.resource) is False:
            continue
        for (name, limit), items in zip(limits, (task.subnets, task.groups), strict=True):
            if len(items.values) > limit:
                message = f"{task.name} names {len(items.values)} {name}; ECS takes {limit}"
                yield Fault(task.resource, message, (*_NETWORK, name))


RULES: Final[tuple[Rule, ...]] = (
    platform_has_the_features,
    is_a_replica_service,
    places_no_tasks,
    names_no_role,
    fits_the_limits,
)
