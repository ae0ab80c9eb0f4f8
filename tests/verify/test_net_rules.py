"""Rules about networks, where the examples of the document do not reach: nested stacks, what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from private_fargate.verify.checking import verify
from private_fargate.verify.network.endpoints import endpoint_type, endpoints, service_name
from private_fargate.verify.rules.network import costs as network_costs
from private_fargate.verify.rules.network import (
    endpoint_names,
    internet_gateways,
    ipv6,
    nat_gateways,
    security_groups,
    subnets,
    vpcs,
)
from private_fargate.verify.rules.network import endpoints as endpoint_rules
from private_fargate.verify.rules.network import services as network_services
from private_fargate.verify.templates.places import Place
from private_fargate.verify.templates.symbols import Symbols, is_unknown
from private_fargate.verify.templates.systems import systems

if TYPE_CHECKING:
    from pathlib import Path

RULES = (
    *endpoint_names.RULES,
    *endpoint_rules.RULES,
    *internet_gateways.RULES,
    *ipv6.RULES,
    *nat_gateways.RULES,
    *network_costs.RULES,
    *network_services.RULES,
    *security_groups.RULES,
    *subnets.RULES,
    *vpcs.RULES,
)

NETWORK = """
Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties: { CidrBlock: 10.0.0.0/16, EnableDnsHostnames: true }
  InternetGateway: { Type: AWS::EC2::InternetGateway }
  Attachment:
    Type: AWS::EC2::VPCGatewayAttachment
    Properties: { VpcId: !Ref Vpc, InternetGatewayId: !Ref InternetGateway }
Outputs:
  VpcId: { Value: !Ref Vpc }
  GatewayId: { Value: !Ref InternetGateway }
"""

LOGS = """
Parameters:
  VpcId: { Type: AWS::EC2::VPC::Id }
Resources:
  Logs:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcEndpointType: Interface
      VpcId: !Ref VpcId
      PrivateDnsEnabled: true
      ServiceName: !Sub com.amazonaws.${AWS::Region}.logs
"""


def found(folder: Path, region: str | None = None, **templates: str) -> set[str]:
    """Write templates, and give the rules that the one named `root` breaks."""
    for name, text in templates.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    report = verify(folder / "root.yaml", place=Place(region), rules=RULES)
    return {finding.rule for finding in report.findings}


def nested(**more: str) -> str:
    """Give a root that nests the network, and other stacks that get its VPC."""
    text = "Resources:\n  Network:\n    Type: AWS::CloudFormation::Stack\n"
    text += "    Properties: { TemplateURL: network.yaml }\n"
    for title, url in more.items():
        text += (
            f"  {title}:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: {url}\n"
        )
        text += "      Parameters: { VpcId: !GetAtt Network.Outputs.VpcId }\n"
    return text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("com.amazonaws.us-gov-west-1.logs", ("com.amazonaws", "us-gov-west-1", "logs")),
        ("cn.com.amazonaws.cn-north-1.ecr.dkr", ("cn.com.amazonaws", "cn-north-1", "ecr.dkr")),
        ("aws.sagemaker.eu-west-1.notebook", ("aws.sagemaker", "eu-west-1", "notebook")),
        ("com.amazonaws.s3-global.accesspoint", ("com.amazonaws", "", "s3-global.accesspoint")),
        ("com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0", None),
        ("com.amazonaws.logs", None),
        ("logs", None),
        (None, None),
    ],
)
def test_the_name_of_a_service_is_read(text: str | None, parts: tuple[str, ...] | None) -> None:
    assert service_name(text) == parts


@pytest.mark.parametrize("prefix", ["com.amazonaws.", "{}com.amazonaws.", "{}.", "com.amazonaws{}."])
def test_the_name_of_a_service_is_read_where_its_beginning_is_not_known(prefix: str) -> None:
    symbols = Symbols()
    region = symbols.unknown("AWS::Region", "")
    name = service_name(f"{prefix.format(symbols.unknown('Prefix', ''))}{region}.ecr.api")
    assert name is not None
    assert (name.region, name.name) == (region, "ecr.api")


def test_an_endpoint_whose_type_is_not_known_is_neither() -> None:
    assert endpoint_type(Symbols().unknown("Type", "")) == "unknown"


def test_an_endpoint_whose_service_is_a_parameter_has_no_name(tmp_path: Path) -> None:
    text = LOGS.replace(
        "!Sub com.amazonaws.${AWS::Region}.logs", "!Sub com.amazonaws.${AWS::Region}.${VpcId}"
    )
    (tmp_path / "root.yaml").write_text(text, encoding="utf-8")
    (system,) = systems(tmp_path / "root.yaml", {}, Place())
    (endpoint,) = endpoints(system)
    assert endpoint.name == ""
    assert is_unknown(endpoint.region)


def test_two_stacks_do_not_bring_the_same_private_name_into_one_vpc(tmp_path: Path) -> None:
    root = nested(One="logs.yaml", Two="logs.yaml")
    assert found(tmp_path, root=root, network=NETWORK, logs=LOGS) == {"NET-015"}


def test_a_nested_stack_that_is_not_at_hand_may_hold_what_is_missing(tmp_path: Path) -> None:
    without = NETWORK.replace("VPCGatewayAttachment", "SomethingElse")
    route = """
  RouteTable: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Vpc } }
  Route:
    Type: AWS::EC2::Route
    Properties:
      RouteTableId: !Ref RouteTable
      GatewayId: !Ref InternetGateway
      DestinationCidrBlock: 0.0.0.0/0
