"""Rules about deployments that shift traffic: blue/green, linear and canary, and their hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from private_fargate.verify.rules.rule import Fault, rule
from private_fargate.verify.rules.services.facts import (
    DEPLOYMENT,
    STRATEGIES,
    below,
    controlled_by,
    fargate_services,
    is_connected,
    is_empty,
    load_balancers,
    mappings,
    setting,
    strategy,
)
from private_fargate.verify.tasks.workloads import one_word
from private_fargate.verify.templates.symbols import is_unknown
from private_fargate.verify.templates.values import as_bool, as_items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.verify.model import Model
    from private_fargate.verify.rules.rule import Rule

_NEEDED: Final = ("AlternateTargetGroupArn", "ProductionListenerRule", "RoleArn")
_NO_PAUSE: Final = ("TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT")
_ONLY_WITH: Final = {"CanaryConfiguration": "CANARY", "LinearConfiguration": "LINEAR"}


@rule(
    "SVC-015",
    "error",
    "A deployment that shifts traffic has two target groups, a rule and a role",
    symptom="InvalidParameterException from CreateService, which names advancedConfiguration",
    fix="Give each entry of LoadBalancers an AdvancedConfiguration with AlternateTargetGroupArn, "
    "ProductionListenerRule and RoleArn.",
    source="AmazonECS/latest/developerguide/alb-resources-for-blue-green.html",
)
def has_what_shifting_needs(model: Model) -> Iterator[Fault]:
    """The strategy is one word; what it needs is spread over the load balancer's listener and two groups."""
    for task in fargate_services(model):
        service, chosen = task.resource, strategy(task.resource)
        if chosen not in STRATEGIES or is_connected(service) is not False:
            continue
        for index, entry in load_balancers(service):
            advanced = entry.get("AdvancedConfiguration")
            missing = [name for name in _NEEDED if below(advanced, name) is None]
            if missing:
                message = f"{task.name} is deployed {chosen}, and has no {' and no '.join(missing)}"
                yield Fault(service, message, ("LoadBalancers", index, "AdvancedConfiguration"))


@rule(
    "SVC-016",
    "error",
    "A lifecycle hook has a function to call, or pauses where a deployment can pause",
    symptom="InvalidParameterException from CreateService, which names hookTargetArn, roleArn or "
    "lifecycleStages",
    fix="Give an AWS_LAMBDA hook HookTargetArn and RoleArn; move a PAUSE hook to the stage before or after.",
    source="AmazonECS/latest/APIReference/API_DeploymentLifecycleHook.html",
)
def hooks_are_whole(model: Model) -> Iterator[Fault]:
    """The type is AWS_LAMBDA if it is not given, and what is required depends on it."""
    for task in fargate_services(model):
        for index, hook in mappings(as_items(setting(task.resource, "LifecycleHooks"))):
            at = (DEPLOYMENT, "LifecycleHooks", index)
            kind = hook.get("TargetType")
            if kind is None or one_word(kind, "AWS_LAMBDA") is True:
                missing = [name for name in ("HookTargetArn", "RoleArn") if hook.get(name) is None]
                if missing:
                    message = f"a hook of {task.name} calls a function, and has no {' and no '.join(missing)}"
                    yield Fault(task.resource, message, at)
            elif one_word(kind, "PAUSE") is True:
                stages = as_items(hook.get("LifecycleStages")).values
                for stage in _NO_PAUSE:
                    if any(one_word(value, stage) is True for value in stages):
                        message = f"a hook of {task.name} pauses at {stage}"
                        yield Fault(task.resource, message, (*at, "LifecycleStages"))


@rule(
    "SVC-017",
    "error",
    "A setting of a deployment strategy is that of the strategy in use",
    symptom="InvalidParameterException from CreateService: only valid when the deployment strategy is CANARY",
    fix="Set Strategy to what the configuration is for, or remove the configuration.",
    source="AmazonECS/latest/APIReference/API_DeploymentConfiguration.html",
)
def settings_fit_the_strategy(model: Model) -> Iterator[Fault]:
    """The strategy is ROLLING unless it is said, whatever else is configured."""
    for task in fargate_services(model):
        chosen = strategy(task.resource)
        if chosen is None:
            continue
        for name, wanted in _ONLY_WITH.items():
            written = setting(task.resource, name)
            if written is not None and not is_unknown(written) and chosen != wanted:
                message = f"{task.name} has {name}, and is deployed {chosen}"
                yield Fault(task.resource, message, (DEPLOYMENT, name))
        early = setting(task.resource, "EarlySuccessCriteria")
        if as_bool(below(early, "Enable")) and chosen != "ROLLING":
            message = f"{task.name} has EarlySuccessCriteria, and is deployed {chosen}"
            yield Fault(task.resource, message, (DEPLOYMENT, "EarlySuccessCriteria"))


@rule(
    "SVC-022",
    "error",
    "A deployment that shifts traffic has something that shifts it",
    symptom="InvalidParameterException from CreateService, which names the deployment strategy",
    fix="Attach LoadBalancers with an AdvancedConfiguration, Service Connect or VPC Lattice; or deploy "
    "ROLLING.",
    source="AmazonECS/latest/developerguide/canary-deployment-implementation.html; "
    "blue-green-deployment-implementation.html",
)
def has_traffic_to_shift(model: Model) -> Iterator[Fault]:
    """A service that nothing sends traffic to has no share of it to move.

    BLUE_GREEN is accepted without, as a rollout of twice the tasks in which nothing is shifted: a warning.
    """
    for task in fargate_services(model):
        service, chosen = task.resource, strategy(task.resource)
        if chosen not in STRATEGIES or controlled_by(service, "ECS") is not True:
            continue
        lists = ("LoadBalancers", "VpcLatticeConfigurations", "GatewayConnectors")
        if is_connected(service) is False and all(is_empty(service.get(name)) for name in lists):
            yield Fault(
                service,
                f"{task.name} is deployed {chosen}, and has no load balancer, Service Connect or VPC Lattice",
                (DEPLOYMENT, "Strategy"),
                severity="warning" if chosen == "BLUE_GREEN" else None,
            )


RULES: Final[tuple[Rule, ...]] = (
    has_what_shifting_needs,
    hooks_are_whole,
    settings_fit_the_strategy,
    has_traffic_to_shift,
)
