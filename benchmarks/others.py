"""Other people's systems, of any size: the same services written out in one template, or in one each.

Nothing is shared that the verifier could look at once: each service has its own role, secret, log group,
security group, target group, rule of the listener and scaling, and its own way in at the endpoints.
"""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_INTERFACES: Final = {
    "EcrApi": "ecr.api",
    "EcrDkr": "ecr.dkr",
    "Logs": "logs",
    "SecretsManager": "secretsmanager",
}

_NETWORK: Final = """\
Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16, EnableDnsHostnames: true}}
Gateway: {Type: AWS::EC2::InternetGateway}
Attachment:
  Type: AWS::EC2::VPCGatewayAttachment
  Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway}
PublicTable: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
PublicRoute:
  Type: AWS::EC2::Route
  DependsOn: Attachment
  Properties: {RouteTableId: !Ref PublicTable, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway}
PrivateTable: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
BalancerGroup:
  Type: AWS::EC2::SecurityGroup
  Properties:
    GroupDescription: The balancer
    VpcId: !Ref Vpc
    SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: 0.0.0.0/0}]
EndpointGroup:
  Type: AWS::EC2::SecurityGroup
  Properties: {GroupDescription: The endpoints, VpcId: !Ref Vpc}
S3:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcId: !Ref Vpc
    VpcEndpointType: Gateway
    ServiceName: !Sub com.amazonaws.${AWS::Region}.s3
    RouteTableIds: [!Ref PrivateTable]
Balancer:
  Type: AWS::ElasticLoadBalancingV2::LoadBalancer
  DependsOn: [PublicRoute, Public1Association, Public2Association]
  Properties: {Subnets: [!Ref Public1, !Ref Public2], SecurityGroups: [!Ref BalancerGroup]}
Listener:
  Type: AWS::ElasticLoadBalancingV2::Listener
  Properties:
    LoadBalancerArn: !Ref Balancer
    Port: 80
    Protocol: HTTP
    DefaultActions: [{Type: fixed-response, FixedResponseConfig: {StatusCode: "404"}}]
Cluster: {Type: AWS::ECS::Cluster}
"""

_SUBNET: Final = """\
@Kind@Number:
  Type: AWS::EC2::Subnet
  Properties:
    VpcId: !Ref Vpc
    CidrBlock: 10.0.@Third.0/20
    AvailabilityZone: !Select [@Zone, !GetAZs ""]
@Kind@NumberAssociation:
  Type: AWS::EC2::SubnetRouteTableAssociation
  Properties: {SubnetId: !Ref @Kind@Number, RouteTableId: !Ref @KindTable}
"""

_INTERFACE: Final = """\
@TitleEndpoint:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcId: !Ref Vpc
    VpcEndpointType: Interface
    ServiceName: !Sub com.amazonaws.${AWS::Region}.@Name
    SubnetIds: [!Ref Private1, !Ref Private2]
    SecurityGroupIds: [!Ref EndpointGroup]
    PrivateDnsEnabled: true
"""

_SERVICE: Final = """\
Logs@:
  Type: AWS::Logs::LogGroup
  DeletionPolicy: Delete
  UpdateReplacePolicy: Delete
  Properties: {RetentionInDays: 30}
Group@:
  Type: AWS::EC2::SecurityGroup
  Properties:
    GroupDescription: Tasks of service @
    VpcId: !Ref Vpc
    SecurityGroupIngress:
      - {IpProtocol: tcp, FromPort: 8080, ToPort: 8080, SourceSecurityGroupId: !Ref BalancerGroup}
WayIn@:
  Type: AWS::EC2::SecurityGroupIngress
  Properties:
    GroupId: !Ref EndpointGroup
    IpProtocol: tcp
    FromPort: 443
    ToPort: 443
    SourceSecurityGroupId: !Ref Group@
Execution@:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal: {Service: ecs-tasks.amazonaws.com}
          Action: sts:AssumeRole
          Condition: {StringEquals: {aws:SourceAccount: !Ref AWS::AccountId}}
    ManagedPolicyArns: [arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy]
Secret@:
  Type: AWS::SecretsManager::Secret
  DeletionPolicy: Delete
  UpdateReplacePolicy: Delete
  Properties: {GenerateSecretString: {PasswordLength: 32}}
ReadSecret@:
  Type: AWS::IAM::Policy
  Properties:
    PolicyName: read-secret
    Roles: [!Ref Execution@]
    PolicyDocument:
      Version: "2012-10-17"
      Statement: [{Effect: Allow, Action: secretsmanager:GetSecretValue, Resource: !Ref Secret@}]
Task@:
  Type: AWS::ECS::TaskDefinition
  Properties:
    Family: service-@
    Cpu: "256"
    Memory: "512"
    NetworkMode: awsvpc
    RequiresCompatibilities: [FARGATE]
    ExecutionRoleArn: !GetAtt Execution@.Arn
    ContainerDefinitions:
      - Name: app
        Image: !Sub ${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/service-@:1
        PortMappings: [{ContainerPort: 8080}]
        Environment: [{Name: NUMBER, Value: "@"}]
        Secrets: [{Name: PASSWORD, ValueFrom: !Ref Secret@}]
        LogConfiguration:
          LogDriver: awslogs
          Options:
            awslogs-group: !Ref Logs@
            awslogs-region: !Ref AWS::Region
            awslogs-stream-prefix: app
            mode: non-blocking
            max-buffer-size: 25m
Targets@:
  Type: AWS::ElasticLoadBalancingV2::TargetGroup
  Properties: {VpcId: !Ref Vpc, TargetType: ip, Port: 8080, Protocol: HTTP, HealthCheckPath: /health}
Rule@:
  Type: AWS::ElasticLoadBalancingV2::ListenerRule
  Properties:
    ListenerArn: !Ref Listener
    Priority: @Priority
    Conditions: [{Field: path-pattern, PathPatternConfig: {Values: [/service-@/*]}}]
    Actions: [{Type: forward, TargetGroupArn: !Ref Targets@}]
Service@:
  Type: AWS::ECS::Service
  DependsOn: [Rule@, WayIn@, ReadSecret@@Network]
  Properties:
    Cluster: !Ref Cluster
    TaskDefinition: !Ref Task@
    LaunchType: FARGATE
    HealthCheckGracePeriodSeconds: 60
    DeploymentConfiguration: {DeploymentCircuitBreaker: {Enable: true, Rollback: true}}
    NetworkConfiguration:
      AwsvpcConfiguration: {Subnets: [!Ref Private1, !Ref Private2], SecurityGroups: [!Ref Group@]}
    LoadBalancers: [{ContainerName: app, ContainerPort: 8080, TargetGroupArn: !Ref Targets@}]
Scaled@:
  Type: AWS::ApplicationAutoScaling::ScalableTarget
  Properties:
    ServiceNamespace: ecs
    ScalableDimension: ecs:service:DesiredCount
    ResourceId: !Sub service/${Cluster}/${Service@.Name}
    MinCapacity: 2
    MaxCapacity: 9
Scaling@:
  Type: AWS::ApplicationAutoScaling::ScalingPolicy
  Properties:
    PolicyName: load
    PolicyType: TargetTrackingScaling
    ScalingTargetId: !Ref Scaled@
    TargetTrackingScalingPolicyConfiguration:
      TargetValue: 60
      PredefinedMetricSpecification: {PredefinedMetricType: ECSServiceAverageCPUUtilization}
"""

