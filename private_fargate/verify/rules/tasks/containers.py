"""Rules about containers: what Fargate refuses, and what has to agree between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.rules.tasks.parts import at, definitions, is_set, known_text, named, parts
from private_fargate.verify.templates.symbols import has_unknown
from private_fargate.verify.templates.values import as_text, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.rules.tasks.parts import At, Definition

_DIFFERENCES: Final = "AmazonECS/latest/developerguide/fargate-tasks-services.html"
_CONTAINER: Final = "AmazonECS/latest/APIReference/API_ContainerDefinition.html"
_PORT: Final = "AmazonECS/latest/APIReference/API_PortMapping.html"
_LINUX: Final = "AmazonECS/latest/APIReference/API_LinuxParameters.html"

_NOT_UNDER_AWSVPC: Final = (
    "ExtraHosts",
    "Hostname",
    "DnsServers",
    "DnsSearchDomains",
    "DockerSecurityOptions",
)
_RESERVED: Final = ("ecs-service-connect-", "aws-guardduty-agent")
_LEAST_SECONDS: Final = 2
_MOST_SECONDS: Final = 120


@rule(
    "TASK-003",
    "error",
    "A port of the host, if one is given, is the port of the container",
    symptom="When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
    fix="Remove HostPort.",
    source=_PORT,
)
def host_port_is_container_port(model: Model) -> Iterator[Fault]:
    """Each task has an interface of its own, so no port is mapped; a HostPort of 0 is left over from EC2."""
    for definition, container in parts(model):
        for index, mapping in enumerate(container.items("PortMappings").values):
            if not isinstance(mapping, dict) or not definition.has_awsvpc:
                continue
            host, port = mapping.get("HostPort"), mapping.get("ContainerPort")
            if host is not None and port is not None and same(host, port) is False:
                message = (
                    f"the container {container.name} has port {as_text(port)}, and HostPort {as_text(host)}"
                )
                where = at(container, "PortMappings", index, "HostPort")
                yield Fault(definition.resource, message, where, definition.breaks)


@rule(
    "TASK-009",
    "error",
    "No container on Fargate is privileged",
    symptom="Fargate requires that the 'privileged' setting be 'false'",
    fix="Remove Privileged.",
    source=_DIFFERENCES,
)
def is_not_privileged(model: Model) -> Iterator[Fault]:
    """A privileged container would own the machine, which is not the customer's."""
    for definition, container in parts(model):
        if container.flag("Privileged"):
            message = f"the container {container.name} is privileged"
            yield Fault(definition.resource, message, at(container, "Privileged"), definition.breaks)


@rule(
    "TASK-010",
    "error",
    "Containers of a task on Fargate are not linked",
    symptom="Links are not supported when networkMode=awsvpc",
    fix="Remove Links; the containers of a task reach each other at localhost.",
    source=_CONTAINER,
)
def has_no_links(model: Model) -> Iterator[Fault]:
    """Links are of the network mode bridge."""
    for definition, container in parts(model):
        links = [link for link in container.items("Links").values if not has_unknown(link)]
        if links and definition.has_awsvpc:
            message = f"the container {container.name} is linked to {', '.join(map(as_text, links))}"
            yield Fault(definition.resource, message, at(container, "Links"), definition.breaks)


@rule(
    "TASK-011",
    "error",
    "A container on Fargate leaves names and addresses to the task's interface",
    symptom="Extra hosts are not supported on container when networkMode=awsvpc",
    fix="Remove ExtraHosts, Hostname, DnsServers, DnsSearchDomains, DockerSecurityOptions and "
    "DisableNetworking.",
    source=_DIFFERENCES,
)
def leaves_names_alone(model: Model) -> Iterator[Fault]:
    """The properties are those of Docker's own network, and CloudFormation knows them all."""
    for definition, container in parts(model):
        found = [name for name in _NOT_UNDER_AWSVPC if is_set(container.get(name))]
        if container.flag("DisableNetworking"):
            found.append("DisableNetworking")
        if definition.has_awsvpc:
            for name in found:
                message = f"the container {container.name} has {name}"
                yield Fault(definition.resource, message, at(container, name), definition.breaks)


@rule(
    "TASK-012",
    "error",
    "A task has a container that is essential",
    symptom="Task definition doesn't have any essential container",
    fix="Set Essential: true for the container that the task is about, or leave it out: that is the default.",
    source=_CONTAINER,
)
def has_an_essential_container(model: Model) -> Iterator[Fault]:
    """A task ends with its first essential container, so there has to be one."""
    for definition in definitions(model):
        flags = [container.flag("Essential", default=True) for container in definition.containers]
        if definition.complete and flags and all(flag is False for flag in flags):
            message = "no container is essential"
            where = at(definition.containers[0], "Essential")
            yield Fault(definition.resource, message, where, definition.breaks)


