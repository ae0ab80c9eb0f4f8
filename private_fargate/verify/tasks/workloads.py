"""What runs: the tasks on Fargate that a system starts, and its hosts without a key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from private_fargate.verify.network.addresses import public_address
from private_fargate.verify.tasks.containers import Container, containers
from private_fargate.verify.tasks.images import image
from private_fargate.verify.tasks.state_machines import task_runs
from private_fargate.verify.templates.symbols import has_unknown
from private_fargate.verify.templates.values import (
    NOTHING,
    Items,
    any_of,
    as_bool,
    as_items,
    as_text,
    matches,
    same,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System
    from private_fargate.verify.templates.values import Truth

Kind: TypeAlias = Literal["service", "run", "host"]
"""A service, a task that something runs at times (a schedule, an event), or an instance."""

SERVICE: Final = "ECS::Service"
DEFINITION: Final = "ECS::TaskDefinition"
_ASSOCIATION: Final = "ECS::ClusterCapacityProviderAssociations"
_FARGATE: Final = "FARGATE*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Something that runs in some subnets, and needs things there.

    Attributes:
        name: How a person calls it: the address of what starts it.
        kind: What it is.
        resource: What starts it: a service, a rule, a schedule, or the instance itself.
        definition: Its task definition; None if that is not in the templates, or it is a host.
        definition_value: What refers to it.
        cluster: What refers to its cluster.
        subnets: Where it runs.
        groups: Its security groups.
        public_ip: The setting `AssignPublicIp`, as it is written; None if it is not.
        exec: Whether Exec sessions are opened in it.
        containers: Its containers.
    """

    name: str
    kind: Kind
    resource: Resource
    definition: Resource | None = None
    definition_value: Value = None
    cluster: Value = None
    subnets: Items = NOTHING
    groups: Items = NOTHING
    public_ip: Value = None
    exec: Truth = False
    containers: tuple[Container, ...] = field(default=(), repr=False)

    def has_public_address(self, subnet: Resource | None) -> Truth:
        """Say whether it gets a public address in a subnet; a task does only if it is told to."""
        if self.kind == "host":
            return public_address(self.public_ip, subnet)
        if self.public_ip is None:
            return False
        return one_word(self.public_ip, "ENABLED")


def one_word(value: Value, word: str) -> Truth:
    """Say whether a value is a word, in whatever case.

    >>> one_word("enabled", "ENABLED"), one_word(None, "ENABLED")
    (True, False)
    """
    if value is None:
        return False
    text = as_text(value)
    return None if has_unknown(text) else text.upper() == word


def tasks(system: System) -> tuple[Workload, ...]:
    """Give everything that runs on Fargate."""
    return (*_services(system), *_express_services(system), *_runs(system))


def is_on_fargate(system: System, resource: Resource) -> Truth:
    """Say whether a service, or a task set, runs on Fargate, or means to.

    One without a launch type and without a strategy takes the cluster's default strategy, and EC2 if there
    is none; its task definition then says what was meant.
    """
    strategy = resource.items("CapacityProviderStrategy")
    definition = definition_of(system, resource.get("TaskDefinition"))
    return _means_fargate(system, resource.get("LaunchType"), strategy, resource.get("Cluster"), definition)


def _means_fargate(
    system: System, launch: Value, strategy: Items, cluster: Value, definition: Resource | None
) -> Truth:
    if launch is not None:
        return one_word(launch, "FARGATE")
    if strategy.values or not strategy.complete:
        return _names_fargate(strategy)
    default = default_strategy(system, cluster)
    if default is not None and (default.values or not default.complete):
        return _names_fargate(default)
    return requires_fargate(definition) if definition else None


def definition_of(system: System, value: Value) -> Resource | None:
    """Give the task definition that a value refers to, by ARN or by the name of its family; None if not ours.

    A family's name stands for its newest revision, which is that of the templates.
    """
    found = system.find(value, DEFINITION)
    families = {} if found or value is None else system.once(_families)
    return found or families.get(as_text(value))


def _families(system: System) -> dict[str, Resource]:
    """Give the task definitions that have a family of their own, by its name."""
    named = [(definition.text("Family"), definition) for definition in system.of(DEFINITION)]
    return {name: definition for name, definition in named if name}


def requires_fargate(definition: Resource) -> Truth:
    """Say whether a task definition is one for Fargate."""
    required = definition.items("RequiresCompatibilities")
    known = any_of(one_word(value, "FARGATE") for value in required.values)
    return known if required.complete else known or None


def _names_fargate(strategy: Items) -> Truth:
    providers = [item.get("CapacityProvider") for item in strategy.values if isinstance(item, dict)]
    known = any_of(matches(_FARGATE, as_text(provider)) for provider in providers)
    return known if strategy.complete else known or None


