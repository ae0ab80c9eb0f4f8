"""By which names people call what is in a network: `nginx`, `nginx.2`, `jump-host`, `i-0123…`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from private_fargate.fabric.errors import FabricError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from ipaddress import IPv4Address

    from private_fargate.fabric.model import Network
    from private_fargate.fabric.parts.workloads import Task

JUMP_HOST: Final = "jump-host"
"""What an instance is called that is the only one of its VPC."""

_HTTP: Final = 80

Kind: TypeAlias = Literal["task", "instance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inhabitant:
    """Something from which packets can be sent.

    Attributes:
        name: the first of its names, by which it is shown.
        key: the ARN of a task, the ID of an instance.
        interface_id: of its primary network interface, which is the name of its namespace too.
    """

    name: str
    kind: Kind
    key: str
    interface_id: str
    address: IPv4Address


def short(arn: str) -> str:
    """Return the last part of an ARN.

    >>> short("arn:aws:ecs:us-east-1:123456789012:task/demo/0f3a")
    '0f3a'
    """
    return arn.rsplit("/", 1)[-1]


def inhabitants(network: Network) -> dict[str, Inhabitant]:
    """Return everybody by every name: the tasks of a service are `web` or `web.1`, `web.2`, `web.3`."""
    found: dict[str, Inhabitant] = {}
    for names, kind, key, interface_id in (*_instances(network), *_tasks(network)):
        interface = network.interfaces.get(interface_id)
        if interface is not None:
            one = Inhabitant(
                name=names[0], kind=kind, key=key, interface_id=interface_id, address=interface.address
            )
            found |= dict.fromkeys(names, one)
    return found


def find(name: str, known: Mapping[str, Inhabitant]) -> Inhabitant:
    """Return whom a name means.

    Raises:
        FabricError: nobody; the text says who there is.
    """
    if name in known:
        return known[name]
    there = ", ".join(dict.fromkeys(each.name for each in known.values())) or "nobody"
    message = f"{name}: nobody in this network is called so; there is {there}"
    raise FabricError(message)


_Named: TypeAlias = tuple[tuple[str, ...], Kind, str, str]


def _instances(network: Network) -> Iterator[_Named]:
    for each in network.instances.values():
        names = (JUMP_HOST, each.id) if len(network.instances) == 1 else (each.id,)
        if each.interface_ids:
            yield names, "instance", each.id, each.interface_ids[0]


def _tasks(network: Network) -> Iterator[_Named]:
    """Yield tasks by the name under which others find them, by their service, and by their ID."""
    registered = {
        each.id: service.name for service in network.discovery_services.values() for each in service.instances
    }
    groups: dict[str, list[Task]] = {}
    for task in network.tasks.values():
        groups.setdefault(registered.get(short(task.arn), task.service or ""), []).append(task)
    for name, tasks in sorted(groups.items()):
        for number, task in enumerate(sorted(tasks, key=lambda task: task.arn), start=1):
            if task.interface_id:
                yield _names(name, number, task), "task", task.arn, task.interface_id


def _names(name: str, number: int, task: Task) -> tuple[str, ...]:
    numbered = [f"{each}.{number}" for each in (name, task.service) if each]
    plain = [each for each in (name, task.service) if each and number == 1]
    return tuple(dict.fromkeys([*plain, *numbered, short(task.arn)]))


def urls(network: Network) -> dict[str, str]:
    """Return where each service is that has a name of its own: `http://web.demo:8080`, by the service's name.

    The port is what its instances registered, or else the first port of a container of theirs.
    """
    found: dict[str, str] = {}
    by_id = {short(arn): task for arn, task in network.tasks.items()}
    for service in network.discovery_services.values():
        ports = [each.port or _first_port(by_id.get(each.id)) for each in service.instances]
        namespace = network.namespaces.get(service.namespace_id)
        if namespace is not None and "A" in service.lives and ports and ports[0]:
            number = "" if ports[0] == _HTTP else f":{ports[0]}"
            found[service.name] = f"http://{service.name}.{namespace.name}{number}"
    return found


def _first_port(task: Task | None) -> int | None:
    containers = task.containers if task is not None else ()
    return next((port.number for each in containers for port in each.ports), None)
