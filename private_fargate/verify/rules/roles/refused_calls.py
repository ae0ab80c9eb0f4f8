"""Calls that a role is refused, told apart by what one would mend: each has one cause, and so one rule."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from private_fargate.verify import iam
from private_fargate.verify.tasks.containers import containers
from private_fargate.verify.tasks.demand import Call
from private_fargate.verify.tasks.resource_policies import CACHE
from private_fargate.verify.tasks.trust import trust
from private_fargate.verify.tasks.workloads import Workload
from private_fargate.verify.templates.values import as_text, matches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.iam.statements import Condition, Effect
    from private_fargate.verify.model import Model
    from private_fargate.verify.tasks.path import Check, Path
    from private_fargate.verify.tasks.roles import Role
    from private_fargate.verify.templates.resources import Resource

LOGIN: Final = "ecr:GetAuthorizationToken"

Miss: TypeAlias = Literal["action", "resource", "condition"]
"""What of the closest statement does not fit; `condition` stands for a denial and a boundary as well."""

Cause: TypeAlias = Literal[
    "login",
    "login to one repository",
    "login by network",
    "pull",
    "pull of another repository",
    "cache",
    "log",
    "log without its streams",
    "log group",
    "secret",
    "one parameter only",
    "key",
    "file",
    "another role",
    "exec",
    "exec key",
    "exec log",
    "host",
]
"""Why a call is refused, in terms of what is to be mended."""

_NETWORK: Final = frozenset({"aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"})
_OF_TASK: Final[dict[str, Cause]] = {"ssmmessages": "exec", "kms": "exec key", "logs": "exec log"}
_OF_AGENT: Final[dict[str, Cause]] = {
    "ecr": "pull",
    "kms": "key",
    "logs": "log",
    "s3": "file",
    "secretsmanager": "secret",
    "ssm": "secret",
}
_BY_ACTION: Final[dict[str, Cause]] = {
    LOGIN: "login",
    "logs:CreateLogGroup": "log group",
    **dict.fromkeys(CACHE, "cache"),
}
_ELSEWHERE: Final = ("login", "pull", "log", "secret", "file")
"""Causes that one mends by moving a permission from the task role."""

_UNRELATED: Final = Call("ecs:DeleteCluster")
"""What only a role that may do everything may do too."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call that a role is refused, in one path.

    Attributes:
        path: Who needs it.
        check: The step that fails.
        call: What is refused.
        role: The role.
        place: The resource that is to be mended: the role, or the key that does not know it.
        cause: Why, in terms of what is to be mended.
    """

    path: Path
    check: Check
    call: Call
    role: Role
    place: Resource
    cause: Cause


def all_paths(model: Model) -> tuple[Path, ...]:
    """Give the paths of all that runs, and of task definitions that nothing in the templates runs."""
    running = {id(workload.definition) for workload in model.tasks}
    found = list(model.paths)
    for definition in model.definitions:
        if id(definition) not in running:
            alone = Workload(
                name=str(definition.address),
                kind="run",
                resource=definition,
                definition=definition,
                definition_value=definition.ref,
                containers=tuple(containers(definition)),
            )
            found += [*trust(model.roles, alone), *model.solver.of(alone)]
    return tuple(found)


@lru_cache(maxsize=1)
def refusals(model: Model) -> tuple[Refusal, ...]:
    """Give the calls that roles of ours are refused for certain."""
    found: list[Refusal] = []
    for path in model.once(all_paths):
        for check in path.failing("role"):
            role = model.roles.role(check.resource.attribute("Arn")) if check.resource else None
            call = check.call
            if role and call:
                found.append(
                    Refusal(
                        path, check, call, role, _place(model, role, call), _cause(model, path, role, call)
                    )
                )
    return tuple(found)


def statements(role: Role, call: Call, effect: Effect = "Allow") -> Iterator[iam.Statement]:
    """Give the statements of a role's policies of some effect that are about an action."""
    asked = call.action.lower()
    for policy in role.about(call.action):
        for statement in policy.statements:
            named = any(matches(pattern, asked) for pattern in statement.actions.texts)
            if statement.effect == effect and named is not statement.actions.negated:
                yield statement


