from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from private_fargate.aws import prices
from private_fargate.config import load
from private_fargate.plan.cost import cost_change
from private_fargate.plan.trees import StackTemplate, template_of
from private_fargate.report.cost import known_total, monthly_cost
from tests.plan.houses import ENVIRONMENTS, house, output

if TYPE_CHECKING:
    from decimal import Decimal

ROOT = Path(__file__).parents[2]
SPOT = [{"CapacityProvider": "FARGATE_SPOT", "Weight": 1}]


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_a_plan_and_the_cost_report_agree_to_the_cent(name: str) -> None:
    """The report leaves keys out, and says so; a plan counts them."""
    counted = cost_change(None, house(name))
    reported = known_total(monthly_cost(load(ROOT / "environments" / f"{name}.yaml")))
    assert round(counted.after - prices.KMS_KEY.usd, 2) == round(reported, 2)
    assert (counted.before, counted.unknown) == (0, ())


def test_a_service_without_an_image_costs_nothing_yet() -> None:
    templates = output("demo")
    change = cost_change(template_of(templates, {}), house("demo"))
    assert [(what, before) for what, before, _ in change.lines] == [("Fargate tasks of Nginx/Service", 0)]


def test_only_what_costs_something_else_is_listed() -> None:
    change = cost_change(house("demo"), house("prod"))
    told = {what: after - before for what, before, after in change.lines}
    assert told["instance JumpHost/JumpHost"] == -prices.INSTANCES["t3.micro"].monthly
    assert "hosted zones" not in told
    assert change.after - change.before == sum(told.values())


def system(service: dict[str, Any], task: dict[str, Any] | None = None, **more: Any) -> StackTemplate:
    definition = {"Cpu": "1024", "Memory": "2048", "RequiresCompatibilities": ["FARGATE"], **(task or {})}
    resources = {
        "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": definition},
        "Web": {
            "Type": "AWS::ECS::Service",
            "Properties": {"TaskDefinition": {"Ref": "Task"}, "LaunchType": "FARGATE", **service},
        },
        **more,
    }
    return template_of({"parent.json": json.dumps({"Resources": resources}).encode()}, {})


def total(tree: StackTemplate) -> Decimal:
    return cost_change(None, tree).after


def test_arm_is_cheaper_and_disks_beyond_20_gb_are_paid() -> None:
    arm = total(system({}, {"RuntimePlatform": {"CpuArchitecture": "ARM64"}}))
    assert arm == prices.FARGATE_ARM_VCPU.monthly + 2 * prices.FARGATE_ARM_MEMORY.monthly
    extra = total(system({}, {"EphemeralStorage": {"SizeInGiB": 30}})) - total(system({}))
    assert extra == 10 * prices.FARGATE_STORAGE.monthly


def test_each_task_with_a_public_address_pays_for_it() -> None:
    network = {"AwsvpcConfiguration": {"AssignPublicIp": "ENABLED", "Subnets": ["subnet-1"]}}
    public = total(system({"DesiredCount": 3, "NetworkConfiguration": network}))
    assert public - total(system({"DesiredCount": 3})) == 3 * prices.PUBLIC_IPV4.monthly


@pytest.mark.parametrize(
    ("service", "task"),
    [
        ({"LaunchType": {"Ref": "AWS::NoValue"}, "CapacityProviderStrategy": SPOT}, {}),
        ({}, {"RuntimePlatform": {"OperatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}}),
        ({"DesiredCount": {"Fn::ImportValue": "count"}}, {}),
        ({"TaskDefinition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/other:1"}, {}),
    ],
)
def test_a_price_that_is_not_known_is_named_and_not_guessed(
    service: dict[str, Any], task: dict[str, Any]
) -> None:
    change = cost_change(None, system(service, task))
    assert (change.after, change.unknown) == (0, ("Fargate tasks of Web",))


def test_a_load_balancer_is_not_taken_for_free() -> None:
    tree = system({}, None, Front={"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer"})
    assert cost_change(None, tree).unknown == ("Front (AWS::ElasticLoadBalancingV2::LoadBalancer)",)


def test_tasks_on_instances_are_paid_with_the_instances() -> None:
    assert cost_change(None, system({"LaunchType": "EC2"})).lines == ()
