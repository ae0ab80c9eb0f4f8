"""What the examples of services do not reach: two templates, nested stacks, services on instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from private_fargate.verify.checking import verify
from private_fargate.verify.examples import Example
from private_fargate.verify.rules.services import capacity as service_capacity
from private_fargate.verify.rules.services import deployments as service_deployments
from private_fargate.verify.rules.services import placement as service_placement
from private_fargate.verify.rules.services import strategies as service_strategies
from private_fargate.verify.rules.services import updates as service_updates
from private_fargate.verify.templates.systems import Loader

if TYPE_CHECKING:
    from pathlib import Path

    from private_fargate.verify.templates.sources import Template

RULES = (
    *service_capacity.RULES,
    *service_placement.RULES,
    *service_deployments.RULES,
    *service_strategies.RULES,
    *service_updates.RULES,
)


class Ready(Loader):
    """Hands out templates without files."""

    def __init__(self, *templates: Template) -> None:
        super().__init__()
        self._templates |= {template.path: template for template in templates}


def template(change: str, name: str) -> Template:
    example = Example(rule=name, base="balanced", fails=change, passes="", parameters={})
    return example.template(change, name)


def faults(change: str, before: str | None = None) -> list[str]:
    """Give the rules that fire on the balanced template with a change, deployed over another."""
    new = template(change, "new")
    if before is None:
        found = verify(new.path, rules=RULES, loader=Ready(new)).findings
    else:
        old = template(before, "old")
        found = verify(new.path, rules=RULES, loader=Ready(new, old), against=old.path).findings
    return [finding.rule for finding in found]


def test_a_service_on_instances_is_left_alone() -> None:
    change = """
Service:
  Properties:
    LaunchType: EC2
    CapacityProviderStrategy: null
    SchedulingStrategy: DAEMON
    PlacementConstraints: [{Type: distinctInstance}]
    DesiredCount: null
    DeploymentConfiguration: null
    HealthCheckGracePeriodSeconds: null
"""
    assert faults(change) == []


def test_a_strategy_of_instances_is_left_alone() -> None:
    change = """
Cluster: {Properties: {CapacityProviders: [own]}}
Service:
  Properties:
    CapacityProviderStrategy: [{CapacityProvider: own, Weight: 1}]
    DeploymentConfiguration: null
"""
    assert faults(change) == []


def test_an_external_controller_is_right_where_the_hook_of_the_template_deploys() -> None:
    """The sections of a template that deploys by CodeDeploy's own hook."""
    change = "Service: {Properties: {DeploymentController: {Type: EXTERNAL}, DeploymentConfiguration: null}}"
    assert faults(change) == ["SVC-014"]
    hooked = template(change, "hooked")
    hooked.body["Hooks"] = {"Deploy": {"Type": "AWS::CodeDeploy::BlueGreen", "Properties": {}}}
    assert verify(hooked.path, rules=RULES, loader=Ready(hooked)).findings == ()


def test_an_unknown_configuration_is_no_fault() -> None:
    change = """
Parameters:
  Percent: {Type: Number}
  Version: {Type: String}
  Rebalance: {Type: String}
Resources:
  Service:
    Properties:
      PlatformVersion: !Ref Version
      EnableExecuteCommand: true
      AvailabilityZoneRebalancing: !Ref Rebalance
      DeploymentConfiguration: {MaximumPercent: !Ref Percent, MinimumHealthyPercent: 100}
"""
    assert faults(change) == []


def test_a_cluster_that_is_handed_on_may_get_its_providers_there() -> None:
    change = """
Cluster: {Properties: {CapacityProviders: null}}
Associate:
  Type: Custom::CapacityProviders
  Properties: {ServiceToken: !ImportValue token, Cluster: !Ref Cluster}
"""
    assert faults(change) == []


NAMED = "Service: {Properties: {ServiceName: web}}"


