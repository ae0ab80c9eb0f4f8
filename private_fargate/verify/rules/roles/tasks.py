"""The task role, as far as ECS Exec needs it, and the role with which ECS shifts traffic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.aws import needs
from private_fargate.verify import iam
from private_fargate.verify.rules.paths import at_check, failing, faults, listed
from private_fargate.verify.rules.roles.faults import fault, gathered, policies_of, told
from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.rules.services.facts import (
    STRATEGIES,
    below,
    fargate_services,
    mappings,
    strategy,
)
from private_fargate.verify.tasks.demand import Call
from private_fargate.verify.templates.symbols import has_unknown
from private_fargate.verify.templates.values import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.tasks.roles import Role
    from private_fargate.verify.templates.resources import Resource
    from private_fargate.verify.templates.symbols import Value

_EXEC: Final = "AmazonECS/latest/developerguide/ecs-exec.html"
_NOT_CONNECTED: Final = (
    "TargetNotConnectedException: The execute command failed due to an internal error. Try again later."
)
_ALLOW: Final = (
    "Allow ssmmessages:CreateControlChannel, ssmmessages:CreateDataChannel, ssmmessages:OpenControlChannel "
    "and ssmmessages:OpenDataChannel on * in the task role."
)
_CHANNELS: Final = {action for permission in needs.EXEC.permissions for action in permission.actions}
_ECS: Final = "ecs.amazonaws.com"
_MOVES: Final = {
    "AWS::ElasticLoadBalancingV2::ListenerRule": "elasticloadbalancing:ModifyRule",
    "AWS::ElasticLoadBalancingV2::Listener": "elasticloadbalancing:ModifyListener",
}
_TARGETS: Final = ("elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets")


@rule(
    "IAM-016",
    "error",
    "A task whose Exec is on has a task role",
    symptom="The service couldn't be created because a valid taskRoleArn is not being used. Specify a valid "
    "task role in your task definition and try again.",
    fix="Set TaskRoleArn to a role with the four actions of ssmmessages.",
    source=_EXEC,
)
def exec_has_a_role(model: Model) -> Iterator[Fault]:
    """The switch is a property of the service, and the role one of the task definition."""
    found = [(p, check) for p, check in failing(model, "no role") if p.demand.caller == "task"]
    yield from faults(
        found,
        at_check,
        lambda group: f"no TaskRoleArn, and Exec is on in {listed(path.workload.name for path, _ in group)}",
    )


def _of_channels(model: Model, *, all_of_them: bool) -> Iterator[Fault]:
    for group in gathered(model, "exec"):
        if ({refusal.call.action for refusal in group} == _CHANNELS) is all_of_them:
            yield fault(model, group)


@rule(
    "IAM-017",
    "error",
    "The task role may open the channels of Exec",
    symptom=_NOT_CONNECTED,
    fix=_ALLOW,
    source=_EXEC,
)
def may_open_channels(model: Model) -> Iterator[Fault]:
    """The task starts and runs; only who opens a session in it sees that its agent never came up."""
    yield from _of_channels(model, all_of_them=True)


@rule(
    "IAM-018",
    "error",
    "The task role may open all four channels of Exec",
    symptom=_NOT_CONNECTED,
    fix=_ALLOW,
    source=_EXEC,
)
def may_open_all_channels(model: Model) -> Iterator[Fault]:
    """Two are created and two are opened, and a session takes all of them."""
    yield from _of_channels(model, all_of_them=False)


@rule(
    "IAM-030",
    "error",
    "The task role may use the key and the log of its cluster's Exec sessions",
    symptom="SessionId: ecs-execute-command-… : Couldn't start the session because we are unable to validate "
    "encryption on the data channel, or because kms:Decrypt is not allowed",
    fix="Allow kms:Decrypt on the key in the task role; for the log, logs:DescribeLogGroups on *, and "
    "logs:CreateLogStream, logs:DescribeLogStreams and logs:PutLogEvents on the log group.",
    source=_EXEC,
)
def may_use_exec_settings(model: Model) -> Iterator[Fault]:
    """The key is a setting of the cluster, and counts for the role of each task in it."""
    yield from told(model, "exec key")
    yield from told(model, "exec log", severity="warning")


@rule(
    "IAM-029",
    "error",
    "The role with which ECS shifts traffic may be taken by ECS, and may change the load balancer",
    symptom="none: the deployment stays IN_PROGRESS at the traffic shift, and is rolled back",
    fix="Let ecs.amazonaws.com take the role, and attach AmazonECSInfrastructureRolePolicyForLoadBalancers.",
    source="AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html",
)
def may_shift_traffic(model: Model) -> Iterator[Fault]:
    """The role is used by the first deployment after the one that creates the service, and not before."""
    for task in fargate_services(model):
        if strategy(task.resource) not in STRATEGIES:
            continue
        for index, entry in mappings(task.resource.items("LoadBalancers")):
            advanced = entry.get("AdvancedConfiguration")
            role = model.roles.role(below(advanced, "RoleArn"))
            if role is None:
                continue
            at = ("LoadBalancers", index, "AdvancedConfiguration", "RoleArn")
            # What ECS says of the request is not known, so that no condition is judged.
            taken = iam.may_assume(role.trust, _ECS, {})
            if taken.holds is False:
                message = (
                    f"{role.resource.address}, which is to shift traffic, is not for {_ECS}: {taken.why}"
                )
                yield Fault(task.resource, message, at, (f"{task.name} -> shift traffic",))
            elif refused := _refused(model, role, entry):
                message = f"{role.resource.address}, which is to shift traffic, is refused {listed(refused)}"
                where = policies_of(role.resource)
                yield Fault(role.resource, message, where, (f"{task.name} -> shift traffic",))


def _refused(model: Model, role: Role, entry: dict[str, Value]) -> list[str]:
    """Give what a role is refused of what a shift of traffic takes."""
    advanced = entry.get("AdvancedConfiguration")
    groups = (entry.get("TargetGroupArn"), below(advanced, "AlternateTargetGroupArn"))
    calls = [Call(action, (as_text(group),)) for group in groups if group for action in _TARGETS]
    for name in ("ProductionListenerRule", "TestListenerRule"):
        value = below(advanced, name)
        listening = _listening(model, value)
        if listening:
            calls.append(Call(_MOVES[listening.type], (as_text(value),)))
    known = [call for call in calls if not has_unknown(call.resources[0])]
    arn = role.resource.attribute("Arn")
    return [call.action for call in known if model.roles.may(arn, call, ()).holds is False]


def _listening(model: Model, value: Value) -> Resource | None:
    return model.system.find(value, *(name.removeprefix("AWS::") for name in _MOVES))


RULES: Final[tuple[Rule, ...]] = (
    exec_has_a_role,
    may_open_channels,
    may_open_all_channels,
    may_use_exec_settings,
    may_shift_traffic,
)
