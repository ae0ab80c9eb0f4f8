"""What published templates taught: shapes that were misread, and values of the wrong kind."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

import pytest

from private_fargate.verify.checking import verify
from private_fargate.verify.templates.places import Place

if TYPE_CHECKING:
    from pathlib import Path

    from private_fargate.verify.findings import Proof, Report

SERVICE = """
Resources:
  Cluster: { Type: AWS::ECS::Cluster }
  Group: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: tasks, VpcId: vpc-1 } }
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          { Effect: Allow, Principal: { Service: ecs-tasks.amazonaws.com }, Action: sts:AssumeRole }
      ManagedPolicyArns: [arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy]
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: web
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: 256
      Memory: 512
      ExecutionRoleArn: !GetAtt Role.Arn
      ContainerDefinitions:
        - Name: web
          Image: nginx:1.27
          PortMappings: [{ ContainerPort: 80 }]
  Service:
    Type: AWS::ECS::Service
    Properties:
      Cluster: !Ref Cluster
      LaunchType: FARGATE
      TaskDefinition: !Ref Task
      NetworkConfiguration:
        AwsvpcConfiguration: { Subnets: [subnet-1], SecurityGroups: [!Ref Group] }
"""

NETWORK = """
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  Gateway: { Type: AWS::EC2::InternetGateway }
  Attachment:
    Type: AWS::EC2::VPCGatewayAttachment
    Properties: { VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway }
  Subnet: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24 } }
  Table: { Type: AWS::EC2::RouteTable, Properties: { VpcId: !Ref Vpc } }
  Association:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: { SubnetId: !Ref Subnet, RouteTableId: !Ref Table }
  Out:
    Type: AWS::EC2::Route
    DependsOn: Attachment
    Properties: { RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway }
"""


def report(folder: Path, text: str, region: str | None = None) -> Report:
    path = folder / "template.yaml"
    path.write_text(textwrap.dedent(text))
    return verify(path, place=Place(region))


def severities(found: Report, rule: str) -> list[str]:
    return [finding.severity for finding in found.findings if finding.rule == rule]


def proof(found: Report, need: str) -> Proof:
    return next(proof for proof in found.proofs if proof.need == need)


def endpoints(*services: str) -> str:
    """Make interface endpoints to services, and a gateway that takes the region of the deployment."""
    made = [
        f"""
  Door{number}:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcId: vpc-1
      VpcEndpointType: Interface
      PrivateDnsEnabled: true
      ServiceName: !Sub "{service}\""""
        for number, service in enumerate(services)
    ]
    gateway = """
  Gateway:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcId: vpc-1
      RouteTableIds: [rtb-1]
      ServiceName: !Join ["", [com.amazonaws., !Ref "AWS::Region", .s3]]
"""
    return f"Resources:{''.join(made)}{gateway}"


@pytest.mark.parametrize(
    ("services", "region", "expected"),
    [
        (("com.amazonaws.eu-west-1.logs", "com.amazonaws.eu-west-1.ecr.api"), None, []),
        (("com.amazonaws.eu-west-1.logs", "com.amazonaws.${AWS::Region}.ecr.api"), None, ["warning"]),
        (("com.amazonaws.eu-west-1.logs", "com.amazonaws.eu-west-2.ecr.api"), None, ["error"]),
        (("com.amazonaws.eu-west-1.logs",), "eu-west-2", ["error"]),
    ],
)
def test_a_template_for_one_region_is_right_in_that_region(
    tmp_path: Path, services: tuple[str, ...], region: str | None, expected: list[str]
) -> None:
    """Generators write interfaces for the region of the stack, and gateways for whichever it is."""
    assert severities(report(tmp_path, endpoints(*services), region), "NET-019") == expected


@pytest.mark.parametrize(("providers", "severity"), [("", "warning"), ("[FARGATE_SPOT]", "error")])
def test_a_cluster_that_lists_no_providers_may_have_them(
    tmp_path: Path, providers: str, severity: str
) -> None:
    text = SERVICE.replace(
        "LaunchType: FARGATE", "CapacityProviderStrategy: [{ CapacityProvider: FARGATE, Weight: 1 }]"
    )
    if providers:
        text = text.replace(
            "AWS::ECS::Cluster }", f"AWS::ECS::Cluster, Properties: {{ CapacityProviders: {providers} }} }}"
        )
    assert severities(report(tmp_path, text), "SVC-003") == [severity]