def test_an_update_that_replaces_nothing_keeps_a_name() -> None:
    """What refers to resources is shown, not compared by symbol: the numbers of symbols differ."""
    more = f"Aaa: {{Type: AWS::ECS::Cluster}}\n{NAMED}"
    assert faults(NAMED, before=NAMED) == []
    assert faults(NAMED, before=more) == []


def test_a_service_with_a_name_moves_to_no_other_cluster() -> None:
    other = "Other: {Type: AWS::ECS::Cluster}\nService: {Properties: {ServiceName: web, Cluster: !Ref Other}}"
    assert faults(NAMED, before=other) == ["SVC-009"]
    unknown = "Service: {Properties: {ServiceName: web, Cluster: !ImportValue cluster}}"
    assert faults(NAMED, before=unknown) == []


OWN_IMAGE = """
Repository: {Type: AWS::ECR::Repository, Properties: {RepositoryName: cache/web}}
TaskDefinition:
  Properties:
    ContainerDefinitions: {"0": {Image: !Sub "${Repository.RepositoryUri}:1"}}
"""


@pytest.mark.parametrize(
    "more",
    [
        "Cache: {Type: AWS::ECR::PullThroughCacheRule, Properties: {EcrRepositoryPrefix: cache}}",
        "Pipeline: {Type: AWS::CodePipeline::Pipeline, Properties: {RoleArn: x, Stages: []}}",
        "Service: {Properties: {DesiredCount: '0'}}",
    ],
)
def test_an_image_may_come_into_a_new_repository(more: str) -> None:
    assert faults(OWN_IMAGE) == ["SVC-021"]
    assert faults(OWN_IMAGE + more) == []


def test_a_repository_that_is_deployed_already_may_have_the_image() -> None:
    assert faults(OWN_IMAGE, before=OWN_IMAGE) == []
    assert faults(OWN_IMAGE, before="") == ["SVC-021"]


def test_the_image_of_another_repository_is_not_awaited() -> None:
    assert faults(OWN_IMAGE.replace(":1", "-base:1")) == []


PARENT = """
Parameters: {Ready: {Type: String}}
Conditions: {IsReady: !Equals [!Ref Ready, "yes"]}
Resources:
  Repository: {Type: AWS::ECR::Repository}
  App:
    Type: AWS::CloudFormation::Stack
    Condition: IsReady
    Properties: {TemplateURL: app.yaml, Parameters: {Image: !Sub "${Repository.RepositoryUri}:1"}}
"""
APP = """
Parameters: {Image: {Type: String}}
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: "256"
      Memory: "512"
      ContainerDefinitions: [{Name: web, Image: !Ref Image}]
  Service:
    Type: AWS::ECS::Service
    Properties:
      LaunchType: FARGATE
      TaskDefinition: !Ref Task
      DesiredCount: 2
      DeploymentConfiguration: {DeploymentCircuitBreaker: {Enable: true, Rollback: true}}
      NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [subnet-1]}}
"""


@pytest.mark.parametrize(("condition", "expected"), [("    Condition: IsReady\n", []), ("", ["SVC-021"])])
def test_a_stack_that_is_created_later_finds_its_image(
    tmp_path: Path, condition: str, expected: list[str]
) -> None:
    (tmp_path / "parent.yaml").write_text(PARENT.replace("    Condition: IsReady\n", condition))
    (tmp_path / "app.yaml").write_text(APP)
    found = verify(tmp_path / "parent.yaml", rules=RULES).findings
    assert [finding.rule for finding in found] == expected


def test_a_breaker_of_a_scaled_service_is_not_that_of_one_task() -> None:
    change = """
Service:
  Properties:
    DesiredCount: null
    DeploymentConfiguration: {DeploymentCircuitBreaker: {ThresholdConfiguration: null}}
Target:
  Type: AWS::ApplicationAutoScaling::ScalableTarget
  Properties:
    ServiceNamespace: ecs
    ScalableDimension: ecs:service:DesiredCount
    ResourceId: !Join ["/", [service, !Ref Cluster, !GetAtt Service.Name]]
    MinCapacity: 4
    MaxCapacity: 8
"""
    assert faults(change) == []
