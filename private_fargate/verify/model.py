"""Everything that is asked about a system: its resources, its network, what runs in it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from private_fargate.verify.network.acls import Acls
from private_fargate.verify.network.endpoints import endpoints
from private_fargate.verify.network.groups import Groups
from private_fargate.verify.network.routes import Routes
from private_fargate.verify.tasks.balancing import balancing
from private_fargate.verify.tasks.doors import Doors
from private_fargate.verify.tasks.hosts import hosts
from private_fargate.verify.tasks.mounts import mounts
from private_fargate.verify.tasks.paths import Paths
from private_fargate.verify.tasks.permissions import Permissions
from private_fargate.verify.tasks.roles import Roles
from private_fargate.verify.tasks.trust import trust
from private_fargate.verify.tasks.workloads import tasks
from private_fargate.verify.templates.order import Order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from private_fargate.verify.network.endpoints import Endpoint
    from private_fargate.verify.tasks.path import Path
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.systems import System


Found = TypeVar("Found")


class Model:
    """A system with its solvers, each made when it is first asked.

    Attributes:
        system: The resources.
        before: The system that is deployed already; None if nobody gave it.
    """

    def __init__(self, system: System, before: Model | None = None) -> None:
        """Take a system, and what it replaces."""
        self.system = system
        self.before = before
        self._found: dict[Callable[[Model], Any], Any] = {}

    def once(self, find: Callable[[Model], Found]) -> Found:
        """Give what a function finds in this model; it looks once, however often it is asked for."""
        if find not in self._found:
            self._found[find] = find(self)
        return self._found[find]

    @cached_property
    def routes(self) -> Routes:
        """Where packets go."""
        return Routes(self.system)

    @cached_property
    def groups(self) -> Groups:
        """What security groups let through."""
        return Groups(self.system, self.routes)

    @cached_property
    def acls(self) -> Acls:
        """What network ACLs let through."""
        return Acls(self.system, self.routes)

    @cached_property
    def roles(self) -> Roles:
        """Who may do what."""
        return Roles(self.system)

    @cached_property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The VPC endpoints."""
        return endpoints(self.system)

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """How every workload gets, in each of its subnets, what it needs."""
        return tuple(path for workload in self.workloads for path in self._paths_of(workload))

    @cached_property
    def _by_workload(self) -> dict[int, list[Path]]:
        found: dict[int, list[Path]] = {id(workload): [] for workload in self.workloads}
        for path in self.paths:
            found[id(path.workload)].append(path)
        return found

    def paths_of(self, workload: Workload) -> list[Path]:
        """Give the paths of one workload."""
        return self._by_workload[id(workload)]

    def _paths_of(self, workload: Workload) -> Iterator[Path]:
        yield from trust(self.roles, workload)
        yield from self.solver.of(workload)
        yield from mounts(self.system, self.routes, self.groups, workload)
        yield from balancing(self.system, self.groups, workload)

    @cached_property
    def solver(self) -> Paths:
        """What finds the paths of a workload."""
        doors = Doors(self.system, self.routes, self.endpoints)
        permissions = Permissions(self.system, self.roles, self.endpoints)
        return Paths(doors, self.groups, self.acls, permissions)

    @cached_property
    def order(self) -> Order:
        """What is complete before what."""
        return Order(self.system)

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        """What runs on Fargate, and the hosts."""
        return (*tasks(self.system), *hosts(self.system))

    @cached_property
    def tasks(self) -> tuple[Workload, ...]:
        """What runs on Fargate."""
        return tuple(workload for workload in self.workloads if workload.kind != "host")

    @cached_property
    def hosts(self) -> tuple[Workload, ...]:
        """The instances that one reaches through Session Manager."""
        return tuple(workload for workload in self.workloads if workload.kind == "host")

    @cached_property
    def definitions(self) -> tuple[Resource, ...]:
        """The task definitions that are for Fargate: those that say so, and those that run on it."""
        running = {id(task.definition) for task in self.tasks}
        return tuple(
            definition
            for definition in self.system.of("ECS::TaskDefinition")
            if id(definition) in running or self._says_fargate(definition)
        )

    def _says_fargate(self, definition: Resource) -> bool:
        required = definition.items("RequiresCompatibilities").values
        return any(str(value).upper() == "FARGATE" for value in required)
