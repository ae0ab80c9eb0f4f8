"""What the examples of discovery do not reach: names of other stacks, names that are not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from private_fargate.verify.checking import verify
from private_fargate.verify.examples import Example
from private_fargate.verify.rules.services import discovery, discovery_names
from private_fargate.verify.templates.systems import Loader

if TYPE_CHECKING:
    from private_fargate.verify.templates.sources import Template

RULES = (*discovery.RULES, *discovery_names.RULES)


class Ready(Loader):
    """Hands out one template without a file."""

    def __init__(self, template: Template) -> None:
        super().__init__()
        self._templates[template.path] = template


def faults(change: str) -> list[str]:
    """Give the rules that fire on the balanced template with a change."""
    example = Example(rule="x", base="balanced", fails=change, passes="", parameters={})
    template = example.template(change, "x")
    return [finding.rule for finding in verify(template.path, rules=RULES, loader=Ready(template)).findings]


@pytest.mark.parametrize(
    ("name", "is_hidden"),
    [
        ("com", True),
        ("COM.", True),
        ("amazonaws.com.cn", True),
        ("api.aws", True),
        ("aws", True),
        ("s3.eu-west-1.amazonaws.com", True),
        ("internal", False),
        ("example.com", False),
        ("myamazonaws.com", False),
        ("corp", False),
        ("local", False),
        ("amazonaws.local", False),
    ],
)
def test_what_a_namespace_hides(name: str, is_hidden: bool) -> None:  # noqa: FBT001 -- a table
    change = f"""
Namespace:
  Type: AWS::ServiceDiscovery::PrivateDnsNamespace
  Properties: {{Name: {name}, Vpc: !Ref Vpc}}
"""
    assert faults(change) == (["DISC-009"] if is_hidden else [])


def test_a_public_namespace_hides_nothing() -> None:
    change = "Namespace: {Type: AWS::ServiceDiscovery::PublicDnsNamespace, Properties: {Name: com}}"
    assert faults(change) == []


def test_a_name_that_is_not_known_is_no_fault() -> None:
    change = """
Parameters: {Domain: {Type: String}, Port: {Type: String}, Kind: {Type: String}}
Resources:
  Namespace:
    Type: AWS::ServiceDiscovery::PrivateDnsNamespace
    Properties: {Name: !Ref Domain, Vpc: !Ref Vpc}
  Zone:
    Type: AWS::Route53::HostedZone
    Properties: {Name: !Ref Domain, VPCs: [{VPCId: !Ref Vpc, VPCRegion: !Ref AWS::Region}]}
  Name:
    Type: AWS::ServiceDiscovery::Service
    Properties:
      DnsConfig: {NamespaceId: !Ref Namespace, DnsRecords: [{Type: !Ref Kind, TTL: 10}]}
  TaskDefinition:
    Properties:
      ContainerDefinitions: {"0": {PortMappings: [{ContainerPort: 8080, Name: http}]}}
  Service:
    Properties:
      ServiceRegistries: [{RegistryArn: !GetAtt Name.Arn, Port: 8080}]
      ServiceConnectConfiguration: {Enabled: true, Namespace: mesh, Services: [{PortName: !Ref Port}]}
"""
    assert faults(change) == []


def test_the_namespace_of_a_cluster_of_another_stack_is_not_missing() -> None:
    change = """
Service:
  Properties: {Cluster: !ImportValue cluster, ServiceConnectConfiguration: {Enabled: true}}
"""
    assert faults(change) == []


def test_a_port_may_be_that_of_a_sidecar() -> None:
    change = """
TaskDefinition:
  Properties:
    ContainerDefinitions:
      "1": {Name: proxy, Image: envoy, PortMappings: [{ContainerPort: 9000, Name: grpc}]}
Service:
  Properties:
    ServiceConnectConfiguration: {Enabled: true, Namespace: mesh, Services: [{PortName: grpc}]}
"""
    assert faults(change) == []


def test_a_zone_of_another_vpc_may_have_the_same_name() -> None:
    change = """
OtherVpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.9.0.0/16}}
Namespace:
  Type: AWS::ServiceDiscovery::PrivateDnsNamespace
  Properties: {Name: app.local, Vpc: !Ref Vpc}
Zone:
  Type: AWS::Route53::HostedZone
  Properties: {Name: app.local, VPCs: [{VPCId: !Ref OtherVpc, VPCRegion: !Ref AWS::Region}]}
"""
    assert faults(change) == []
