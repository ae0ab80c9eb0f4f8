"""Rules about target groups: whether tasks can be in them, who sends traffic to them, health checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.rules.services.facts import (
    all_mappings,
    below,
    fargate_services,
    load_balancers,
    mappings,
)
from private_fargate.verify.rules.services.load_balancers_facts import (
    GROUP,
    LISTENER,
    LISTENER_RULE,
    Forwards,
)
from private_fargate.verify.tasks.workloads import one_word
from private_fargate.verify.templates.symbols import has_unknown
from private_fargate.verify.templates.unseen import is_handed_on
from private_fargate.verify.templates.values import any_of, as_int, as_text, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.rules.services.load_balancers_facts import Forward
    from private_fargate.verify.tasks.containers import Container
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System
    from private_fargate.verify.templates.values import Truth

_ALTERNATE: Final = ("AdvancedConfiguration", "AlternateTargetGroupArn")
_PRODUCTION: Final = ("AdvancedConfiguration", "ProductionListenerRule")


def _groups(system: System, entry: dict[str, Value]) -> list[Resource]:
    """Give the target groups of ours that an entry of `LoadBalancers` names, the alternate one included."""
    named = (entry.get("TargetGroupArn"), below(entry, *_ALTERNATE))
    return [found for value in named if (found := system.find(value, GROUP))]


@rule(
    "LB-001",
    "error",
    "The targets of tasks on Fargate are addresses",
    symptom="The provided target group … has target type instance, which is incompatible with the awsvpc "
    "network mode specified in the task definition.",
    fix="Set TargetType: ip on the target group.",
    source="AmazonECS/latest/developerguide/alb.html, considerations",
)
def targets_are_addresses(model: Model) -> Iterator[Fault]:
    """The default is `instance`, and a task on Fargate has an address but no instance."""
    seen: set[int] = set()
    for task in fargate_services(model):
        for _, entry in load_balancers(task.resource):
            for group in _groups(model.system, entry):
                kind = group.get("TargetType")
                if (kind is not None and one_word(kind, "IP") is not False) or id(group) in seen:
                    continue
                seen.add(id(group))
                written = "no TargetType, which means instance" if kind is None else f"TargetType {kind}"
                yield Fault(group, f"{group.address} has {written}; {task.name} needs ip", ("TargetType",))


@rule(
    "LB-002",
    "error",
    "A listener sends traffic to the target group of a service",
    symptom="The target group with targetGroupArn … does not have an associated load balancer.",
    fix="Name the target group in the DefaultActions of a listener, or in the Actions of a listener rule.",
    source="AmazonECS/latest/developerguide/service-load-balancing.html",
)
def targets_get_traffic(model: Model) -> Iterator[Fault]:
    """A target group is valid alone; ECS refuses it because no load balancer would check its targets."""
    forwards = Forwards(model.system)
    if forwards.unsure:
        return
    for task in fargate_services(model):
        for index, entry in load_balancers(task.resource):
            group = model.system.find(entry["TargetGroupArn"], GROUP)
            if group is None or _is_reached(model.system, forwards, entry):
                continue
            if is_handed_on(model.system, group.ref):
                continue
            yield Fault(
                task.resource,
                f"{task.name} registers its tasks in {group.address}, to which no listener forwards",
                ("LoadBalancers", index, "TargetGroupArn"),
            )


def _is_reached(system: System, forwards: Forwards, entry: dict[str, Value]) -> bool:
    """Say whether a listener forwards, or may forward, to one of the groups of a service.

    With blue/green ECS moves the production rule from one group to the other, so that one of them is enough.
    """
    if any(forwards.to(group.ref) for group in _groups(system, entry)):
        return True
    production = below(entry, *_PRODUCTION)
    return production is not None and system.find(production, LISTENER, LISTENER_RULE) is None


@rule(
    "LB-003",
    "error",
    "A service waits for the listener that sends traffic to it",
    symptom="The target group with targetGroupArn … does not have an associated load balancer.",
    fix="Add the listener, or the listener rule, to DependsOn of the service; from a nested stack, hand on "
    "an output that refers to it.",
    source="AmazonECS/latest/developerguide/service-load-balancing.html; "
    "AWSCloudFormation/latest/UserGuide/aws-attribute-dependson.html",
)
def waits_for_the_listener(model: Model) -> Iterator[Fault]:
    """The service refers to the target group, and so does the listener: neither waits for the other.

    The stack works when the listener wins the race, as it often does.
    """
    forwards = Forwards(model.system)
    for task in fargate_services(model):
        for index, entry in load_balancers(task.resource):
            group = model.system.find(entry["TargetGroupArn"], GROUP)
            ways = [way for found in _groups(model.system, entry) for way in forwards.to(found.ref)]
            if group is None or not ways or _is_any_before(model, [*ways, *forwards.unsure], task):
                continue
            listener = ways[0].by
            yield Fault(
                task.resource,
                f"{task.name} does not wait for {listener.address}, which forwards to {group.address}",
                ("LoadBalancers", index, "TargetGroupArn"),
                severity=None if _takes_time(model.system, listener) else "warning",
            )


def _takes_time(system: System, way: Resource) -> bool:
    """Say whether a listener waits for a load balancer, which takes minutes; a rule need not."""
    return way.type.endswith("Listener") or system.find(way.get("ListenerArn"), LISTENER) is not None


def _is_any_before(model: Model, ways: list[Forward], task: Workload) -> bool:
    return any(model.order.is_before(way.by, task.resource) for way in ways)


@rule(
    "LB-004",
    "error",
    "The container that a load balancer is for is in the task definition",
    symptom="The container app does not exist in the task definition.",
    fix="Set ContainerName to the Name of a container of the task definition.",
    source="AmazonECS/latest/APIReference/API_LoadBalancer.html, containerName",
)
def container_exists(model: Model) -> Iterator[Fault]:
    """The name is a text in two resources, and nothing ties the one to the other."""
    for task in fargate_services(model):
        if not _is_known(task):
            continue
        for index, entry in load_balancers(task.resource):
            wanted = entry.get("ContainerName")
            if wanted is None or any_of(same(wanted, found.name) for found in task.containers) is not False:
                continue
            names = ", ".join(found.name for found in task.containers)
            yield Fault(
                task.resource,
                f"{task.name} sends traffic to the container {as_text(wanted)}; its task has {names}",
                ("LoadBalancers", index, "ContainerName"),
            )


@rule(
    "LB-005",
    "error",
    "The port that a load balancer is for is a port of the container",
    symptom="The container web did not have a container port 8080 defined.",
    fix="Set ContainerPort to a ContainerPort in the PortMappings of the container, or add the mapping.",
    source="AmazonECS/latest/APIReference/API_LoadBalancer.html, containerPort",
)
def port_exists(model: Model) -> Iterator[Fault]:
    """A container may listen where it likes; ECS asks what the task definition says."""
    for task in fargate_services(model):
        if not _is_known(task):
            continue
        for index, entry in load_balancers(task.resource):
            port = as_int(entry.get("ContainerPort"))
            for container in task.containers:
                if port is None or same(entry.get("ContainerName"), container.name) is not True:
                    continue
                if _maps(container, port) is False:
                    known = ", ".join(as_text(found.get("ContainerPort")) for found in container.ports)
                    having = f"maps {known}" if known else "maps no port"
                    yield Fault(
                        task.resource,
                        f"{task.name} sends traffic to port {port} of {container.name}, which {having}",
                        ("LoadBalancers", index, "ContainerPort"),
                    )


def _is_known(task: Workload) -> bool:
    """Say whether all containers of a task are in the templates."""
    return task.definition is not None and all_mappings(task.definition.items("ContainerDefinitions"))


def _maps(container: Container, port: int) -> Truth:
    """Say whether a container maps a port, by itself or in a range."""
    items = container.items("PortMappings")
    found = any_of(_is_port(mapping, port) for _, mapping in mappings(items))
    return found if found or all_mappings(items) else None


def _is_port(mapping: dict[str, Value], port: int) -> Truth:
    written = mapping.get("ContainerPortRange")
    if written is None:
        return same(mapping.get("ContainerPort"), port)
    first, _, last = as_text(written).partition("-")
    low, high = as_int(first), as_int(last)
    return None if has_unknown(written) or low is None or high is None else low <= port <= high


@rule(
    "LB-013",
    "error",
    "A health check is over before the next one begins",
    symptom="Health check timeout '30' must be smaller than the interval '10'",
    fix="Set HealthCheckTimeoutSeconds below HealthCheckIntervalSeconds.",
    source="elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html",
)
def check_ends_in_time(model: Model) -> Iterator[Fault]:
    """The two have defaults of their own, so that setting one alone can collide with the other's.

    A check by TCP may take as long as the interval, and no longer.
    """
    for group in model.system.of(GROUP):
        timing = _timing(group)
        if timing is None:
            continue
        timeout, interval, written = timing
        by_tcp = not (_is_http(group.get("Protocol")) or _is_http(group.get("HealthCheckProtocol")))
        if timeout < interval or (timeout == interval and by_tcp):
            continue
        said = "" if written else ", its default"
        yield Fault(
            group,
            f"{group.address} checks every {interval} seconds, and waits {timeout} for an answer{said}",
            ("HealthCheckTimeoutSeconds" if written else "HealthCheckIntervalSeconds",),
        )


def _timing(group: Resource) -> tuple[int, int, bool] | None:
    """Give the timeout, the interval and whether the timeout is written; None if it is not known."""
    timeout, interval = group.get("HealthCheckTimeoutSeconds"), group.get("HealthCheckIntervalSeconds")
    is_function = one_word(group.get("TargetType"), "LAMBDA")
    if is_function is None or (timeout is None and not (_is_http(group.get("Protocol")) or is_function)):
        return None
    default_timeout, default_interval = (30, 35) if is_function else (5, 30)
    first = default_timeout if timeout is None else as_int(timeout)
    second = default_interval if interval is None else as_int(interval)
    return None if first is None or second is None else (first, second, timeout is not None)


def _is_http(protocol: Value) -> bool:
    """Say whether a protocol is one of Application Load Balancers for certain."""
    return any(one_word(protocol, name) is True for name in ("HTTP", "HTTPS"))


RULES: Final[tuple[Rule, ...]] = (
    targets_are_addresses,
    targets_get_traffic,
    waits_for_the_listener,
    container_exists,
    port_exists,
    check_ends_in_time,
)
