"""Random changes of who may do what: roles, and the policies of endpoints."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tests.fabric.oracle.changed_ways import one
from tests.verify.generated.systems import EVERYTHING, LAYERS, Statement, changed

if TYPE_CHECKING:
    import random

    from tests.fabric.oracle.changed_ways import Change
    from tests.verify.generated.systems import Endpoint, Role, System

REFUSED: Final = "!"
"""What stands before the actions of a statement that denies, where a system can only allow."""

_ACTIONS: Final = (
    "ecr:GetAuthorizationToken",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameters",
    "kms:Decrypt",
    "s3:GetObject",
    "ecr:Batch*",
    "*",
)
_TRUSTED: Final = ("ec2.amazonaws.com", "ecs.amazonaws.com", "ecs-tasks.amazonaws.com")


def _statement(
    rng: random.Random, system: System, old: Statement, *, is_policy: bool
) -> tuple[str, Statement]:
    """Change one thing about a statement."""
    kinds = ["actions", "resources", "conditions", *(["principals"] if is_policy else [])]
    kind = rng.choice(kinds)
    if kind == "actions":
        if len(old.actions) > 1 and rng.random() < 0.5:
            gone = rng.choice(old.actions)
            return "fewer actions", replace(old, actions=tuple(a for a in old.actions if a != gone))
        return "other actions", replace(old, actions=(rng.choice(_ACTIONS),))
    if kind == "resources":
        return "other resources", replace(old, resources=(rng.choice(_things(system)),))
    if kind == "principals":
        return "other principals", replace(old, principals=(rng.choice(system.roles).name,))
    keys = ("aws:PrincipalAccount", "aws:ResourceAccount", "aws:SourceVpc", "aws:SourceAccount")
    return "a condition", replace(old, conditions=(rng.choice(keys),))


def _things(system: System) -> list[str]:
    secrets = [secret.name for secret in system.secrets]
    logs = [service.log for service in system.services]
    return [EVERYTHING, LAYERS, *secrets, *system.parameters, *system.keys, *logs]


def _refusal(rng: random.Random, system: System, done: tuple[str, ...]) -> Statement:
    """Refuse something, which is most often among what is done."""
    asked = done if done and rng.random() < 0.8 else _ACTIONS
    actions = tuple(REFUSED + action for action in rng.sample(asked, rng.randint(1, min(2, len(asked)))))
    conditions = rng.choice([(), (), ("aws:SourceVpc",), ("aws:PrincipalAccount",)])
    resource = EVERYTHING if rng.random() < 0.6 else rng.choice(_things(system))
    return Statement(actions=actions, resources=(resource,), conditions=conditions)


def _prefix(service: str) -> str:
    return f"{service.partition('.')[0]}:"


def other_policy(rng: random.Random, system: System) -> Change:
    endpoint: Endpoint | None = one(rng, system.endpoints)
    if endpoint is None:
        return None
    old = endpoint.policy or (Statement(actions=("*",)),)
    if rng.random() < 0.3:
        done = tuple(each for each in _ACTIONS if each.startswith(_prefix(endpoint.service)))
        policy = (*old, _refusal(rng, system, done))
        return "a refusal in a policy", changed(system, endpoint.name, policy=policy)
    what, new = _statement(rng, system, old[0], is_policy=True)
    return f"a policy with {what}", changed(system, endpoint.name, policy=(new, *old[1:]))


def other_role(rng: random.Random, system: System) -> Change:
    role: Role = rng.choice(system.roles)
    if not role.statements or rng.random() < 0.2:
        done = tuple(action for statement in role.statements for action in statement.actions)
        added = (*role.statements, _refusal(rng, system, done or _ACTIONS[:5]))
        return "a refusal in a role", changed(system, role.name, statements=added)
    at = rng.randrange(len(role.statements))
    what, new = _statement(rng, system, role.statements[at], is_policy=False)
    statements = (*role.statements[:at], new, *role.statements[at + 1 :])
    return f"a role with {what}", changed(system, role.name, statements=statements)


def lost_statement(rng: random.Random, system: System) -> Change:
    role: Role = rng.choice(system.roles)
    if role.managed and rng.random() < 0.5:
        return "a role without its managed policy", changed(system, role.name, managed=())
    if not role.statements:
        return None
    at = rng.randrange(len(role.statements))
    left = role.statements[:at] + role.statements[at + 1 :]
    return "a role with a statement less", changed(system, role.name, statements=left)


def trust(rng: random.Random, system: System) -> Change:
    role: Role = rng.choice(system.roles)
    return "a role for another service", changed(system, role.name, trusts=rng.choice(_TRUSTED))


def swapped_role(rng: random.Random, system: System) -> Change:
    service = rng.choice(system.services)
    return "a service with another role", changed(
        system, service.name, execution_role=rng.choice(system.roles).name
    )
