"""Rules about how ECS replaces the tasks of a service: percentages, circuit breaker, alarms, controller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.rules.services.facts import (
    DEPLOYMENT,
    ScalableTargets,
    below,
    controlled_by,
    desired_count,
    fargate_services,
    is_rolling,
    load_balancers,
    percent,
    setting,
)
from private_fargate.verify.tasks.workloads import is_on_fargate, one_word
from private_fargate.verify.templates.symbols import has_unknown
from private_fargate.verify.templates.values import any_of, as_bool, as_int, as_items, as_text, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule
    from private_fargate.verify.templates.resources import Resource

_BREAKER: Final = (DEPLOYMENT, "DeploymentCircuitBreaker")
_ALL: Final = 100  # percent
_FEWEST_FAILURES: Final = 3
"""What the circuit breaker's default threshold never goes below.

Source: AmazonECS/latest/APIReference/API_ServiceDeploymentCircuitBreaker.html, threshold.
"""


@rule(
    "SVC-005",
    "warning",
    "A rolling deployment that fails is stopped by its circuit breaker",
    symptom="Resource creation did not stabilize, after three hours in CREATE_IN_PROGRESS or "
    "UPDATE_IN_PROGRESS: ECS Deployment did not stabilize",
    fix="Set DeploymentConfiguration.DeploymentCircuitBreaker: {Enable: true, Rollback: true}.",
    source="AmazonECS/latest/developerguide/deployment-circuit-breaker.html",
)
def breaks_the_circuit(model: Model) -> Iterator[Fault]:
    """CloudFormation waits for the service to be stable; without the breaker ECS starts tasks for ever.

    The events that say why are gone with the service once the stack rolls back.
    """
    for task in fargate_services(model):
        service = task.resource
        enabled = as_bool(service.get(*_BREAKER, "Enable"))
        if is_rolling(service) is True and enabled is False:
            yield Fault(
                service, f"nothing stops a deployment of {task.name} whose tasks do not start", _BREAKER
            )


@rule(
    "SVC-006",
    "error",
    "A rolling deployment may stop an old task, or start a new one, before the other",
    symptom="Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.",
    fix="Raise MaximumPercent above 100, or lower MinimumHealthyPercent below it; it is 100 if it is absent.",
    source="AmazonECS/latest/APIReference/API_DeploymentConfiguration.html",
)
def leaves_room_to_deploy(model: Model) -> Iterator[Fault]:
    """MinimumHealthyPercent is 100 by default, so that MaximumPercent: 100 alone is enough."""
    for task in fargate_services(model):
        service = task.resource
        if _blocks_itself(service):
            least = percent(service, "MinimumHealthyPercent", _ALL)
            default = "" if setting(service, "MinimumHealthyPercent") is not None else ", its default"
            most = percent(service, "MaximumPercent", 2 * _ALL)
            message = f"{task.name} has MaximumPercent {most} and MinimumHealthyPercent {least}{default}"
            yield Fault(service, message, (DEPLOYMENT, "MaximumPercent"))


def _blocks_itself(service: Resource) -> bool:
    """Say whether a rolling deployment may neither start a task too many nor stop one too early."""
    most = percent(service, "MaximumPercent", 2 * _ALL)
    least = percent(service, "MinimumHealthyPercent", _ALL)
    if is_rolling(service) is not True or most is None or least is None:
        return False
    return most <= _ALL <= least


@rule(
    "SVC-007",
    "error",
    "A service that is balanced over zones may run more tasks than it wants for a while",
    symptom="InvalidParameterException from CreateService, which names availabilityZoneRebalancing",
    fix="Raise MaximumPercent above 100, or set AvailabilityZoneRebalancing: DISABLED.",
    source="AmazonECS/latest/developerguide/service-rebalancing.html; API_CreateService.html, "
    "availabilityZoneRebalancing",
)
def rebalances_with_room(model: Model) -> Iterator[Fault]:
    """ECS starts the task in the new zone first.  A service that says nothing is created with ENABLED.

    AWS has announced that default for services which can be balanced, so that its absence is a warning only.
    """
    for task in fargate_services(model):
        service = task.resource
        most = percent(service, "MaximumPercent", 2 * _ALL)
        written = service.get("AvailabilityZoneRebalancing")
        if most is None or most > _ALL or controlled_by(service, "ECS") is not True:
            continue
        if one_word(written, "ENABLED") is True:
            yield Fault(
                service,
                f"{task.name} has AvailabilityZoneRebalancing ENABLED and MaximumPercent {most}",
                ("AvailabilityZoneRebalancing",),
            )
        elif written is None and not _blocks_itself(service):
            yield Fault(
                service,
                f"{task.name} has MaximumPercent {most}; AvailabilityZoneRebalancing is ENABLED by default",
                (DEPLOYMENT, "MaximumPercent"),
                severity="warning",
            )


@rule(
    "SVC-008",
    "warning",
    "A task behind a load balancer has time to start before its health counts",
    symptom="(service …) (task …) failed ELB health checks in (target-group …)",
    fix="Set HealthCheckGracePeriodSeconds to longer than the container takes to answer.",
    source="AmazonECS/latest/APIReference/API_CreateService.html, healthCheckGracePeriodSeconds",
)
def grants_a_grace_period(model: Model) -> Iterator[Fault]:
    """The default is 0: a task that is slow to listen is stopped, replaced and stopped again."""
    for task in fargate_services(model):
        period = task.resource.get("HealthCheckGracePeriodSeconds")
        if load_balancers(task.resource) and (period is None or as_int(period) == 0):
            yield Fault(
                task.resource,
                f"{task.name} is behind a load balancer and has no grace period before a task is unhealthy",
                ("HealthCheckGracePeriodSeconds",),
            )


@rule(
    "SVC-014",
    "warning",
    "ECS itself deploys what CloudFormation updates",
    symptom="Invalid request provided: UpdateService error: Unable to update task definition on services "
    "with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.",
    fix="Remove DeploymentController, and use DeploymentConfiguration.Strategy for blue/green.",
    source="AWSCloudFormation/latest/TemplateReference/aws-properties-ecs-service-deploymentcontroller.html",
)
def is_deployed_by_ecs(model: Model) -> Iterator[Fault]:
    """The stack is created without complaint; the first update of the task definition fails.

    The circuit breaker is refused from the start: only ECS has it.
    """
    for service in model.system.of("ECS::Service"):
        for kind in ("CODE_DEPLOY", "EXTERNAL"):
            if controlled_by(service, kind) is not True or is_on_fargate(model.system, service) is False:
                continue
            if as_bool(service.get(*_BREAKER, "Enable")):
                message = f"{service.address} is deployed by {kind}, which has no circuit breaker"
                yield Fault(service, message, _BREAKER, severity="error")
            elif kind == "CODE_DEPLOY" or not _has_task_sets(model, service):
                message = (
                    f"{service.address} is deployed by {kind}: an update of the stack starts no new tasks"
                )
                yield Fault(service, message, ("DeploymentController", "Type"))


def _has_task_sets(model: Model, service: Resource) -> bool:
    """Say whether the template starts the tasks of an external deployment itself, or its hook does."""
    sets = any(
        same(found.get("Service"), service.ref) is not False for found in model.system.of("ECS::TaskSet")
    )
    return sets or bool(service.stack.body.get("Hooks"))


@rule(
    "SVC-023",
    "warning",
    "A circuit breaker opens after as many failures as a few tasks are worth",
    symptom="Error occurred during operation 'ECS Deployment Circuit Breaker was triggered', after ten "
    "minutes or more",
    fix="Set DeploymentCircuitBreaker.ThresholdConfiguration: {Type: COUNT, Value: 1}, or 2 or 3.",
    source="AmazonECS/latest/APIReference/API_ThresholdConfiguration.html",
)
def opens_the_breaker_soon(model: Model) -> Iterator[Fault]:
    """By default half the desired count may fail, but never less than three tasks, one after another.

    Between two attempts ECS waits longer each time.
    """
    targets = ScalableTargets(model.system)
    for task in fargate_services(model):
        service = task.resource
        breaker = service.get(*_BREAKER)
        if as_bool(below(breaker, "Enable")) is not True or is_rolling(service) is not True:
            continue
        is_scaled = service.get("DesiredCount") is None and targets.of(service) is not None
        if below(breaker, "ThresholdConfiguration") is None and desired_count(service) == 1 and not is_scaled:
            yield Fault(
                service,
                f"{task.name} wants one task; its circuit breaker opens after {_FEWEST_FAILURES} failures",
                _BREAKER,
            )


@rule(
    "SVC-024",
    "warning",
    "The alarms that stop a deployment exist",
    symptom="The deployment never fails by an alarm; the alarms of the service deployment stay in OK or "
    "INSUFFICIENT_DATA",
    fix="Declare the AWS::CloudWatch::Alarm in the template, and name it by Ref.",
    source="AmazonECS/latest/developerguide/deployment-alarm-failure.html",
)
def alarms_exist(model: Model) -> Iterator[Fault]:
    """Alarms are named by text, and a name that nothing has is taken without complaint."""
    alarms = {as_text(a.ref) for a in model.system.of("CloudWatch::Alarm", "CloudWatch::CompositeAlarm")}
    unsure = [alarm for alarm in alarms if has_unknown(alarm)]
    for task in fargate_services(model):
        configured = setting(task.resource, "Alarms")
        if as_bool(below(configured, "Enable")) is not True:
            continue
        for index, name in enumerate(as_items(below(configured, "AlarmNames")).values):
            if has_unknown(name) or as_text(name) in alarms:
                continue
            if any_of(same(name, alarm) for alarm in unsure) is not False:
                continue
            yield Fault(
                task.resource,
                f"{task.name} is stopped by the alarm {as_text(name)}, which is not in the templates",
                (DEPLOYMENT, "Alarms", "AlarmNames", index),
            )


RULES: Final[tuple[Rule, ...]] = (
    breaks_the_circuit,
    leaves_room_to_deploy,
    rebalances_with_room,
    grants_a_grace_period,
    is_deployed_by_ecs,
    opens_the_breaker_soon,
    alarms_exist,
)
