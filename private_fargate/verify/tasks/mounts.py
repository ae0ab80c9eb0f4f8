"""Whether a task gets to the file systems that it mounts.

Source: efs/latest/ug/accessing-fs.html; AmazonECS/latest/developerguide/efs-best-practices.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from private_fargate.verify.network.groups import Side
from private_fargate.verify.network.zones import are_apart, zone_of
from private_fargate.verify.tasks.demand import NFS, Demand
from private_fargate.verify.tasks.demands import file_systems
from private_fargate.verify.tasks.path import Check, Path, passed
from private_fargate.verify.templates.symbols import has_unknown
from private_fargate.verify.templates.unseen import is_handed_on
from private_fargate.verify.templates.values import any_of, as_text, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.network.groups import Groups
    from private_fargate.verify.network.routes import Routes
    from private_fargate.verify.tasks.workloads import Workload
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value
    from private_fargate.verify.templates.systems import System
    from private_fargate.verify.templates.values import Truth


def mounts(system: System, routes: Routes, groups: Groups, workload: Workload) -> Iterator[Path]:
    """Give, for each file system of a task and each of its subnets, whether it can be mounted there."""
    for index, value in file_systems(workload):
        resource = system.find(value, "EFS::FileSystem")
        demand = Demand(need=f"{system.show(value)}:{NFS}", at=("Volumes", index))
        if resource is None:
            why = system.why_unknown(value) or "the file system is not in the templates"
            check = Check(claim="its mount targets are known", holds=None, why=why, cause="unknown")
            yield Path(kind="mount", workload=workload, subnet=None, demand=demand, checks=(check,))
            continue
        for subnet in workload.subnets.values:
            checks, uses = _mounted(system, routes, groups, workload, resource, subnet)
            yield Path(
                kind="mount",
                workload=workload,
                subnet=subnet,
                demand=demand,
                checks=tuple(checks),
                uses=tuple(uses),
            )


def _mounted(  # noqa: PLR0913, PLR0917 -- the two ends, and the solvers between them
    system: System,
    routes: Routes,
    groups: Groups,
    workload: Workload,
    file_system: Resource,
    subnet: Value,
) -> tuple[list[Check], list[Resource]]:
    every = system.once(_targets)
    own = every.get(as_text(file_system.ref), [])
    claim = f"{file_system.address} has a mount target in the zone of {system.show(subnet)}"
    zone = zone_of(system, subnet)
    asked = [(target, _is_near(system, target, subnet, zone)) for target in own]
    near = [target for target, is_near in asked if is_near]
    if not near:
        # Nobody outside can add one to a file system that is made together with the tasks that wait for it.
        strays = is_handed_on(system, file_system.ref) or any(map(has_unknown, every))
        holds = None if strays or any(is_near is None for _, is_near in asked) else False
        why = f"no mount target of {file_system.address} is in the zone of {system.show(subnet)}"
        cause = "unknown" if holds is None else "no mount target"
        return [Check(claim=claim, holds=holds, why=why, cause=cause, resource=file_system)], []
    target = near[0]
    vpc = routes.vpc_of(subnet)
    task = Side(workload.groups, (subnet,), vpc)
    mount = Side(target.items("SecurityGroups"), (target.get("SubnetId"),), vpc)
    out = groups.passes("egress", task, mount, NFS)
    into = groups.passes("ingress", mount, task, NFS)
    return [
        Check(claim=claim, holds=True, by=str(target.address), resource=target),
        passed(f"its security groups let NFS out to {target.address}", out, "egress"),
        passed(f"the security groups of {target.address} let NFS in", into, "ingress", target),
    ], [target]


def _targets(system: System) -> dict[str, list[Resource]]:
    """Give the mount targets of each file system, by what refers to it."""
    found: dict[str, list[Resource]] = {}
    for target in system.of("EFS::MountTarget"):
        found.setdefault(as_text(target.get("FileSystemId")), []).append(target)
    return found


def _is_near(system: System, target: Resource, subnet: Value, zone: Value | None) -> Truth:
    """Say whether a mount target is in a subnet, or in another of its zone."""
    other = target.get("SubnetId")
    there = zone_of(system, other)
    together = zone is not None and there is not None and same(there, zone) is True
    nearby = True if together else False if are_apart(system, there, zone) else None
    return any_of([same(other, subnet), nearby])
