"""Which task definitions the rules speak of, and their containers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from private_fargate.verify.tasks.containers import Container, containers
from private_fargate.verify.tasks.workloads import SERVICE, is_on_fargate, one_word, requires_fargate
from private_fargate.verify.templates.symbols import has_unknown
from private_fargate.verify.templates.values import as_items, as_text, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value

At: TypeAlias = tuple[str | int, ...]
"""Where in a resource, under `Properties`."""

CONTAINERS = "ContainerDefinitions"


@dataclass(frozen=True, slots=True)
class Definition:
    """A task definition that is for Fargate beyond doubt.

    Attributes:
        resource: The task definition.
        containers: Its containers that are known.
        complete: Whether these are all.
        tasks: What runs it.
    """

    resource: Resource
    containers: tuple[Container, ...]
    complete: bool
    tasks: tuple[Workload, ...]

    @property
    def breaks(self) -> tuple[str, ...]:
        """The tasks that do not start if it is refused."""
        return tuple(f"{task.name} -> start" for task in self.tasks)

    @property
    def has_awsvpc(self) -> bool:
        """Whether it has the network mode of Fargate, or may have it; TASK-002 speaks of the others."""
        return same(self.resource.get("NetworkMode") or "bridge", "awsvpc") is not False


def definitions(model: Model) -> tuple[Definition, ...]:
    """Give the task definitions that are for Fargate; those that say that they are not are for TASK-024."""
    return model.once(_definitions)


def _definitions(model: Model) -> tuple[Definition, ...]:
    running: dict[int, list[Workload]] = {}
    for task in model.tasks:
        if task.definition is not None:
            running.setdefault(id(task.definition), []).append(task)
    found: list[Definition] = []
    for resource in model.definitions:
        tasks = tuple(running.get(id(resource), ()))
        if _is_for_fargate(model, resource, tasks):
            listed = resource.items(CONTAINERS)
            complete = listed.complete and all(isinstance(body, dict) for body in listed.values)
            found.append(Definition(resource, tuple(containers(resource)), complete, tasks))
    return tuple(found)


def _is_for_fargate(model: Model, definition: Resource, tasks: tuple[Workload, ...]) -> bool:
    required = requires_fargate(definition)
    if required is False and definition.items("RequiresCompatibilities").values:
        return False
    return required is True or any(runs_on_fargate(model, task) for task in tasks)


def runs_on_fargate(model: Model, task: Workload) -> bool:
    """Say whether a task runs on Fargate beyond doubt."""
    if task.resource.type in {f"AWS::{SERVICE}", "AWS::ECS::TaskSet"}:
        return is_on_fargate(model.system, task.resource) is True
    return any(one_word(parameters.get("LaunchType"), "FARGATE") for parameters in _parameters_of(task))


def _parameters_of(task: Workload) -> Iterator[dict[str, Value]]:
    """Give the parameters with which a rule or a schedule runs a task."""
    targets = task.resource.items("Targets").values or (task.resource.get("Target"),)
    for target in targets:
        parameters = target.get("EcsParameters") if isinstance(target, dict) else None
        if isinstance(parameters, dict) and parameters.get("TaskDefinitionArn") == task.definition_value:
            yield parameters


def parts(model: Model) -> Iterator[tuple[Definition, Container]]:
    """Give every container of every task definition for Fargate."""
    for definition in definitions(model):
        for container in definition.containers:
            yield definition, container


def at(container: Container, *keys: str | int) -> At:
    """Say where something in a container is written."""
    return (CONTAINERS, container.index, *keys)


def is_set(value: Value) -> bool:
    """Say whether a property is there and says something; one that is not known may be empty."""
    return value is not None and value not in ("", [], {}) and not has_unknown(value)


def known_text(value: Value) -> str | None:
    """Give a value as text; None if it is not there, no text, or not known in full."""
    if value is None or isinstance(value, list | dict):
        return None
    text = as_text(value)
    return None if has_unknown(text) else text


def named(values: Value, key: str = "Name") -> list[tuple[int, str, dict[str, Value]]]:
    """Give the items of a list that have a name, with the place of each."""
    items = enumerate(as_items(values).values)
    return [
        (index, as_text(item[key]), item)
        for index, item in items
        if isinstance(item, dict) and item.get(key) is not None
    ]
