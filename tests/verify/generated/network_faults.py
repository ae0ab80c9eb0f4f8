"""Faults of the network: doors, routes, security groups, ACLs, names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tests.verify.generated.breaking import called, callers, everybody, fault, ways_out
from tests.verify.generated.systems import (
    ANYWHERE,
    HTTPS,
    INTERNET,
    NFS,
    S3_ADDRESSES,
    changed,
    part,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.verify.generated.breaking import Fault
    from tests.verify.generated.systems import Group, Rule, Service, System

MISSING: Final = {
    "s3": "NET-004 NET-001",
    "ecr.api": "NET-002 NET-001",
    "ecr.dkr": "NET-003 NET-001",
    "logs": "NET-008",
    "secretsmanager": "NET-009",
    "ssm": "NET-010",
    "ssmmessages": "NET-011",
    "kms": "NET-011",
    "ecs-agent": "NET-049",
}
NO_WAY: Final = " ".join([*MISSING.values(), "NET-034", "NET-035"])
NOT_LET_IN: Final = "SG-001 SG-002 SG-003 SG-004"


def faults(system: System) -> Iterator[Fault]:
    yield from _doors(system)
    yield from _routes(system)
    yield from _gateways(system)
    yield from _names(system)
    yield from _door_groups(system)
    yield from _task_groups(system)
    yield from _files(system)
    yield from _balancers(system)
    yield from _acls(system)
    yield from _blocks(system)


def _doors(system: System) -> Iterator[Fault]:
    """Without another way, each door is needed by whom it serves."""
    for endpoint in system.endpoints:
        if ways_out(system):
            continue
        whom = callers(system, endpoint.service)
        name = f"without {endpoint.name}"
        yield fault(name, MISSING[endpoint.service], without(system, endpoint.name), whom)
        wrong = changed(system, endpoint.name, service=f"{endpoint.service}s")
        ids = f"NET-020 {MISSING[endpoint.service]}"
        yield fault(f"{endpoint.name} misspelled", ids, wrong, [*whom, endpoint.name])
        if endpoint.is_gateway:
            for table in endpoint.tables:
                left = tuple(other for other in endpoint.tables if other != table)
                broken = changed(system, endpoint.name, tables=left)
                yield fault(
                    f"{endpoint.name} not on {table}", "NET-005 NET-006", broken, [*whom, endpoint.name]
                )
        else:
            broken = changed(system, endpoint.name, private_dns=False)
            ids = f"NET-012 {MISSING[endpoint.service]}"
            yield fault(f"{endpoint.name} without private DNS", ids, broken, [*whom, endpoint.name])


def _routes(system: System) -> Iterator[Fault]:
    at = {name for service in system.services for name in service.subnets}
    doors = {endpoint.service for endpoint in system.endpoints}
    outside = [s.name for s in system.services if called(system, s) - doors]
    whom = outside if ways_out(system) else everybody(system)
    # The gateway of S3 is on tables: without the table it serves nobody.
    whom = everybody(system) if "s3" in doors and not ways_out(system) else whom
    for subnet in system.subnets:
        if subnet.name in at:
            broken = changed(system, subnet.name, table="")
            ids = f"NET-005 NET-006 NET-023 {NO_WAY}"
            served = everybody(system) if "s3" in doors else whom
            if outside or "s3" in doors:
                open_faces = [b.name for b in system.balancers if subnet.name in b.subnets and not b.internal]
                related = [*served, subnet.name, "S3Endpoint", *open_faces]
                yield fault(f"{subnet.name} without its table", f"{ids} LB-008", broken, related)
    for table in system.tables:
        users = {subnet.name for subnet in system.subnets if subnet.table == table.name}
        if table.way and users & at and outside:
            broken = changed(system, table.name, way="")
            faces = [b.name for b in system.balancers if not b.internal and set(b.subnets) & users]
            ids = f"{NO_WAY} NET-024 NET-043 NET-044"
            yield fault(f"{table.name} leads nowhere", ids, broken, [*outside, *faces, table.name])


def _gateways(system: System) -> Iterator[Fault]:
    doors = {endpoint.service for endpoint in system.endpoints}
    outside = [s.name for s in system.services if called(system, s) - doors]
    zonal = [nat for nat in system.nats if nat.subnet]
    faces = [balancer.name for balancer in system.balancers if not balancer.internal]
    if zonal and outside:
        broken = changed(system, "PublicTable", way="")
        related = [*outside, *(nat.name for nat in zonal), *faces, "PublicTable"]
        yield fault("NAT without a way on", f"NET-025 {NO_WAY}", broken, related)
        broken = changed(system, zonal[0].name, subnet=system.services[0].subnets[0])
        yield fault("NAT in a private subnet", f"NET-025 {NO_WAY}", broken, [*outside, zonal[0].name])
    if system.has_internet and (faces or (ways_out(system) and outside)):
        broken = replace(system, is_attached=False)
        nats = [nat.name for nat in system.nats]
        related = [*outside, *nats, *faces, INTERNET, "PublicTable"]
        yield fault("the gateway not attached", "NET-027 NET-025 LB-008", broken, related)
    for service in system.services:
        if service.public_address and called(system, service) - doors:
            broken = changed(system, service.name, public_address=False)
            ids = f"NET-024 NET-044 {NO_WAY}"
            yield fault(f"{service.name} without an address", ids, broken, [service.name])


def _names(system: System) -> Iterator[Fault]:
    private = [endpoint.name for endpoint in system.endpoints if not endpoint.is_gateway]
    related = [*everybody(system), *private, "Vpc", "Names", "Mesh"]
    yield fault("no names", "NET-013 NET-014", replace(system, dns_support=False), related)
    if private:
        broken = replace(system, dns_hostnames=False)
        yield fault("no host names", "NET-013", broken, related)


def _users(system: System, group: str) -> list[Service]:
    return [service for service in system.services if group in service.groups]


def _peers(system: System, rule: Rule, services: list[Service]) -> list[Service]:
    """Give the services among some that a rule is about, by their group or by the blocks of their subnets."""
    subnets = {subnet.name: subnet.block for subnet in system.subnets}
    return [
        service
        for service in services
        if rule.peer in service.groups
        or rule.peer == system.block
        or rule.peer in {subnets[name] for name in service.subnets}
    ]


def _door_groups(system: System) -> Iterator[Fault]:
    doors = [endpoint for endpoint in system.endpoints if not endpoint.is_gateway]
    served = {endpoint.service for endpoint in doors}
    using = [service for service in system.services if called(system, service) & served]
    for group in system.groups:
        if group.name != "DoorGroup":
            continue
        names = [*(endpoint.name for endpoint in doors), group.name]
        for rule in group.ingress:
            whom = [service.name for service in _peers(system, rule, using)]
            if not whom:
                continue
            left = tuple(other for other in group.ingress if other != rule)
            broken = changed(system, group.name, ingress=left)
            yield fault(f"DoorGroup without {rule.peer}", NOT_LET_IN, broken, [*whom, *names])
            moved = (*left, replace(rule, port=8443))
            broken = changed(system, group.name, ingress=moved)
            yield fault(f"DoorGroup with a wrong port for {rule.peer}", NOT_LET_IN, broken, [*whom, *names])


def _task_groups(system: System) -> Iterator[Fault]:
    for group in system.groups:
        users = _users(system, group.name)
        whom = [name for service in users for name in (service.name, *service.groups)]
        if not users or group.egress == ():
            continue
        shut = changed(system, group.name, egress=())
        ids = "SG-005 SG-006 SG-014"
        yield fault(f"{group.name} lets nothing out", ids, shut, [*whom, group.name])
        for rule in group.egress or ():
            if rule.peer != ANYWHERE or rule.port != HTTPS:
                left = tuple(other for other in group.egress or () if other != rule)
                broken = changed(system, group.name, egress=left)
                ids = "SG-006" if rule.peer == S3_ADDRESSES else "SG-014" if rule.port == NFS else "SG-005"
                name = f"{group.name} without {rule.peer} out on {rule.port}"
                yield fault(name, ids, broken, [*whom, group.name])
    for group in system.groups:
        own = [service for service in system.services if service.groups[0] == group.name]
        yield from _fronts(system, group, [service for service in own if service.balancer])


def _fronts(system: System, group: Group, balanced: list[Service]) -> Iterator[Fault]:
    for rule in group.ingress if balanced else ():
        whom = [service for service in balanced if service.port == rule.port]
        names = [name for service in whom for name in (service.name, service.balancer)]
        left = tuple(other for other in group.ingress if other != rule)
        related = [*names, group.name]
        broken = changed(system, group.name, ingress=left)
        yield fault(f"{group.name} without {rule.peer} in", "SG-007 SG-008", broken, related)
        moved = (*left, replace(rule, port=rule.port + 1))
        broken = changed(system, group.name, ingress=moved)
        yield fault(f"{group.name} admits {rule.peer} elsewhere", "SG-007 SG-008", broken, related)
    for service in balanced:
        front = part(system, f"{service.name}FrontGroup")
        broken = changed(system, front.name, egress=())
        related = [service.name, service.balancer, front.name, group.name]
        yield fault(f"{front.name} lets nothing out", "SG-009", broken, related)


def _files(system: System) -> Iterator[Fault]:
    mounting = [service for service in system.services if service.mounts]
    targets = [target.name for target in system.targets]
    for group in system.groups:
        for rule in group.ingress if group.name == "FilesGroup" else ():
            whom = [service.name for service in _peers(system, rule, mounting)]
            left = tuple(other for other in group.ingress if other != rule)
            broken = changed(system, group.name, ingress=left)
            related = [*whom, group.name, *targets, "Files"]
            yield fault(f"FilesGroup without {rule.peer}", "SG-014", broken, related)
    for target in system.targets:
        broken = without(system, target.name)
        related = [*(service.name for service in mounting), "Files"]
        yield fault(f"without {target.name}", "SG-014", broken, related)


def _balancers(system: System) -> Iterator[Fault]:
    fronts = {service.balancer: service.name for service in system.services}
    private = tuple(subnet.name for subnet in system.subnets if subnet.name.startswith("Private"))
    for balancer in system.balancers:
        related = [balancer.name, fronts[balancer.name]]
        broken = changed(system, balancer.name, subnets=balancer.subnets[:1])
        yield fault(f"{balancer.name} in one zone", "LB-006 LB-007 LB-009", broken, related)
        twice = changed(system, balancer.name, subnets=(balancer.subnets[0], *balancer.subnets[:1]))
        yield fault(f"{balancer.name} twice in a zone", "LB-006 LB-007", twice, related)
        if len(balancer.subnets) > 2:
            broken = changed(system, balancer.name, subnets=balancer.subnets[1:])
            yield fault(f"{balancer.name} not in a zone", "LB-009", broken, related)
        if private and not balancer.internal:
            broken = changed(system, balancer.name, subnets=private)
            # Groups that speak of blocks admit the balancer no longer either.
            group = part(system, related[1]).groups[0]
            yield fault(f"{balancer.name} where no internet is", "LB-008", broken, [*related, group])


def _acls(system: System) -> Iterator[Fault]:
    at = {name for service in system.services for name in service.subnets}
    used = {subnet.acl for subnet in system.subnets if subnet.name in at}
    doors = {endpoint.service for endpoint in system.endpoints if not endpoint.is_gateway}
    outside = [s.name for s in system.services if called(system, s) - doors]
    for acl in system.acls:
        if acl.name not in used or not outside:
            continue
        subnets = [subnet.name for subnet in system.subnets if subnet.acl == acl.name]
        related = [*everybody(system), *subnets, acl.name]
        for entry in acl.entries:
            calls = entry.egress and entry.first == HTTPS
            answers = not entry.egress and entry.last > entry.first
            if entry.block == ANYWHERE and (calls or answers):
                left = tuple(other for other in acl.entries if other != entry)
                broken = changed(system, acl.name, entries=left)
                what = "calls" if calls else "answers"
                yield fault(f"{acl.name} stops {what}", "NET-046", broken, related)


def _blocks(system: System) -> Iterator[Fault]:
    first, *others = system.subnets
    for other in others[:1]:
        broken = changed(system, other.name, block=first.block)
        related = [first.name, other.name, *everybody(system), "DoorGroup", "FilesGroup"]
        yield fault(f"{other.name} where {first.name} is", "CFN-006", broken, related)
    broken = changed(system, first.name, block="10.255.0.0/24")
    # What speaks of blocks does not speak of this one.
    others = [p.name for p in (*system.groups, *system.acls, *system.balancers, *system.targets)]
    related = [first.name, *everybody(system), *others]
    yield fault(f"{first.name} out of the VPC", "CFN-007", broken, related)
