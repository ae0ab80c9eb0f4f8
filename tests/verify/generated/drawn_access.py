"""Who may call whom in a drawn system: security groups, roles, policies of doors, ACLs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tests.verify.generated.systems import (
    ANYWHERE,
    HTTPS,
    LAYERS,
    NFS,
    S3_ADDRESSES,
    Acl,
    Entry,
    Group,
    Role,
    Rule,
    Service,
    Statement,
    System,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from tests.verify.generated.plans import Plan

EXECUTION_POLICY: Final = "service-role/AmazonECSTaskExecutionRolePolicy"
TOKEN: Final = ("ecr:GetAuthorizationToken",)
PULL: Final = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability")
LOG: Final = ("logs:CreateLogStream", "logs:PutLogEvents")
CHANNELS: Final = (
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
_EPHEMERAL: Final = (1024, 65535)


def groups(plan: Plan, system: System) -> System:
    by_group: dict[str, list[Service]] = {}
    for service in system.services:
        by_group.setdefault(service.groups[0], []).append(service)
    found: list[Group] = []
    for name, services in by_group.items():
        ingress = [
            Rule(peer=peer, port=service.port)
            for service in services
            if service.balancer
            for peer in _peers(plan, system, f"{service.name}FrontGroup", service.balancer)
        ]
        egress = _egress(plan, system, mounts=any(service.mounts for service in services))
        egress = () if plan.base_group else egress
        found.append(Group(name=name, ingress=tuple(dict.fromkeys(ingress)), egress=egress))
    if plan.base_group:
        mounts = any(service.mounts for service in system.services)
        found.append(Group(name="BaseGroup", egress=_egress(plan, system, mounts=mounts)))
    if any(not endpoint.is_gateway for endpoint in system.endpoints):
        found.append(Group(name="DoorGroup", ingress=_from_tasks(plan, system, list(by_group), HTTPS)))
    if system.targets:
        mounting = [name for name, services in by_group.items() if any(s.mounts for s in services)]
        found.append(Group(name="FilesGroup", ingress=_from_tasks(plan, system, mounting, NFS)))
    for service in system.services:
        if service.balancer:
            own = Rule(peer=service.groups[0], port=service.port)
            egress = (own,) if plan.tight else None
            ingress = (Rule(peer=ANYWHERE, port=80),)
            found.append(Group(name=f"{service.name}FrontGroup", ingress=ingress, egress=egress))
    return replace(system, groups=tuple(found))


def _peers(plan: Plan, system: System, group: str, balancer: str) -> tuple[str, ...]:
    if plan.admits == "group":
        return (group,)
    if plan.admits == "vpc":
        return (system.block,)
    names = next(found.subnets for found in system.balancers if found.name == balancer)
    return tuple(subnet.block for subnet in system.subnets if subnet.name in names)


def _from_tasks(plan: Plan, system: System, groups: list[str], port: int) -> tuple[Rule, ...]:
    peers: tuple[str, ...] = tuple(groups)
    if plan.admits == "vpc":
        peers = (system.block,)
    if plan.admits == "subnets":
        peers = tuple(subnet.block for subnet in system.subnets if subnet.name in plan.subnets())
    return tuple(Rule(peer=peer, port=port) for peer in peers)


def _egress(plan: Plan, system: System, *, mounts: bool) -> tuple[Rule, ...] | None:
    """Let out what a task calls, and nothing else."""
    if not plan.tight:
        return None
    if plan.egress != "none":
        found = [Rule(peer=ANYWHERE, port=HTTPS)]
    else:
        door = "DoorGroup" if plan.admits == "group" else system.block
        found = [Rule(peer=door, port=HTTPS), Rule(peer=S3_ADDRESSES, port=HTTPS)]
    if mounts:
        found.append(Rule(peer="FilesGroup" if plan.admits == "group" else system.block, port=NFS))
    return tuple(found)


def roles(plan: Plan, system: System) -> System:
    """Let each role do what it is for."""
    execution: dict[str, list[Service]] = {}
    for service in system.services:
        execution.setdefault(service.execution_role, []).append(service)
    managed = (EXECUTION_POLICY,) if plan.managed else ()
    found = [
        Role(name=name, statements=tuple(_of_execution(plan, system, services)), managed=managed)
        for name, services in execution.items()
    ]
    for service in system.services:
        if service.task_role:
            statements = [Statement(actions=CHANNELS)] if service.can_exec else []
            if service.can_exec and system.session_key:
                statements.append(Statement(actions=("kms:Decrypt",), resources=(system.session_key,)))
            found.append(Role(name=service.task_role, statements=tuple(statements)))
    return replace(system, roles=tuple(found))


def _of_execution(plan: Plan, system: System, services: list[Service]) -> Iterator[Statement]:
    if not plan.managed:
        if any(not service.image for service in services):
            yield Statement(actions=TOKEN)
            yield Statement(actions=PULL)
        yield Statement(actions=LOG, resources=tuple(service.log for service in services))
    keys = {secret.name for secret in system.secrets if secret.key}
    secrets = tuple(secret for service in services for secret in service.secrets)
    parameters = tuple(parameter for service in services for parameter in service.parameters)
    if secrets:
        yield Statement(actions=("secretsmanager:GetSecretValue",), resources=secrets)
    if keys & set(secrets):
        yield Statement(actions=("kms:Decrypt",), resources=("Key",))
    if parameters:
        yield Statement(actions=("ssm:GetParameters",), resources=parameters)


def policies(rng: random.Random, system: System) -> System:
    """Let through the doors what tasks do there."""
    execution = tuple(dict.fromkeys(service.execution_role for service in system.services))
    execution = execution if rng.random() < 0.5 else ("*",)
    secrets = tuple(secret.name for secret in system.secrets)
    said = {
        "s3": Statement(actions=("s3:GetObject",), resources=(LAYERS,)),
        "ecr.api": Statement(actions=(*TOKEN, *PULL), principals=execution),
        "ecr.dkr": Statement(actions=(*TOKEN, *PULL), principals=execution),
        "logs": Statement(actions=LOG, principals=execution),
        "secretsmanager": Statement(
            actions=("secretsmanager:GetSecretValue",), resources=secrets, principals=execution
        ),
        "ssm": Statement(actions=("ssm:GetParameters",), resources=system.parameters, principals=execution),
        "ssmmessages": Statement(actions=CHANNELS),
    }
    endpoints = tuple(
        replace(endpoint, policy=(said[endpoint.service],))
        if endpoint.service in said and rng.random() < 0.7
        else endpoint
        for endpoint in system.endpoints
    )
    return replace(system, endpoints=endpoints)


def acls(system: System) -> System:
    """Let through, in each direction, calls and their answers."""
    ports = {service.port for service in system.services if service.balancer}
    inner = sorted({HTTPS, NFS} | {port for port in ports if port < _EPHEMERAL[0]})
    first, last = _EPHEMERAL
    between = [Entry(egress=False, block=system.block, first=port, last=port) for port in inner]
    between += [Entry(egress=True, block=system.block, first=port, last=port) for port in inner]
    common = [
        *between,
        Entry(egress=True, block=ANYWHERE, first=HTTPS, last=HTTPS),
        Entry(egress=False, block=ANYWHERE, first=first, last=last),
        Entry(egress=True, block=ANYWHERE, first=first, last=last),
    ]
    web = Entry(egress=False, block=ANYWHERE, first=80, last=80)
    kinds = {subnet.name.rstrip("0123456789") for subnet in system.subnets}
    acls = tuple(
        Acl(name=f"{kind}Acl", entries=tuple(dict.fromkeys([*common, web]))) for kind in sorted(kinds)
    )
    subnets = tuple(
        replace(subnet, acl=subnet.name.rstrip("0123456789") + "Acl") for subnet in system.subnets
    )
    return replace(system, acls=acls, subnets=subnets)