@rule(
    "TASK-013",
    "error",
    "Timeouts of a container are between 2 and 120 seconds",
    symptom="ClientException: RegisterTaskDefinition refuses the task definition",
    fix="Set StopTimeout and StartTimeout from 2 to 120.",
    source=_CONTAINER,
)
def timeouts_in_range(model: Model) -> Iterator[Fault]:
    """On EC2 there is no such limit, and CloudFormation knows none."""
    for definition, container in parts(model):
        for name in ("StopTimeout", "StartTimeout"):
            seconds = container.number(name)
            if seconds is not None and not _LEAST_SECONDS <= seconds <= _MOST_SECONDS:
                message = f"the container {container.name} has a {name} of {seconds} seconds"
                yield Fault(definition.resource, message, at(container, name), definition.breaks)


@rule(
    "TASK-018",
    "error",
    "A container that another waits for to be healthy has a health check",
    symptom="A dependency container with HEALTHY condition must have health check configured",
    fix="Add HealthCheck to the container that is waited for, or wait for START.",
    source="AmazonECS/latest/APIReference/API_ContainerDependency.html",
)
def waits_for_a_health_check(model: Model) -> Iterator[Fault]:
    """ECS does not look at the HEALTHCHECK of an image."""
    for definition, container in parts(model):
        others = {other.name: other for other in definition.containers}
        for index, name, dependency in named(container.get("DependsOn"), "ContainerName"):
            other = others.get(name)
            waits = same(dependency.get("Condition") or "", "HEALTHY") is True
            if waits and other is not None and other.get("HealthCheck") is None:
                message = f"{container.name} waits until {name} is healthy, which has no HealthCheck"
                yield Fault(
                    definition.resource, message, at(container, "DependsOn", index), definition.breaks
                )


@rule(
    "TASK-026",
    "error",
    "A container asks the kernel for nothing that Fargate does not give",
    symptom="Fargate compatible task definitions do not support sharedMemorySize",
    fix="Remove SharedMemorySize, MaxSwap, Swappiness and Devices, and add no capability but SYS_PTRACE.",
    source=_LINUX,
)
def asks_little_of_the_kernel(model: Model) -> Iterator[Fault]:
    """LinuxParameters are one structure for EC2 and for Fargate, which refuses half of it."""
    for definition, container in parts(model):
        for name in ("SharedMemorySize", "MaxSwap", "Swappiness", "Devices"):
            if is_set(container.get("LinuxParameters", name)):
                message = f"the container {container.name} has {name}"
                where = at(container, "LinuxParameters", name)
                yield Fault(definition.resource, message, where, definition.breaks)
        added = container.items("LinuxParameters", "Capabilities", "Add").values
        refused = [as_text(item) for item in added if same(item, "SYS_PTRACE") is False]
        if refused:
            message = f"the container {container.name} adds the capability {', '.join(refused)}"
            where = at(container, "LinuxParameters", "Capabilities", "Add")
            yield Fault(definition.resource, message, where, definition.breaks)


@rule(
    "TASK-028",
    "error",
    "Containers, and named ports, have names of their own",
    symptom="Container names must be unique within a task definition",
    fix="Rename one of them.",
    source=f"{_CONTAINER}; {_PORT}",
)
def names_are_unique(model: Model) -> Iterator[Fault]:
    """A service refers to both by name."""
    for definition in definitions(model):
        for kind, listed in (("container", _containers(definition)), ("port", _ports(definition))):
            seen: set[str] = set()
            for name, where in listed:
                if name in seen:
                    message = f"there is more than one {kind} {name}"
                    yield Fault(definition.resource, message, where, definition.breaks)
                seen.add(name)


def _containers(definition: Definition) -> Iterator[tuple[str, At]]:
    for container in definition.containers:
        if container.get("Name") is not None:
            yield container.name, at(container, "Name")


def _ports(definition: Definition) -> Iterator[tuple[str, At]]:
    for container in definition.containers:
        for index, name, _ in named(container.get("PortMappings")):
            yield name, at(container, "PortMappings", index, "Name")


@rule(
    "TASK-034",
    "error",
    "No container has a name that AWS keeps for its own",
    symptom="ClientException: the name of the container is reserved",
    fix="Rename the container.",
    source="AmazonECS/latest/developerguide/service-connect-concepts-deploy.html",
)
def names_are_free(model: Model) -> Iterator[Fault]:
    """ECS puts containers of these names into a task for Service Connect and for GuardDuty."""
    for definition, container in parts(model):
        name = known_text(container.get("Name")) or ""
        if name.startswith(_RESERVED):
            message = f"the container name {name} begins as those of AWS do"
            yield Fault(definition.resource, message, at(container, "Name"), definition.breaks)


RULES: Final[tuple[Rule, ...]] = (
    host_port_is_container_port,
    is_not_privileged,
    has_no_links,
    leaves_names_alone,
    has_an_essential_container,
    timeouts_in_range,
    waits_for_a_health_check,
    asks_little_of_the_kernel,
    names_are_unique,
    names_are_free,
)