def default_strategy(system: System, cluster: Value) -> Items | None:
    """Give the default strategy of a cluster, its associations' included; None if that cannot be told."""
    resource = system.find(cluster, "ECS::Cluster")
    if resource is None:
        return None
    own = resource.items("DefaultCapacityProviderStrategy")
    if own.values or not own.complete:
        return own
    for association in associations(system, cluster):
        return association.items("DefaultCapacityProviderStrategy")
    others = (association.get("Cluster") for association in system.of(_ASSOCIATION))
    return None if any(same(other, resource.ref) is None for other in others) else Items(())


def associations(system: System, cluster: Value) -> list[Resource]:
    """Give what associates capacity providers with a cluster."""
    found = system.find(cluster, "ECS::Cluster")
    return [
        association
        for association in system.of(_ASSOCIATION)
        if system.find(association.get("Cluster"), "ECS::Cluster") is found and found is not None
    ]


def _services(system: System) -> Iterator[Workload]:
    for resource in system.of(SERVICE, "ECS::TaskSet"):
        if is_on_fargate(system, resource) is False:
            continue
        config = ("NetworkConfiguration", "AwsvpcConfiguration")
        yield _task(
            system,
            resource,
            kind="service",
            definition=resource.get("TaskDefinition"),
            network=resource.get(*config) or resource.get("NetworkConfiguration", "AwsVpcConfiguration"),
            exec=resource.flag("EnableExecuteCommand"),
        )


def _task(  # noqa: PLR0913 -- what the resources that start tasks say in different places
    system: System,
    resource: Resource,
    *,
    kind: Kind,
    definition: Value,
    network: Value,
    exec: Truth,  # noqa: A002 -- the field's own name
    cluster: Value = None,
) -> Workload:
    found = definition_of(system, definition)
    settings = network if isinstance(network, dict) else {}
    return Workload(
        name=str(resource.address),
        kind=kind,
        resource=resource,
        definition=found,
        definition_value=definition,
        cluster=resource.get("Cluster") if cluster is None else cluster,
        subnets=as_items(settings.get("Subnets") if settings else network),
        groups=as_items(settings.get("SecurityGroups") if settings else network),
        public_ip=settings.get("AssignPublicIp") if settings else network,
        exec=exec,
        containers=tuple(containers(found)) if found else (),
    )


def _express_services(system: System) -> Iterator[Workload]:
    for resource in system.of("ECS::ExpressGatewayService"):
        primary = resource.get("PrimaryContainer")
        body = primary if isinstance(primary, dict) else {}
        yield Workload(
            name=str(resource.address),
            kind="service",
            resource=resource,
            cluster=resource.get("Cluster"),
            subnets=resource.items("NetworkConfiguration", "Subnets"),
            groups=resource.items("NetworkConfiguration", "SecurityGroups"),
            containers=(Container(body, 0, "primary", image(body.get("Image"))),) if body else (),
        )


def _runs(system: System) -> Iterator[Workload]:
    """Give the tasks that a rule of EventBridge, a schedule or a state machine starts."""
    for rule in system.of("Events::Rule"):
        for target in rule.items("Targets").values:
            parameters = target.get("EcsParameters") if isinstance(target, dict) else None
            if isinstance(parameters, dict):
                yield from _run(system, rule, parameters, target.get("Arn"))
    for schedule in system.of("Scheduler::Schedule"):
        parameters = schedule.get("Target", "EcsParameters")
        if isinstance(parameters, dict):
            yield from _run(system, schedule, parameters, schedule.get("Target", "Arn"))
    for machine, parameters in task_runs(system):
        named = {**parameters, "TaskDefinitionArn": parameters.get("TaskDefinition")}
        yield from _run(system, machine, named, parameters.get("Cluster"))


def _run(
    system: System, resource: Resource, parameters: dict[str, Value], cluster: Value
) -> Iterator[Workload]:
    strategy = as_items(parameters.get("CapacityProviderStrategy"))
    definition = definition_of(system, parameters.get("TaskDefinitionArn"))
    if _means_fargate(system, parameters.get("LaunchType"), strategy, cluster, definition) is False:
        return
    network = parameters.get("NetworkConfiguration")
    if isinstance(network, dict):
        network = network.get("AwsVpcConfiguration") or network.get("AwsvpcConfiguration")
    yield _task(
        system,
        resource,
        kind="run",
        definition=parameters.get("TaskDefinitionArn"),
        network=network,
        exec=as_bool(parameters.get("EnableExecuteCommand")),
        cluster=cluster,
    )
