"""What the rules about paths have in common: failing paths, gathered by what one would mend."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final, TypeAlias

from private_fargate.verify.rules.rule import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.tasks.path import Cause, Check, Path
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.systems import System

Pair: TypeAlias = "tuple[Path, Check]"
"""A path with a check that fails."""

Place: TypeAlias = tuple[str | int, ...]

NO_INTERNET: Final = ("no route", "no association")
_NAMED: Final = 3
_SHOWN: Final = re.compile(r"\$\{([\w/]+)\}")
_SERVICES: Final = ("AWS::ECS::Service", "AWS::ECS::TaskSet")


def failing(model: Model, *causes: Cause) -> Iterator[Pair]:
    """Give the checks that fail for some cause, with their paths."""
    for path in model.paths:
        for check in path.failing(*causes):
            yield path, check


def gathered(
    found: Iterable[Pair], at: Callable[[Path, Check], Resource | None]
) -> Iterator[tuple[Resource, list[Pair]]]:
    """Gather failing paths by the resource at which they are to be mended."""
    groups: dict[int, list[Pair]] = defaultdict(list)
    resources: dict[int, Resource] = {}
    for path, check in found:
        resource = at(path, check)
        if resource is not None:
            groups[id(resource)].append((path, check))
            resources[id(resource)] = resource
    yield from ((resources[key], group) for key, group in groups.items())


def breaks(group: Iterable[Pair]) -> tuple[str, ...]:
    """Give the tasks and needs that some failing paths are about, each once."""
    return tuple(dict.fromkeys(path.name for path, _ in group))


def subnets(model: Model, group: Iterable[Pair]) -> str:
    """Name the subnets of some failing paths, for a message."""
    values = [path.subnet for path, _ in group if path.subnet is not None]
    return listed([plain(model, value) for value in values])


def plain(model: Model, value: object) -> str:
    """Write a value, or a text that was written before, with our own resources by their names."""
    attribute = model.system.world.symbols.attribute_in(value)
    if attribute:
        return str(attribute)
    ours = model.system.once(_addresses)

    def named(match: re.Match[str]) -> str:
        return match.group(1) if match.group(1) in ours else match.group()

    return _SHOWN.sub(named, model.system.show(value))


def _addresses(system: System) -> frozenset[str]:
    return frozenset(str(address) for address in system.by_address)


def reasons(model: Model, group: Iterable[Pair]) -> str:
    """Say why some paths fail, each reason once."""
    return listed(plain(model, check.why) for _, check in group)


def callers(group: Iterable[Pair]) -> str:
    """Name the workloads of some failing paths."""
    return listed(path.workload.name for path, _ in group)


def called(group: Iterable[Pair]) -> str:
    """Name what some failing paths lead to: `ecr.api, ecr.dkr and logs`."""
    return listed(path.demand.endpoint or path.demand.host or path.demand.need for path, _ in group)


def listed(names: Iterable[str]) -> str:
    """Join names for a sentence.

    >>> listed(["a", "b", "a"]), listed(["a", "b", "c", "d", "e"])
    ('a and b', 'a, b, c and 2 more')
    """
    once = list(dict.fromkeys(names))
    if len(once) > _NAMED + 1:
        return f"{', '.join(once[:_NAMED])} and {len(once) - _NAMED} more"
    return " and ".join([", ".join(once[:-1]), once[-1]]) if len(once) > 1 else "".join(once)


def faults(
    found: Iterable[Pair],
    at: Callable[[Path, Check], Resource | None],
    message: Callable[[list[Pair]], str],
    place: Place | Callable[[Resource], Place] = (),
) -> Iterator[Fault]:
    """Make one fault of all failing paths that are mended at one resource.

    Args:
        found: Failing checks, with their paths.
        at: Where a path is to be mended.
        message: Says what is wrong, from the paths of one resource.
        place: Where in the resource, or what tells that.
    """
    for resource, group in gathered(found, at):
        where = place if isinstance(place, tuple) else place(resource)
        yield Fault(resource, message(group), at=where, breaks=breaks(group))


def at_workload(path: Path, _check: Check) -> Resource:
    """Mend it where the task is started."""
    return path.workload.resource


def at_check(_path: Path, check: Check) -> Resource | None:
    """Mend it at what the check is about."""
    return check.resource


def at_group(path: Path, check: Check) -> Resource:
    """Mend it in the security group that the check is about; where none was given, at the workload."""
    is_group = check.resource is not None and check.resource.type == "AWS::EC2::SecurityGroup"
    return check.resource if check.resource and is_group else path.workload.resource


def at_endpoint_group(model: Model) -> Callable[[Path, Check], Resource | None]:
    """Mend it in the group of the endpoint, if it has one of ours, so that many endpoints are one fault."""

    def at(path: Path, check: Check) -> Resource | None:
        groups = path.endpoint.groups.values if path.endpoint else ()
        own = model.groups.group(groups[0]).resource if len(groups) == 1 else None
        return own if own and own.type.endswith("SecurityGroup") else check.resource

    return at


def where_it_runs(resource: Resource) -> Place:
    """Give the place at which a workload says in which subnets it runs."""
    if resource.type in _SERVICES:
        return ("NetworkConfiguration", "AwsvpcConfiguration", "Subnets")
    if resource.type == "AWS::EC2::Instance":
        return ("SubnetId",)
    return ("NetworkConfiguration", "Subnets") if resource.type.endswith("ExpressGatewayService") else ()


def its_groups(resource: Resource) -> Place:
    """Give the place at which a workload says which security groups it has."""
    if resource.type in _SERVICES:
        return ("NetworkConfiguration", "AwsvpcConfiguration")
    return ("SecurityGroupIds",) if resource.type == "AWS::EC2::Instance" else ()


def means_isolation(model: Model, path: Path) -> bool:
    """Say whether what a path lacks is an endpoint: it is in a subnet that is meant to lead nowhere.

    A subnet that leads to an internet gateway is meant so too, if the task has no public address and gets
    other things through endpoints.  Where no route table was associated, one may have been forgotten: it
    was not if no route in sight would have helped.
    """
    if path.obstacle == "no public address":
        return _uses_endpoints(model, path)
    if path.obstacle == "no association":
        return not has_way_beside(model, path)
    return path.obstacle == "no route"


def _uses_endpoints(model: Model, path: Path) -> bool:
    return any(
        other.endpoint is not None and other.endpoint.is_interface and other.way is None
        for other in model.paths_of(path.workload)
        if other.subnet == path.subnet
    )


def has_way_beside(model: Model, path: Path) -> bool:
    """Say whether another subnet of the workload leads to the internet, or something there could."""
    beside = (subnet for subnet in path.workload.subnets.values if subnet != path.subnet)
    return (
        any(model.routes.default_routes(subnet, "ipv4") for subnet in beside)
        or any(True for _ in model.system.of("EC2::NatGateway"))
        or any(
            route.get("DestinationCidrBlock") == "0.0.0.0/0" and route.get("GatewayId") is None
            for route in model.system.of("EC2::Route")
        )
    )
