"""Faults of permissions and of tasks: roles, policies of doors, sizes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tests.verify.generated.breaking import callers, fault
from tests.verify.generated.systems import changed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.verify.generated.breaking import Fault
    from tests.verify.generated.systems import Endpoint, Role, Service, System

REFUSED: Final = {
    "ecr:GetAuthorizationToken": "IAM-005",
    "ecr:BatchGetImage": "IAM-007",
    "ecr:GetDownloadUrlForLayer": "IAM-007",
    "logs:CreateLogStream": "IAM-009",
    "logs:PutLogEvents": "IAM-009",
    "secretsmanager:GetSecretValue": "IAM-011",
    "ssm:GetParameters": "IAM-011 IAM-013",
    "ssmmessages:CreateControlChannel": "IAM-018",
    "ssmmessages:CreateDataChannel": "IAM-018",
    "ssmmessages:OpenControlChannel": "IAM-018",
    "ssmmessages:OpenDataChannel": "IAM-018",
}
"""What finds that a role may not do something."""

STOPPED: Final = {
    ("s3", "s3:GetObject"): "NET-038",
    ("ecr.api", "ecr:GetAuthorizationToken"): "NET-040",
    ("ecr.dkr", "ecr:BatchGetImage"): "NET-041",
    ("logs", "logs:CreateLogStream"): "NET-041",
    ("logs", "logs:PutLogEvents"): "NET-041",
    ("secretsmanager", "secretsmanager:GetSecretValue"): "NET-041",
    ("ssm", "ssm:GetParameters"): "NET-041",
    ("ssmmessages", "ssmmessages:OpenDataChannel"): "NET-041",
}
"""What finds that the policy of a door stops something."""

UNUSED: Final = "iam:ListAccountAliases"
"""An action in place of one that was taken away, since a statement needs one."""


def faults(system: System) -> Iterator[Fault]:
    yield from _roles(system)
    yield from _doors(system)
    yield from _services(system)


def _users(system: System, role: str) -> list[Service]:
    return [s for s in system.services if role in {s.execution_role, s.task_role}]


def _roles(system: System) -> Iterator[Fault]:
    for role in system.roles:
        users = _users(system, role.name)
        whom = [*(service.name for service in users), role.name]
        broken = changed(system, role.name, trusts="ec2.amazonaws.com")
        yield fault(f"{role.name} trusts others", "IAM-002", broken, whom)
        if role.managed:
            broken = changed(system, role.name, managed=())
            yield fault(f"{role.name} without its managed policy", "IAM-005 IAM-007 IAM-009", broken, whom)
        yield from _statements(system, role, users)


def _statements(system: System, role: Role, users: list[Service]) -> Iterator[Fault]:
    for number, statement in enumerate(role.statements):
        for action in statement.actions:
            if action == "kms:Decrypt":
                ids = "IAM-030" if statement.resources == (system.session_key,) else "IAM-014"
            elif action in REFUSED:
                ids = REFUSED[action]
            else:
                continue
            left = tuple(other for other in statement.actions if other != action) or (UNUSED,)
            new = [*role.statements]
            new[number] = replace(statement, actions=left)
            broken = changed(system, role.name, statements=tuple(new))
            whom = [service.name for service in users if _does(system, service, role, action)]
            yield fault(f"{role.name} without {action}", ids, broken, [*whom, role.name])
        if "ssm:GetParameters" in statement.actions:
            new = [*role.statements]
            new[number] = replace(statement, actions=("ssm:GetParameter",))
            broken = changed(system, role.name, statements=tuple(new))
            whom = [service.name for service in users if service.parameters]
            yield fault(f"{role.name} reads one parameter", "IAM-013", broken, [*whom, role.name])
        if "ecr:GetAuthorizationToken" in statement.actions:
            new = [*role.statements]
            new[number] = replace(statement, resources=(users[0].log,))
            broken = changed(system, role.name, statements=tuple(new))
            whom = [service.name for service in users if not service.image]
            yield fault(f"{role.name} logs in to a thing", "IAM-006 IAM-005", broken, [*whom, role.name])


def _does(system: System, service: Service, role: Role, action: str) -> bool:
    """Say whether a service's tasks need an action of a role."""
    if role.name == service.task_role:
        return service.can_exec
    under_key = {secret.name for secret in system.secrets if secret.key}
    return {
        "secretsmanager:GetSecretValue": bool(service.secrets),
        "ssm:GetParameters": bool(service.parameters),
        "kms:Decrypt": bool(under_key & set(service.secrets)),
    }.get(action, not (service.image and action.startswith("ecr:")))


def _doors(system: System) -> Iterator[Fault]:
    for endpoint in system.endpoints:
        calling = callers(system, endpoint.service)
        if not endpoint.policy or not calling:
            continue
        (said,) = endpoint.policy
        whom = [*calling, endpoint.name]
        for action in said.actions:
            if ids := STOPPED.get((endpoint.service, action), ""):
                left = tuple(other for other in said.actions if other != action) or (UNUSED,)
                broken = changed(system, endpoint.name, policy=(replace(said, actions=left),))
                yield fault(f"{endpoint.name} stops {action}", ids, broken, whom)
        yield from _principals(system, endpoint, whom)


def _principals(system: System, endpoint: Endpoint, whom: list[str]) -> Iterator[Fault]:
    (said,) = endpoint.policy or ()
    if endpoint.service == "s3":
        broken = changed(system, endpoint.name, policy=(replace(said, conditions=("aws:PrincipalAccount",)),))
        yield fault(f"{endpoint.name} is for one account", "NET-039", broken, whom)
    others = [service.task_role for service in system.services if service.task_role]
    if endpoint.service.startswith("ecr.") and others:
        broken = changed(system, endpoint.name, policy=(replace(said, principals=(others[0],)),))
        yield fault(f"{endpoint.name} is for a task role", "NET-042", broken, whom)


def _services(system: System) -> Iterator[Fault]:
    for service in system.services:
        broken = changed(system, service.name, cpu=256, memory=8192)
        yield fault(f"{service.name} of no size", "TASK-001", broken, [service.name])
        if service.can_exec:
            broken = changed(system, service.name, task_role="")
            yield fault(f"{service.name} without a task role", "IAM-016", broken, [service.name])