def depends_on_network(role: Role) -> str:
    """Give the condition on a network under which alone a role may log in to ECR; empty if there is none."""
    call = Call(LOGIN)
    denying = [
        statement
        for statement in statements(role, call, "Deny")
        if statement.conditions and all(map(_spares, statement.conditions)) and _is_about_all(statement)
    ]
    allowing = list(statements(role, call))
    if not denying and not all(any(map(_asks, statement.conditions)) for statement in allowing):
        return ""
    found = [c for s in denying or allowing for c in s.conditions if _spares(c) or _asks(c)]
    return str(found[0]) if found else ""


def _is_about_all(statement: iam.Statement) -> bool:
    """Say whether a statement is about calls without a resource too."""
    chosen = statement.resources
    return chosen is not None and not chosen.negated and "*" in chosen.texts


def _asks(condition: Condition) -> bool:
    """Say whether a condition holds only for what comes out of some network."""
    operator = condition.operator.lower()
    on_network = condition.key.lower() in _NETWORK and not operator.startswith("null")
    return on_network and "not" not in operator and not operator.endswith("ifexists")


def _spares(condition: Condition) -> bool:
    """Say whether a condition of a denial holds for all but what comes out of some network."""
    operator = condition.operator.lower()
    return condition.key.lower() in _NETWORK and "not" in operator and ":" not in operator


def _place(model: Model, role: Role, call: Call) -> Resource:
    """Find where a refusal is to be mended: at the key, if the role allows what the key does not."""
    key = model.system.find(call.resources[0], "KMS::Key") if call.action.startswith("kms:") else None
    request = model.roles.request(role.resource, call.action, call.resources[0], ())
    own = iam.identity(role.about(call.action), role.boundary, request) if key else None
    return key if key and own and own.allowed is not False and not own.denied else role.resource


def _cause(model: Model, path: Path, role: Role, call: Call) -> Cause:
    """Find what is to be mended."""
    service = call.action.partition(":")[0]
    if path.demand.caller == "instance":
        return "host"
    if path.demand.caller == "task":
        return _OF_TASK.get(service, "exec")
    miss = _miss(model, role, call)
    cause = _of_agent(model, role, call, miss)
    if miss == "action" and cause in _ELSEWHERE and _is_with_task_role(model, path, role, call):
        return "another role"
    return cause


def _of_agent(model: Model, role: Role, call: Call, miss: Miss) -> Cause:
    """Find what is to be mended where the execution role is refused something."""
    cause: Cause = _OF_AGENT.get(call.action.partition(":")[0], "secret")
    if call.action in _BY_ACTION:
        cause = _BY_ACTION[call.action]
    elif cause == "pull" and miss == "resource":
        cause = "pull of another repository"
    elif cause == "log" and miss == "resource" and _lacks_streams(role, call):
        cause = "log without its streams"
    if cause == "login" and miss == "resource":
        cause = "login to one repository"
    if cause == "login" and miss == "condition" and depends_on_network(role):
        cause = "login by network"
    single = Call("ssm:GetParameter", call.resources)
    if call.action == "ssm:GetParameters" and model.roles.may(_arn(role), single, ()).allowed:
        cause = "one parameter only"
    return cause


def _miss(model: Model, role: Role, call: Call) -> Miss:
    """Say how far the closest statement comes."""
    found: Miss = "action"
    for statement in statements(role, call):
        alone = iam.Policy("", (statement,))
        for resource in call.resources:
            request = model.roles.request(role.resource, call.action, resource, ())
            decision = iam.decide((alone,), request)
            if decision.allowed is not False or decision.stopped == "condition":
                return "condition"
            found = "resource" if decision.stopped == "resource" else found
    return found


def _lacks_streams(role: Role, call: Call) -> bool:
    """Say whether a statement names the log group as it is, where its streams are called for."""
    patterns = [
        p
        for s in statements(role, call)
        if s.resources and not s.resources.negated
        for p in s.resources.texts
    ]
    return any(
        iam.covers(f"{pattern}:*", text) is not False for pattern in patterns for text in call.resources
    )


def _is_with_task_role(model: Model, path: Path, role: Role, call: Call) -> bool:
    """Say whether the task role, which does not make the call, may make it."""
    source = path.workload.definition or path.workload.resource
    other = model.roles.role(source.get("TaskRoleArn"))
    if other is None or other.resource is role.resource:
        return False
    if model.roles.may(_arn(other), _UNRELATED, ()).allowed:
        return False
    return model.roles.may(_arn(other), call, ()).allowed is True


def _arn(role: Role) -> str:
    return as_text(role.resource.attribute("Arn"))
