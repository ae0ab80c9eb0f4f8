"""Who may take the roles of tasks and hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.paths import faults
from private_fargate.verify.rules.roles.refused_calls import all_paths
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.tasks.roles import CHINESE_HOSTS, HOSTS, TASKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.iam import Decision, Statement
    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.tasks.path import Check, Path
    from private_fargate.verify.tasks.roles import Role
    from private_fargate.verify.templates.resources import Resource

_TRUST: Final = "AssumeRolePolicyDocument"
_NOT_TAKEN: Final = (
    "ECS was unable to assume the role 'arn:aws:iam::…:role/…' that was provided for this task. Please "
    "verify that the role being passed has the proper trust relationship and permissions and that your "
    "IAM user has permissions to pass this role."
)
_PAGE: Final = "AmazonECS/latest/developerguide/task-iam-roles.html"
_SOURCES: Final = frozenset(
    {"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths", ""}
)
"""Keys that tell whose task it is; an empty one stands for a condition that cannot be read."""


def _not_taken(model: Model, *, by_condition: bool) -> Iterator[Fault]:
    """Make a fault of each role that ECS may not take for a task."""
    found = [
        (path, check)
        for path in model.once(all_paths)
        for check in path.failing("trust")
        if path.workload.kind != "host" and _is_by_condition(model, check) is by_condition
    ]

    def role_of(_path: Path, check: Check) -> Resource | None:
        return check.resource

    def message(group: list[tuple[Path, Check]]) -> str:
        path, check = group[0]
        role = path.demand.need.removeprefix("take ")
        return f"{TASKS} may not take {check.by}, {role} of {path.workload.name}: {check.why}"

    yield from faults(found, role_of, message, (_TRUST,))


def _is_by_condition(model: Model, check: Check) -> bool:
    """Say whether it is a condition that keeps ECS from a role."""
    if check.resource is None:
        return False
    decision = model.roles.may_assume(check.resource.attribute("Arn"), TASKS)
    if decision.denied:
        return bool(decision.by and decision.by.conditions)
    return decision.stopped == "condition"


@rule(
    "IAM-002",
    "error",
    "ECS may take the roles of a task",
    symptom=_NOT_TAKEN,
    fix="Allow sts:AssumeRole to the Principal Service ecs-tasks.amazonaws.com.",
    source=_PAGE,
)
def tasks_may_take_their_roles(model: Model) -> Iterator[Fault]:
    """The names are much alike: ecs.amazonaws.com is for ECS itself, and ec2.amazonaws.com for its hosts.

    IAM takes any of them, and the service is created; only its tasks do not start.
    """
    yield from _not_taken(model, by_condition=False)


@rule(
    "IAM-003",
    "error",
    "The condition on who may take the roles of a task holds for ECS",
    symptom=_NOT_TAKEN,
    fix="Compare aws:SourceArn with ArnLike to arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:*, "
    "and aws:SourceAccount with StringEquals to the account.",
    source=f"{_PAGE}: a specific cluster is not supported",
)
def conditions_of_trust_hold(model: Model) -> Iterator[Fault]:
    """ECS names the task, and never its cluster, service or task definition, as the source."""
    yield from _not_taken(model, by_condition=True)


@rule(
    "IAM-004",
    "info",
    "The roles of tasks are for tasks of their own account",
    symptom="none: the service could be led to take the role for somebody else (the confused deputy)",
    fix="Add Condition: { StringEquals: { aws:SourceAccount: !Ref AWS::AccountId } } to the statement.",
    source=_PAGE,
)
def trust_names_the_account(model: Model) -> Iterator[Fault]:
    """Whoever is allowed to take the role is a service that works for all accounts."""
    for role in roles_of_tasks(model):
        open_ones = [statement for statement in role.trust.statements if _is_open(statement)]
        if open_ones:
            message = f"{role.resource.address} is for {TASKS}, whoever's task it is"
            yield Fault(role.resource, message, at=(_TRUST,))


def _is_open(statement: Statement) -> bool:
    """Say whether a statement lets ECS take a role for a task of anybody."""
    services = statement.principals.services if statement.principals else ()
    keys = {condition.key.lower() for condition in statement.conditions}
    return statement.effect == "Allow" and TASKS in services and not keys & _SOURCES


def roles_of_tasks(model: Model) -> list[Role]:
    """Give the roles of ours that tasks on Fargate have, each once."""
    values = [
        definition.get(name)
        for definition in model.definitions
        for name in ("ExecutionRoleArn", "TaskRoleArn")
    ]
    found = {id(role.resource): role for value in values if (role := model.roles.role(value))}
    return list(found.values())


@rule(
    "IAM-025",
    "error",
    "The role of an instance profile is for EC2",
    symptom="none: the instance runs without credentials; its metadata answers 404 for them",
    fix="Allow sts:AssumeRole to the Principal Service ec2.amazonaws.com.",
    source="IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html",
)
def hosts_may_take_their_roles(model: Model) -> Iterator[Fault]:
    """A profile takes any role, and the instance starts with it; the agent in it has nothing to log in by."""
    for profile in model.system.of("IAM::InstanceProfile"):
        for value in profile.items("Roles").values:
            role = model.roles.role(value)
            decisions = [model.roles.may_assume(value, name) for name in (HOSTS, CHINESE_HOSTS)]
            if role and all(_is_for_others(decision) for decision in decisions):
                message = f"{role.resource.address}, the role of {profile.address}, is not for {HOSTS}"
                yield Fault(role.resource, f"{message}: {decisions[0].why}", at=(_TRUST,))


def _is_for_others(decision: Decision) -> bool:
    """Say whether a role is for another service; what EC2 says of a request is not known to us."""
    return decision.holds is False and not decision.denied and decision.stopped != "condition"


RULES: Final[tuple[Rule, ...]] = (
    tasks_may_take_their_roles,
    conditions_of_trust_hold,
    trust_names_the_account,
    hosts_may_take_their_roles,
)
