"""Rules about where the tasks of a service run: launch type, capacity providers, network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.rules.services.facts import (
    controlled_by,
    fargate_services,
    mappings,
    requires_only_others,
)
from private_fargate.verify.tasks.workloads import (
    associations,
    default_strategy,
    one_word,
    requires_fargate,
)
from private_fargate.verify.templates.symbols import has_symbol
from private_fargate.verify.templates.unseen import is_handed_on
from private_fargate.verify.templates.values import as_text, matches, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.systems import System

_INSTANCES: Final = ("AutoScaling::AutoScalingGroup", "EC2::Instance", "EC2::SpotFleet", "EC2::EC2Fleet")
_FARGATE: Final = ("FARGATE", "FARGATE_SPOT")


@rule(
    "SVC-001",
    "error",
    "A service says that it runs on Fargate",
    symptom="was unable to place a task because no container instance met all of its requirements. Reason: "
    "No Container Instances were found in your cluster.",
    fix="Set LaunchType: FARGATE, or a CapacityProviderStrategy with FARGATE, on the service; or a "
    "DefaultCapacityProviderStrategy on the cluster.",
    source="AmazonECS/latest/APIReference/API_CreateService.html, launchType and capacityProviderStrategy",
)
def launch_type_is_given(model: Model) -> Iterator[Fault]:
    """A service without a launch type, a strategy and a default strategy of its cluster waits for instances.

    What its task definition requires does not change that: the stack hangs for hours.
    """
    system = model.system
    for task in fargate_services(model):
        service, definition = task.resource, task.definition
        own = service.items("CapacityProviderStrategy")
        default = default_strategy(system, task.cluster)
        if (
            service.get("LaunchType") is not None
            or own.values
            or not own.complete
            or default is None
            or default.values
            or not default.complete
            or controlled_by(service, "ECS") is not True
            or definition is None
            or requires_fargate(definition) is not True
        ):
            continue
        if _may_have_instances(system, definition):
            continue
        cluster = system.show(task.cluster)
        yield Fault(
            service,
            f"{service.address} has neither LaunchType nor CapacityProviderStrategy, and {cluster} has no "
            f"default strategy, so that it waits for EC2 instances; {definition.address} is for Fargate",
        )


def _may_have_instances(system: System, definition: Resource) -> bool:
    """Say whether a task definition is for instances too, and there may be some."""
    required = definition.items("RequiresCompatibilities").values
    return any(one_word(value, "EC2") is not False for value in required) and any(system.of(*_INSTANCES))


@rule(
    "SVC-002",
    "error",
    "A service has either a launch type or a capacity provider strategy",
    symptom="Specifying both a launch type and capacity provider strategy is not supported. Remove one and "
    "try again.",
    fix="Remove LaunchType, or remove CapacityProviderStrategy.",
    source="AmazonECS/latest/APIReference/API_CreateService.html, launchType",
)
def launch_type_or_strategy(model: Model) -> Iterator[Fault]:
    """Each is optional by itself, and ECS refuses the two together only when the service is created."""
    for service in model.system.of("ECS::Service"):
        launch = service.get("LaunchType")
        chosen = service.items("CapacityProviderStrategy").values
        names = [as_text(item.get("CapacityProvider")) for item in chosen if isinstance(item, dict)]
        is_ours = one_word(launch, "FARGATE") or any(matches("FARGATE*", name) for name in names)
        if launch is None or not chosen or not is_ours:
            continue
        listed = ", ".join(names)
        yield Fault(
            service,
            f"{service.address} has LaunchType {as_text(launch)} and a CapacityProviderStrategy of {listed}",
            ("LaunchType",),
        )


@rule(
    "SVC-003",
    "error",
    "The capacity providers of a service's strategy are associated with its cluster",
    symptom="The specified capacity provider strategy cannot contain a capacity provider that is not "
    "associated with the cluster. Associate the capacity provider with the cluster or specify a valid "
    "capacity provider and try again.",
    fix="Name the provider in the cluster's CapacityProviders, or in an "
    "AWS::ECS::ClusterCapacityProviderAssociations.",
    source="AmazonECS/latest/developerguide/fargate-capacity-providers.html",
)
def providers_are_associated(model: Model) -> Iterator[Fault]:
    """FARGATE and FARGATE_SPOT are in every account, but a cluster has them only if it says so.

    The documentation has no exception; but templates that leave all of it out are published by AWS too, and
    deployed, so that a cluster which lists nothing is no certain failure.
    """
    system = model.system
    for task in fargate_services(model):
        cluster = system.find(task.cluster, "ECS::Cluster")
        if cluster is None:
            continue
        lists = [cluster.items("CapacityProviders")]
        lists += [found.items("CapacityProviders") for found in associations(system, task.cluster)]
        known = [as_text(name) for items in lists for name in items.values]
        if not all(items.complete for items in lists) or any(has_symbol(name) for name in known):
            continue
        for index, item in mappings(task.resource.items("CapacityProviderStrategy")):
            name = as_text(item.get("CapacityProvider"))
            if name not in _FARGATE or name in known or _may_be_associated_elsewhere(system, cluster):
                continue
            having = f"only {', '.join(known)}" if known else "no capacity providers"
            yield Fault(
                task.resource,
                f"{task.name} asks for {name}, and {cluster.address} has {having}",
                ("CapacityProviderStrategy", index, "CapacityProvider"),
                severity=None if known else "warning",
            )


def _may_be_associated_elsewhere(system: System, cluster: Resource) -> bool:
    """Say whether providers may be associated with a cluster by something whose cluster is not known."""
    found = system.of("ECS::ClusterCapacityProviderAssociations")
    unknown = any(same(association.get("Cluster"), cluster.ref) is None for association in found)
    return unknown or is_handed_on(system, cluster.ref)


@rule(
    "SVC-004",
    "error",
    "A service on Fargate says in which subnets it runs",
    symptom="Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    fix="Set NetworkConfiguration.AwsvpcConfiguration with Subnets and SecurityGroups.",
    source="AmazonECS/latest/APIReference/API_CreateService.html, networkConfiguration",
)
def network_is_given(model: Model) -> Iterator[Fault]:
    """The property is optional in the schema, because services on EC2 need none."""
    services = [
        task
        for task in fargate_services(model)
        if controlled_by(task.resource, "EXTERNAL") is False and _names_no_subnet(task)
    ]
    for task in services:
        message = f"{task.name} runs on Fargate and names no subnet"
        yield Fault(task.resource, message, ("NetworkConfiguration",))
    for task in model.tasks:
        if task.kind == "run" and _names_no_subnet(task) and _is_for_fargate(task):
            yield Fault(task.resource, f"{task.name} starts a task on Fargate and names no subnet")


def _names_no_subnet(task: Workload) -> bool:
    return task.subnets.complete and not task.subnets.values


def _is_for_fargate(task: Workload) -> bool:
    return task.definition is not None and requires_fargate(task.definition) is True


@rule(
    "SVC-020",
    "error",
    "What a Fargate capacity provider starts is a task definition for Fargate",
    symptom="Task definition does not support launch_type FARGATE.",
    fix="Set RequiresCompatibilities: [FARGATE] and NetworkMode: awsvpc on the task definition.",
    source="AmazonECS/latest/developerguide/fargate-tasks-services.html",
)
def definition_is_for_fargate(model: Model) -> Iterator[Fault]:
    """With a launch type linters see the mistake; a capacity provider, or the cluster's default, hides it."""
    for task in fargate_services(model):
        definition = task.definition
        if definition is None or task.resource.get("LaunchType") is not None:
            continue
        required = definition.items("RequiresCompatibilities")
        others = requires_only_others(definition)
        says_nothing = required.complete and not required.values
        if not others and not says_nothing:
            continue
        said = ", ".join(as_text(value) for value in required.values)
        because = f"requires {said}" if said else "is not for awsvpc" if others else "does not say what for"
        message = f"{task.name} has a strategy of Fargate, and {definition.address} {because}"
        own = task.resource.items("CapacityProviderStrategy").values
        # Left out, ECS itself finds out what a definition is fit for, and most are fit for both.
        severity = None if others else "warning"
        yield Fault(task.resource, message, ("CapacityProviderStrategy",) if own else (), severity=severity)


RULES: Final[tuple[Rule, ...]] = (
    launch_type_is_given,
    launch_type_or_strategy,
    providers_are_associated,
    network_is_given,
    definition_is_for_fargate,
)