Outputs:"""
    network = without.replace("Outputs:", route)
    assert found(tmp_path, root=nested(), network=network) == {"NET-027"}
    assert found(tmp_path, root=nested(More="https://example.com/more.yaml"), network=network) == set()


ROUTE = """
Parameters:
  VpcId: { Type: AWS::EC2::VPC::Id }
  GatewayId: { Type: String }
Resources:
  RouteTable: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref VpcId } }
  Route:
    Type: AWS::EC2::Route
    Properties: { RouteTableId: !Ref RouteTable, GatewayId: !Ref GatewayId, DestinationCidrBlock: 0.0.0.0/0 }
"""


def test_a_route_in_a_later_stack_waits_for_all_of_the_earlier_one(tmp_path: Path) -> None:
    root = nested(Routes="routes.yaml").replace(
        "{ VpcId:", "{ GatewayId: !GetAtt Network.Outputs.GatewayId, VpcId:"
    )
    assert found(tmp_path, root=root, network=NETWORK, routes=ROUTE) == set()


ZONES = """
Parameters:
  Zone1: { Type: AWS::EC2::AvailabilityZone::Name }
  Zone2: { Type: AWS::EC2::AvailabilityZone::Name }
  VpcId: { Type: AWS::EC2::VPC::Id }
  GroupVpcId: { Type: AWS::EC2::VPC::Id }
Resources:
  Subnet1:
    Type: AWS::EC2::Subnet
    Properties: { VpcId: !Ref VpcId, CidrBlock: 10.0.0.0/24, AvailabilityZone: !Ref Zone1 }
  Subnet2:
    Type: AWS::EC2::Subnet
    Properties: { VpcId: !Ref VpcId, CidrBlock: 10.0.1.0/24, AvailabilityZone: !Ref Zone2 }
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties: { GroupDescription: endpoints, VpcId: !Ref GroupVpcId }
  Logs:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcEndpointType: Interface
      VpcId: !Ref VpcId
      SubnetIds: [!Ref Subnet1, !Ref Subnet2]
      SecurityGroupIds: [!Ref Group]
      PrivateDnsEnabled: true
      ServiceName: !Sub com.amazonaws.${AWS::Region}.logs
"""


def test_parameters_may_be_anything(tmp_path: Path) -> None:
    assert found(tmp_path, root=ZONES) == set()


def test_the_same_parameter_is_the_same_zone(tmp_path: Path) -> None:
    assert found(tmp_path, root=ZONES.replace("!Ref Zone2", "!Ref Zone1")) == {"NET-021"}


def test_a_group_without_a_vpc_may_be_in_a_vpc_that_is_only_named(tmp_path: Path) -> None:
    assert found(tmp_path, root=ZONES.replace(", VpcId: !Ref GroupVpcId", "")) == set()


def test_a_name_and_a_number_of_a_zone_may_be_the_same_zone(tmp_path: Path) -> None:
    network = NETWORK.replace(
        "Outputs:",
        """
  Public:
    Type: AWS::EC2::Subnet
    Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24, AvailabilityZone: !Select [0, !GetAZs ""] }
  Private:
    Type: AWS::EC2::Subnet
    Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24, AvailabilityZone: us-east-1a }
  Nat:
    Type: AWS::EC2::NatGateway
    DependsOn: Attachment
    Properties: { SubnetId: !Ref Public, AllocationId: eipalloc-0123456789abcdef0 }
  Table: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Vpc } }
  Default:
    Type: AWS::EC2::Route
    Properties: { RouteTableId: !Ref Table, NatGatewayId: !Ref Nat, DestinationCidrBlock: 0.0.0.0/0 }
  PrivateTable:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: { SubnetId: !Ref Private, RouteTableId: !Ref Table }
Outputs:""",
    )
    assert found(tmp_path, root=network) == set()
    other = network.replace("us-east-1a", '!Select [1, !GetAZs ""]')
    assert found(tmp_path, root=other) == {"NET-030"}


def test_a_region_that_only_a_zone_tells_is_the_region(tmp_path: Path) -> None:
    text = ZONES.replace("!Ref Zone1", "ca-west-1a").replace("${AWS::Region}.logs", "us-east-1.logs")
    assert found(tmp_path, root=text) == {"NET-019"}
    assert found(tmp_path, root=text.replace("us-east-1.logs", "ca-west-1.logs")) == set()


def test_circles_of_three_groups_are_told_once(tmp_path: Path) -> None:
    text = "Resources:\n"
    for name, peer in (("A", "B"), ("B", "C"), ("C", "A"), ("D", "A")):
        text += f"  {name}:\n    Type: AWS::EC2::SecurityGroup\n    Properties:\n      GroupDescription: x\n"
        text += f'      SecurityGroupIngress: [{{ IpProtocol: "-1", SourceSecurityGroupId: !Ref {peer} }}]\n'
    (tmp_path / "root.yaml").write_text(text, encoding="utf-8")
    (finding,) = verify(tmp_path / "root.yaml", rules=security_groups.RULES).findings
    assert finding.message == "A, B and C refer to each other in their own rules"