@pytest.mark.parametrize(("network", "severity"), [("", "warning"), (NETWORK[12:], "error")])
def test_a_log_group_may_be_made_where_the_network_is(tmp_path: Path, network: str, severity: str) -> None:
    """A template that takes its network from elsewhere may have its log group from there, too."""
    log = (
        "LogConfiguration: { LogDriver: awslogs, Options: { awslogs-group: /apps, "
        'awslogs-region: !Ref "AWS::Region", awslogs-stream-prefix: web } }'
    )
    text = SERVICE.replace("PortMappings: [{ ContainerPort: 80 }]", log)
    assert severities(report(tmp_path, text + network), "TASK-006") == [severity]


@pytest.mark.parametrize(("listener", "severity"), [("!ImportValue web", "warning"), ("!Ref Front", "error")])
def test_a_rule_of_a_listener_that_is_there_takes_no_time(
    tmp_path: Path, listener: str, severity: str
) -> None:
    """A load balancer takes minutes, and the service does not wait; a rule alone is there at once."""
    balancing = f"""
  Targets:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: {{ VpcId: vpc-1, TargetType: ip, Port: 80, Protocol: HTTP }}
  Front:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/a/1
      Port: 80
      Protocol: HTTP
      DefaultActions: [{{ Type: fixed-response, FixedResponseConfig: {{ StatusCode: "404" }} }}]
  Way:
    Type: AWS::ElasticLoadBalancingV2::ListenerRule
    Properties:
      ListenerArn: {listener}
      Priority: 1
      Conditions: [{{ Field: path-pattern, Values: ["/"] }}]
      Actions: [{{ Type: forward, TargetGroupArn: !Ref Targets }}]
"""
    behind = "LoadBalancers: [{ ContainerName: web, ContainerPort: 80, TargetGroupArn: !Ref Targets }]"
    text = SERVICE.replace("LaunchType: FARGATE", f"LaunchType: FARGATE\n      {behind}")
    assert severities(report(tmp_path, text + balancing), "LB-003") == [severity]


def test_a_task_definition_may_be_spelled_as_the_api_does(tmp_path: Path) -> None:
    pascal = (
        "Family RequiresCompatibilities NetworkMode Cpu Memory ExecutionRoleArn ContainerDefinitions Name "
        "Image PortMappings ContainerPort"
    )
    before, task, after = SERVICE.partition("  Task:\n")
    task, service, after = after.partition("  Service:\n")
    for name in pascal.split():
        task = task.replace(f"{name}:", f"{name[0].lower()}{name[1:]}:")
    found = report(tmp_path, f"{before}  Task:\n{task}{service}{after}")
    assert "networkMode" in task
    assert [finding for finding in found.findings if finding.severity == "error"] == []
    assert proof(found, "take the execution role").holds


def test_the_names_of_an_author_stay_as_they_are(tmp_path: Path) -> None:
    named = 'Image: !Sub ["${name}:${tag}", { name: nginx, tag: "1.27" }]'
    found = report(tmp_path, SERVICE.replace("Image: nginx:1.27", named))
    assert "registry-1.docker.io:443" in {proof.need for proof in found.proofs}
    assert severities(found, "TASK-016") == []


def test_a_service_may_name_the_family_of_its_task_definition(tmp_path: Path) -> None:
    """With a deployment controller of its own a service is given a family, and others choose the revision."""
    found = report(tmp_path, SERVICE.replace("TaskDefinition: !Ref Task", "TaskDefinition: web"))
    assert proof(found, "take the execution role").holds
    assert "task definition" not in {unproven.need for unproven in found.unproven}


def test_an_export_of_a_nested_stack_is_known_to_its_siblings(tmp_path: Path) -> None:
    """Siblings that hand on values by exports, named after the stack, are as plain as those with outputs."""
    exported = """
Outputs:
  Subnet: { Value: !Ref Subnet, Export: { Name: !Sub "${AWS::StackName}-Subnet" } }
  StackName: { Value: !Ref "AWS::StackName" }
"""
    public = SERVICE.replace(
        "Subnets: [subnet-1]", 'AssignPublicIp: ENABLED, Subnets: [!ImportValue {"Fn::Sub": "${Net}-Subnet"}]'
    )
    (tmp_path / "network.yaml").write_text(NETWORK + exported)
    (tmp_path / "service.yaml").write_text(f"Parameters: {{ Net: {{ Type: String }} }}\n{public}")
    parent = """
    Resources:
      Network: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: network.yaml } }
      App:
        Type: AWS::CloudFormation::Stack
        Properties:
          TemplateURL: service.yaml
          Parameters: { Net: !GetAtt Network.Outputs.StackName }
    """
    found = report(tmp_path, parent)
    assert proof(found, "registry-1.docker.io:443").zone == "Network/Subnet"
    assert not [unproven for unproven in found.unproven if "imported" in unproven.reason]


