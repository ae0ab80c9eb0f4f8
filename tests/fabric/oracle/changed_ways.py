"""Random changes of where packets go: routes, NAT gateways, endpoints, the switches of DNS."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from tests.verify.generated.systems import INTERNET, changed, without

if TYPE_CHECKING:
    import random

    from tests.verify.generated.systems import Endpoint, System, Table

Change: TypeAlias = "tuple[str, System] | None"
"""What was done, and the system that it makes; None if it cannot be done to this one."""

_SERVICES: Final = ("s3", "ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm", "ssmmessages")


def one(rng: random.Random, items: tuple[Any, ...]) -> Any:
    """Draw an item; None if there is none."""
    return rng.choice(items) if items else None


def other_table(rng: random.Random, system: System) -> Change:
    subnet = rng.choice(system.subnets)
    table = rng.choice(["", *(table.name for table in system.tables)])
    return "a subnet at another table", changed(system, subnet.name, table=table)


def other_way(rng: random.Random, system: System) -> Change:
    table: Table = rng.choice(system.tables)
    ways = ["", *([INTERNET] if system.has_internet else []), *(nat.name for nat in system.nats)]
    return "a table with another way", changed(system, table.name, way=rng.choice(ways))


def moved_nat(rng: random.Random, system: System) -> Change:
    nat = one(rng, tuple(nat for nat in system.nats if nat.subnet))
    if nat is None:
        return None
    return "a NAT gateway elsewhere", changed(system, nat.name, subnet=rng.choice(system.subnets).name)


def address(rng: random.Random, system: System) -> Change:
    service = rng.choice(system.services)
    return "a public address or none", changed(
        system, service.name, public_address=not service.public_address
    )


def place(rng: random.Random, system: System) -> Change:
    service = rng.choice(system.services)
    names = [subnet.name for subnet in system.subnets]
    some = tuple(rng.sample(names, rng.randint(1, min(3, len(names)))))
    return "tasks in other subnets", changed(system, service.name, subnets=some)


def lost_door(rng: random.Random, system: System) -> Change:
    endpoint: Endpoint | None = one(rng, system.endpoints)
    return None if endpoint is None else ("an endpoint less", without(system, endpoint.name))


def moved_door(rng: random.Random, system: System) -> Change:
    endpoint: Endpoint | None = one(rng, system.endpoints)
    if endpoint is None:
        return None
    if endpoint.is_gateway:
        names = [table.name for table in system.tables]
        some = tuple(rng.sample(names, rng.randint(1, len(names))))
        return "a gateway endpoint at other tables", changed(system, endpoint.name, tables=some)
    zones: dict[int, str] = {}
    for subnet in rng.sample(system.subnets, len(system.subnets)):
        zones.setdefault(subnet.zone, subnet.name)
    some = tuple(list(zones.values())[: rng.randint(1, len(zones))])
    return "an endpoint in other subnets", changed(system, endpoint.name, subnets=some)


def other_service(rng: random.Random, system: System) -> Change:
    doors = tuple(each for each in system.endpoints if not each.is_gateway)
    endpoint: Endpoint | None = one(rng, doors)
    there = {each.service for each in system.endpoints}
    others = [name for name in _SERVICES[1:] if name not in there]
    if endpoint is None or not others:
        return None
    return "an endpoint of another service", changed(system, endpoint.name, service=rng.choice(others))


def private_dns(rng: random.Random, system: System) -> Change:
    endpoint = one(rng, tuple(each for each in system.endpoints if not each.is_gateway))
    if endpoint is None:
        return None
    return "an endpoint without private DNS", changed(system, endpoint.name, private_dns=False)


def no_resolver(rng: random.Random, system: System) -> Change:  # noqa: ARG001 -- a mutation
    return "no resolver", replace(system, dns_support=False)


def no_hostnames(rng: random.Random, system: System) -> Change:  # noqa: ARG001 -- a mutation
    return "no host names", replace(system, dns_hostnames=False)
