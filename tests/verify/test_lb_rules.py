"""What the examples of load balancers do not reach: nested stacks, zones with and without a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from private_fargate.verify.checking import verify
from private_fargate.verify.examples import Example
from private_fargate.verify.rules.services import (
    load_balancers,
    load_balancers_protocols,
    load_balancers_targets,
)
from private_fargate.verify.templates.systems import Loader

if TYPE_CHECKING:
    from pathlib import Path

    from private_fargate.verify.templates.sources import Template

RULES = (*load_balancers.RULES, *load_balancers_targets.RULES, *load_balancers_protocols.RULES)


class Ready(Loader):
    """Hands out one template without a file."""

    def __init__(self, template: Template) -> None:
        super().__init__()
        self._templates[template.path] = template


def faults(change: str) -> list[str]:
    """Give the rules that fire on the balanced template with a change."""
    template = Example(rule="x", base="balanced", fails=change, passes="", parameters={}).template(
        change, "x"
    )
    return [finding.rule for finding in verify(template.path, rules=RULES, loader=Ready(template)).findings]


PARENT = """
Resources:
  Network:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: network.yaml}
  App:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: app.yaml
      Parameters: {Targets: !GetAtt Network.Outputs.Targets, Subnets: !GetAtt Network.Outputs.Subnets}
"""
NETWORK = """
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  A:
    Type: AWS::EC2::Subnet
    Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24, AvailabilityZone: eu-west-1a}
  B:
    Type: AWS::EC2::Subnet
    Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24, AvailabilityZone: eu-west-1b}
  Balancer:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    Properties: {Scheme: internal, Subnets: [!Ref A, !Ref B]}
  Targets:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: {VpcId: !Ref Vpc, TargetType: ip, Protocol: HTTP, Port: 80}
%s
Outputs:
  Targets: {Value: !Ref Targets}
  Subnets: {Value: !Join [",", [!Ref A, !Ref B]]}
"""
LISTENER = """
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref Balancer
      Protocol: HTTP
      Port: 80
      DefaultActions: [{Type: forward, TargetGroupArn: !Ref Targets}]
"""
APP = """
Parameters:
  Targets: {Type: String}
  Subnets: {Type: "List<AWS::EC2::Subnet::Id>"}
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: "256"
      Memory: "512"
      ContainerDefinitions: [{Name: web, Image: nginx, PortMappings: [{ContainerPort: 80}]}]
  Service:
    Type: AWS::ECS::Service
    Properties:
      LaunchType: FARGATE
      TaskDefinition: !Ref Task
      LoadBalancers: [{ContainerName: web, ContainerPort: 80, TargetGroupArn: !Ref Targets}]
      NetworkConfiguration: {AwsvpcConfiguration: {Subnets: !Ref Subnets}}
"""


@pytest.mark.parametrize(("listener", "expected"), [(LISTENER, []), ("", ["LB-002"])])
def test_a_nested_stack_is_waited_for_as_a_whole(tmp_path: Path, listener: str, expected: list[str]) -> None:
    (tmp_path / "parent.yaml").write_text(PARENT)
    (tmp_path / "network.yaml").write_text(NETWORK % listener)
    (tmp_path / "app.yaml").write_text(APP)
    found = verify(tmp_path / "parent.yaml", rules=RULES).findings
    assert [finding.rule for finding in found] == expected
    assert {finding.path for finding in found} <= {str(tmp_path / "app.yaml")}


def test_a_target_group_of_another_stack_may_have_a_listener_there() -> None:
    assert (
        faults("Service: {Properties: {LoadBalancers: {'0': {TargetGroupArn: !ImportValue targets}}}}") == []
    )


def test_a_forward_to_something_unknown_may_be_to_any_group() -> None:
    change = """
Parameters: {Elsewhere: {Type: String}}
Resources:
  Listener: {Properties: {DefaultActions: [{Type: forward, TargetGroupArn: !Ref Elsewhere}]}}
"""
    assert faults(change) == []


def test_a_number_of_a_zone_is_not_compared_with_a_name() -> None:
    """`!Select [0, !GetAZs ""]` may well be eu-west-1a."""
    assert faults("PublicSubnet1: {Properties: {AvailabilityZone: eu-west-1a}}") == []


def test_subnets_of_another_stack_have_no_known_routes() -> None:
    assert faults("LoadBalancer: {Properties: {Subnets: !Split [',', !ImportValue subnets]}}") == []


def test_one_subnet_on_an_outpost_is_enough() -> None:
    change = """
PublicSubnet1: {Properties: {OutpostArn: "arn:aws:outposts:eu-west-1:111122223333:outpost/op-1"}}
LoadBalancer: {Properties: {Subnets: [!Ref PublicSubnet1]}}
"""
    assert "LB-006" not in faults(change)


def test_a_redirect_forwards_nothing() -> None:
    change = """
Redirect:
  Type: AWS::ElasticLoadBalancingV2::Listener
  Properties:
    LoadBalancerArn: !Ref LoadBalancer
    Protocol: HTTP
    Port: 81
    DefaultActions: [{Type: redirect, RedirectConfig: {StatusCode: HTTP_301, Protocol: HTTPS}}]
"""
    assert faults(change) == []