def test_a_generator_says_which_file_it_uploads_for_a_nested_stack(tmp_path: Path) -> None:
    nested = {"Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}}}
    (tmp_path / "app.nested.template.json").write_text(json.dumps(nested))
    parent = """
    Resources:
      Nested:
        Type: AWS::CloudFormation::Stack
        Properties: { TemplateURL: !Sub "https://s3.${AWS::Region}.${AWS::URLSuffix}/assets/0123.json" }
        Metadata: { aws:asset:path: app.nested.template.json, aws:asset:property: TemplateURL }
    """
    assert report(tmp_path, parent).unproven == ()


def test_a_stack_always_has_a_name(tmp_path: Path) -> None:
    """`Not: Equals: [name, ""]` asks whether a name was given; that of a stack is."""
    text = """
    Conditions: { Named: !Not [!Equals [!Ref "AWS::StackName", ""]] }
    Resources:
      Door:
        Type: AWS::EC2::VPCEndpoint
        Properties:
          VpcId: vpc-1
          ServiceName: !If [Named, com.amazonaws.eu-west-1.s3, com.amazonaws.eu-west-1.sss]
          RouteTableIds: [rtb-1]
    """
    assert report(tmp_path, text).findings == ()


def test_a_gateway_is_attached_whatever_else_is_not_at_hand(tmp_path: Path) -> None:
    """A stack that is not at hand may add a gateway; it takes none away."""
    other = "  Other: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: https://a.b/c } }\n"
    public = SERVICE[12:].replace("Subnets: [subnet-1]", "AssignPublicIp: ENABLED, Subnets: [!Ref Subnet]")
    found = report(tmp_path, NETWORK + other + public.replace("vpc-1", "!Ref Vpc"))
    assert proof(found, "registry-1.docker.io:443").holds


def test_a_need_is_named_for_people(tmp_path: Path) -> None:
    text = SERVICE.replace("Name: web", "Name: !Ref App").replace("nginx:1.27", "!Ref Image")
    found = report(tmp_path, f"Parameters: {{ App: {{ Type: String }}, Image: {{ Type: String }} }}\n{text}")
    assert {proof.need for proof in found.proofs} >= {"image of App"}


@pytest.mark.parametrize("value", ["[a, b]", "{ a: b }", "[[a]]", "{ Ref: Many }", "443", "[{ a: b }]"])
@pytest.mark.parametrize(
    "written",
    [
        "SubnetId: !Ref Subnet, RouteTableId: !Ref Table",
        "RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway",
        "VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway",
        "VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24",
        "AssignPublicIp: ENABLED, Subnets: [!Ref Subnet], SecurityGroups: [!Ref Group]",
    ],
)
def test_a_value_of_the_wrong_kind_stops_nothing(tmp_path: Path, written: str, value: str) -> None:
    """AWS refuses the `Ref` of a list where one id belongs; the rest is judged all the same."""
    public = SERVICE[12:].replace("Subnets: [subnet-1]", "AssignPublicIp: ENABLED, Subnets: [!Ref Subnet]")
    text = f'Parameters: {{ Many: {{ Type: CommaDelimitedList, Default: "a,b" }} }}\n{NETWORK}{public}'
    assert written in text
    for part in written.split(", "):
        wrong = text.replace(part, f"{part.partition(':')[0]}: {value}")
        assert report(tmp_path, wrong).proofs


@pytest.mark.parametrize("url", ["https://[a]/b", "https://[None]", "https://", "https://a@b:c/d", "://"])
def test_an_address_that_is_none_stops_nothing(tmp_path: Path, url: str) -> None:
    text = (
        f"Resources: {{ A: {{ Type: AWS::CloudFormation::Stack, Properties: {{ TemplateURL: '{url}' }} }} }}"
    )
    assert severities(report(tmp_path, text), "CFN-009") in (["error"], [])


@pytest.mark.parametrize("image", ["nginx:1.27", "docker.io/library/nginx:1.27", "index.docker.io/a/b:1"])
def test_docker_hub_has_several_names(tmp_path: Path, image: str) -> None:
    found = report(tmp_path, SERVICE.replace("nginx:1.27", image))
    assert "registry-1.docker.io:443" in {proof.need for proof in found.proofs}


def test_an_empty_role_is_no_role(tmp_path: Path) -> None:
    """A parameter for a role that is empty unless somebody gives one."""
    text = SERVICE.replace("Family: web", 'Family: web\n      TaskRoleArn: ""')
    assert "take the task role" not in {proof.need for proof in report(tmp_path, text).proofs}


def test_allowed_values_that_are_no_list_are_no_crash(tmp_path: Path) -> None:
    text = """
    Parameters: { Stage: { Type: String, AllowedValues: 3 } }
    Conditions: { IsProd: !Equals [!Ref Stage, prod] }
    Resources: { Topic: { Type: AWS::SNS::Topic, Condition: IsProd } }
    """
    assert report(tmp_path, text).findings == ()
