"""The smallest system of which something still holds: parts are taken away for as long as it does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from tests.verify.generated.systems import changed, without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.verify.generated.systems import Acl, Endpoint, Group, Role, Service, System

MOST_ATTEMPTS: Final = 200
"""An attempt takes about a second."""


def shrunk(system: System, still: Callable[[System], bool], *, most_attempts: int = MOST_ATTEMPTS) -> System:
    """Return a system, of which the same holds, from which nothing more can be taken away.

    Args:
        system: Of which it holds.
        still: Whether it holds of another; False also where that makes no sense.
        most_attempts: After so many questions, what was reached is the answer.
    """
    attempts = 0
    rejected: set[System] = set()
    while True:
        for smaller in _smaller(system):
            if smaller in rejected:
                continue
            attempts += 1
            if attempts > most_attempts:
                return system
            if still(smaller):
                system = smaller
                break
            rejected.add(smaller)
        else:
            return system


def _smaller(system: System) -> Iterator[System]:
    """Give what is one step smaller, the largest steps first."""
    yield from _fewer_parts(system)
    for service in system.services:
        yield from _simpler_services(system, service)
    used = {name for service in system.services for name in service.subnets}
    for subnet in system.subnets:
        if subnet.name not in used:
            yield _without_subnets(system, {subnet.name})
    for endpoint in system.endpoints:
        yield from _simpler_endpoints(system, endpoint)
    for group in system.groups:
        yield from _simpler_groups(system, group)
    for acl in system.acls:
        yield from _simpler_acls(system, acl)
    for role in system.roles:
        yield from _simpler_roles(system, role)
    yield from _simpler_networks(system)


def _fewer_parts(system: System) -> Iterator[System]:
    if system.has_neighbour:
        yield replace(system, has_neighbour=False)
    if len(system.services) > 1:
        for service in system.services:
            yield _tidied(without(system, service.name))
    if system.acls:
        yield _without_acls(system)
    if len(zones := sorted({subnet.zone for subnet in system.subnets})) > 1:
        for zone in zones:
            yield _without_subnets(system, {each.name for each in system.subnets if each.zone == zone})
    for endpoint in system.endpoints:
        yield _tidied(without(system, endpoint.name))


def _simpler_services(system: System, service: Service) -> Iterator[System]:
    plainer: dict[str, Any] = {"secrets": (), "parameters": (), "can_exec": False, "discovered": False}
    for field, value in plainer.items():
        if getattr(service, field) != value:
            yield _tidied(changed(system, service.name, **{field: value}))
    if service.task_role and not service.can_exec:
        yield _tidied(changed(system, service.name, task_role=""))
    if len(service.subnets) > 1:
        for subnet in service.subnets:
            yield changed(system, service.name, subnets=(subnet,))
    if len(service.groups) > 1:
        for group in service.groups:
            yield _tidied(changed(system, service.name, groups=(group,)))


def _simpler_endpoints(system: System, endpoint: Endpoint) -> Iterator[System]:
    if endpoint.policy is not None:
        yield changed(system, endpoint.name, policy=None)
        for at in range(len(endpoint.policy) if len(endpoint.policy) > 1 else 0):
            yield changed(system, endpoint.name, policy=_but(endpoint.policy, at))
    for field in ("subnets", "tables"):
        if len(names := getattr(endpoint, field)) > 1:
            for at in range(len(names)):
                yield changed(system, endpoint.name, **{field: _but(names, at)})


def _simpler_groups(system: System, group: Group) -> Iterator[System]:
    if group.egress is not None:
        yield changed(system, group.name, egress=None)
        for at in range(len(group.egress)):
            yield changed(system, group.name, egress=_but(group.egress, at))
    for at in range(len(group.ingress)):
        yield changed(system, group.name, ingress=_but(group.ingress, at))


def _simpler_acls(system: System, acl: Acl) -> Iterator[System]:
    names = [subnet.name for subnet in system.subnets if subnet.acl == acl.name]
    for name in names:
        yield _tidied(changed(system, name, acl=""))
    for at in range(len(acl.entries)):
        yield changed(system, acl.name, entries=_but(acl.entries, at))


def _simpler_roles(system: System, role: Role) -> Iterator[System]:
    for at, statement in enumerate(role.statements):
        yield changed(system, role.name, statements=_but(role.statements, at))
        if len(statement.actions) > 1:
            for which in range(len(statement.actions)):
                fewer = replace(statement, actions=_but(statement.actions, which))
                new = (*role.statements[:at], fewer, *role.statements[at + 1 :])
                yield changed(system, role.name, statements=new)


def _simpler_networks(system: System) -> Iterator[System]:
    ways = {table.way for table in system.tables}
    for nat in system.nats:
        if nat.name not in ways:
            yield without(system, nat.name)
    if system.session_key:
        keys = tuple(key for key in system.keys if key != system.session_key)
        yield replace(system, session_key="", keys=keys)
    for table in system.tables:
        if all(subnet.table != table.name for subnet in system.subnets):
            yield _without_table(system, table.name)


def _without_acls(system: System) -> System:
    return replace(system, acls=(), subnets=tuple(replace(subnet, acl="") for subnet in system.subnets))


def _without_table(system: System, name: str) -> System:
    left = without(system, name)
    endpoints = tuple(
        replace(each, tables=tuple(table for table in each.tables if table != name))
        for each in left.endpoints
    )
    return replace(left, endpoints=endpoints)


def _without_subnets(system: System, gone: set[str]) -> System:
    """Take subnets out of a system, and out of whatever is in them; what was in no other goes, too."""
    services = tuple(
        replace(each, subnets=left)
        for each in system.services
        if (left := tuple(name for name in each.subnets if name not in gone))
    )
    endpoints = tuple(
        replace(each, subnets=left)
        for each in system.endpoints
        if (left := tuple(name for name in each.subnets if name not in gone)) or each.is_gateway
    )
    return replace(
        system,
        services=services,
        endpoints=endpoints,
        subnets=tuple(each for each in system.subnets if each.name not in gone),
        nats=tuple(each for each in system.nats if each.subnet not in gone),
    )


def _tidied(system: System) -> System:
    """Take out of a system what nothing in it refers to any more, with what refers to that."""
    secrets = {name for service in system.services for name in service.secrets}
    parameters = {name for service in system.services for name in service.parameters}
    roles = {name for each in system.services for name in (each.execution_role, each.task_role)}
    held = [*system.services, *(each for each in system.endpoints if not each.is_gateway)]
    groups = {name for each in held for name in each.groups}
    acls = {subnet.acl for subnet in system.subnets}
    logs = {service.log for service in system.services}
    keys = {secret.key for secret in system.secrets if secret.name in secrets} | {system.session_key}
    known = secrets | parameters | roles | logs | keys
    gone = _nameable(system) - known

    def left(role: Role) -> Role:
        return replace(role, statements=_about(role.statements, gone))

    return replace(
        system,
        secrets=tuple(each for each in system.secrets if each.name in secrets),
        parameters=tuple(name for name in system.parameters if name in parameters),
        keys=tuple(key for key in system.keys if key in keys),
        roles=tuple(left(role) for role in system.roles if role.name in roles),
        groups=tuple(_speaking_of(each, groups) for each in system.groups if each.name in groups),
        acls=tuple(acl for acl in system.acls if acl.name in acls),
        endpoints=tuple(
            each if each.policy is None else replace(each, policy=_about(each.policy, gone) or None)
            for each in system.endpoints
        ),
    )


def _nameable(system: System) -> set[str]:
    """Give the names that a statement may have, but for those that are patterns."""
    found = {name for role in system.roles for each in role.statements for name in each.resources}
    found |= {name for end in system.endpoints for each in end.policy or () for name in each.resources}
    found |= {name for end in system.endpoints for each in end.policy or () for name in each.principals}
    return {name for name in found if name.isidentifier()}


def _about(statements: tuple[Any, ...], gone: set[str]) -> tuple[Any, ...]:
    """Give the statements that are about something that is there, and by somebody who is."""
    found: list[Any] = []
    for each in statements:
        resources = tuple(name for name in each.resources if name not in gone)
        principals = tuple(name for name in each.principals if name not in gone)
        if resources and principals:
            found.append(replace(each, resources=resources, principals=principals))
    return tuple(found)


def _speaking_of(group: Group, known: set[str]) -> Group:
    def kept(peer: str) -> bool:
        return peer in known or not peer.isidentifier()

    egress = group.egress and tuple(rule for rule in group.egress if kept(rule.peer))
    return replace(group, ingress=tuple(r for r in group.ingress if kept(r.peer)), egress=egress)


def _but(items: tuple[Any, ...], at: int) -> tuple[Any, ...]:
    return items[:at] + items[at + 1 :]
