"""What the rules about services ask again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.tasks.workloads import is_on_fargate, one_word
from private_fargate.verify.templates.symbols import has_unknown, is_unknown
from private_fargate.verify.templates.values import all_of, any_of, as_int, as_items, as_text, negation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System
    from private_fargate.verify.templates.values import Items, Truth

DEPLOYMENT: Final = "DeploymentConfiguration"
STRATEGIES: Final = ("BLUE_GREEN", "LINEAR", "CANARY")
"""The strategies of ECS that shift traffic from one revision to the next."""


def fargate_services(model: Model) -> Iterator[Workload]:
    """Give the services that run on Fargate for certain; no task sets, which say other things elsewhere."""
    for task in model.tasks:
        if task.resource.type == "AWS::ECS::Service" and is_on_fargate(model.system, task.resource):
            yield task


def controlled_by(service: Resource, kind: str) -> Truth:
    """Say whether a service has some deployment controller; without one it is ECS itself."""
    written = service.get("DeploymentController", "Type")
    return kind == "ECS" if written is None else one_word(written, kind)


def strategy(service: Resource) -> str | None:
    """Give the strategy by which ECS deploys a service, in capitals; None if it is not known."""
    written = service.get(DEPLOYMENT, "Strategy")
    if written is None:
        return None if is_unknown(service.get(DEPLOYMENT)) else "ROLLING"
    return None if has_unknown(written) else as_text(written).upper()


def is_rolling(service: Resource) -> Truth:
    """Say whether ECS replaces the tasks of a service one after another."""
    found = strategy(service)
    return all_of([controlled_by(service, "ECS"), None if found is None else found == "ROLLING"])


def setting(service: Resource, name: str) -> Value:
    """Give a setting of the deployment configuration; None if it is not there."""
    return service.get(DEPLOYMENT, name)


def percent(service: Resource, name: str, default: int) -> int | None:
    """Give a percentage of the deployment configuration; None if it is not known."""
    written = setting(service, name)
    return default if written is None else as_int(written)


def desired_count(service: Resource) -> int | None:
    """Give how many tasks a service starts with, 1 if it does not say; None if it is not known."""
    written = service.get("DesiredCount")
    return 1 if written is None else as_int(written)


def mappings(items: Items) -> list[tuple[int, dict[str, Value]]]:
    """Give the items of a list that are mappings, with the place of each."""
    return [(index, item) for index, item in enumerate(items.values) if isinstance(item, dict)]


def all_mappings(items: Items) -> bool:
    """Say whether a list is known as a whole, down to what each item is."""
    return items.complete and all(isinstance(item, dict) for item in items.values)


def below(mapping: Value, *path: str) -> Value:
    """Give what is at a path below a value; None if it is not there."""
    for key in path:
        if is_unknown(mapping):
            return mapping
        mapping = mapping.get(key) if isinstance(mapping, dict) else None
    return mapping


def is_connected(service: Resource) -> Truth:
    """Say whether Service Connect is on for a service."""
    return service.flag("ServiceConnectConfiguration", "Enabled")


def requires_only_others(definition: Resource) -> Truth:
    """Say whether a task definition cannot run on Fargate by what it is registered for.

    One that names nothing is registered for all that its settings allow: with `awsvpc` for Fargate too.
    """
    required = definition.items("RequiresCompatibilities")
    if required.values or not required.complete:
        named = any_of(one_word(value, "FARGATE") for value in required.values)
        return negation(named) if required.complete or named else None
    mode = definition.get("NetworkMode")
    return True if mode is None else negation(one_word(mode, "AWSVPC"))


class ScalableTargets:
    """What scales the counts of services, looked up by service.

    Source: autoscaling/application/APIReference/API_RegisterScalableTarget.html, ResourceId.
    """

    def __init__(self, system: System) -> None:
        """Read every target of a system, once."""
        self.system = system
        targets = system.of("ApplicationAutoScaling::ScalableTarget")
        self._by_id = {as_text(target.get("ResourceId")): target for target in targets}

    def of(self, service: Resource) -> Resource | None:
        """Give what scales a service; None if the templates do not say so."""
        cluster = self.system.find(service.get("Cluster"), "ECS::Cluster")
        name = as_text(cluster.ref if cluster else service.get("Cluster") or "default")
        return self._by_id.get(f"service/{name.rpartition('/')[2]}/{as_text(service.attribute('Name'))}")


def load_balancers(service: Resource) -> list[tuple[int, dict[str, Value]]]:
    """Give the entries of `LoadBalancers` that name a target group, with the place of each."""
    entries = mappings(service.items("LoadBalancers"))
    return [(index, entry) for index, entry in entries if entry.get("TargetGroupArn") is not None]


def is_empty(value: Value) -> bool:
    """Say whether a list is known to have nothing in it."""
    items = as_items(value)
    return items.complete and not items.values