_TAKEN: Final = {
    "Vpc": "AWS::EC2::VPC::Id",
    "Private1": "AWS::EC2::Subnet::Id",
    "Private2": "AWS::EC2::Subnet::Id",
    "BalancerGroup": "AWS::EC2::SecurityGroup::Id",
    "EndpointGroup": "AWS::EC2::SecurityGroup::Id",
    "Listener": "String",
    "Cluster": "String",
}
"""What a service takes from the network where the two are in different templates, by its name in both."""


def one_template(services: int, folder: Path, *, faulty: bool = False) -> Path:
    """Write all into one template of YAML.

    Args:
        services: Their number.
        folder: Where to write.
        faulty: Whether there is no endpoint for the logs, without which no service starts.

    Returns:
        The template.
    """
    after = ["S3", "Private1Association", "Private2Association"]
    after += [f"{title}Endpoint" for title in _interfaces(faulty=faulty)]
    resources = [_network(faulty=faulty), *(_service(index, after) for index in range(services))]
    return _write(folder / "flat.yaml", f"Resources:\n{_indented(''.join(resources))}")


def one_each(services: int, folder: Path, *, faulty: bool = False) -> Path:
    """Write a template for the network, one for each service, and their parent.

    Args:
        services: Their number.
        folder: Where to write.
        faulty: Whether there is no endpoint for the logs.

    Returns:
        The parent.
    """
    outputs = "".join(f"{name}: {{Value: !Ref {name}}}\n" for name in _TAKEN)
    resources = f"Resources:\n{_indented(_network(faulty=faulty))}"
    _write(folder / "network.yaml", f"{resources}Outputs:\n{_indented(outputs)}")
    parameters = "".join(f"{name}: {{Type: {kind}}}\n" for name, kind in _TAKEN.items())
    given = "".join(f"{name}: !GetAtt Network.Outputs.{name}\n" for name in _TAKEN)
    nested = _nested("Network", "network.yaml")
    for index in range(services):
        name = f"service-{index:04d}.yaml"
        body = f"Parameters:\n{_indented(parameters)}Resources:\n{_indented(_service(index))}"
        _write(folder / name, body)
        nested += _nested(f"Nested{index:04d}", name) + indent(f"Parameters:\n{_indented(given)}", "    ")
    return _write(folder / "parent.yaml", f"Resources:\n{_indented(nested)}")


def _interfaces(*, faulty: bool) -> dict[str, str]:
    return {title: name for title, name in _INTERFACES.items() if not (faulty and name == "logs")}


def _network(*, faulty: bool) -> str:
    subnets = [
        _SUBNET.replace("@Kind", kind)
        .replace("@Number", str(number))
        .replace("@Third", str(16 * (2 * number + third)))
        .replace("@Zone", str(number - 1))
        for third, kind in enumerate(("Public", "Private"))
        for number in (1, 2)
    ]
    interfaces = [
        _INTERFACE.replace("@Title", title).replace("@Name", name)
        for title, name in _interfaces(faulty=faulty).items()
    ]
    return "".join([_NETWORK, *subnets, *interfaces])


def _service(index: int, after: Sequence[str] = ()) -> str:
    told = _SERVICE.replace("@Network", "".join(f", {name}" for name in after))
    return told.replace("@Priority", str(index + 1)).replace("@", f"{index:04d}")


def _nested(title: str, file: str) -> str:
    return f"{title}:\n  Type: AWS::CloudFormation::Stack\n  Properties:\n    TemplateURL: {file}\n"


def _indented(text: str) -> str:
    return indent(text, "  ")


def _write(path: Path, resources: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'AWSTemplateFormatVersion: "2010-09-09"\n{resources}', encoding="utf-8")
    return path
