"""What CloudFormation does with a role when it makes a resource of some types."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.fakes.service_catalog import inside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from private_fargate.local.server.handlers import Properties

ROLE_NAME, PROFILE_NAME = 64, 128

ROUGHLY = {
    "AWS::CloudWatch::Alarm": "cloudwatch:PutMetricAlarm",
    "AWS::EC2::EIP": "ec2:AllocateAddress",
    "AWS::EC2::FlowLog": "ec2:CreateFlowLogs",
    "AWS::EC2::Instance": "ec2:RunInstances",
    "AWS::EC2::InternetGateway": "ec2:CreateInternetGateway",
    "AWS::EC2::NatGateway": "ec2:CreateNatGateway",
    "AWS::EC2::Route": "ec2:CreateRoute",
    "AWS::EC2::RouteTable": "ec2:CreateRouteTable",
    "AWS::EC2::SecurityGroup": "ec2:CreateSecurityGroup",
    "AWS::EC2::SecurityGroupEgress": "ec2:AuthorizeSecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress": "ec2:AuthorizeSecurityGroupIngress",
    "AWS::EC2::Subnet": "ec2:CreateSubnet",
    "AWS::EC2::SubnetRouteTableAssociation": "ec2:AssociateRouteTable",
    "AWS::EC2::VPC": "ec2:CreateVpc",
    "AWS::EC2::VPCEndpoint": "ec2:CreateVpcEndpoint",
    "AWS::EC2::VPCGatewayAttachment": "ec2:AttachInternetGateway",
    "AWS::ECR::Repository": "ecr:CreateRepository",
    "AWS::ECS::Cluster": "ecs:CreateCluster",
    "AWS::ECS::ClusterCapacityProviderAssociations": "ecs:PutClusterCapacityProviders",
    "AWS::ECS::Service": "ecs:CreateService",
    "AWS::ECS::TaskDefinition": "ecs:RegisterTaskDefinition",
    "AWS::IAM::ManagedPolicy": "iam:CreatePolicy",
    "AWS::KMS::Alias": "kms:CreateAlias",
    "AWS::KMS::Key": "kms:CreateKey",
    "AWS::Logs::LogGroup": "logs:CreateLogGroup",
    "AWS::S3::Bucket": "s3:CreateBucket",
    "AWS::SNS::Topic": "sns:CreateTopic",
    "AWS::SQS::Queue": "sqs:CreateQueue",
    "AWS::SSM::Parameter": "ssm:PutParameter",
    "AWS::SecretsManager::Secret": "secretsmanager:CreateSecret",
    "AWS::ServiceDiscovery::PrivateDnsNamespace": "servicediscovery:CreatePrivateDnsNamespace",
    "AWS::ServiceDiscovery::Service": "servicediscovery:CreateService",
}


_PASSED = {
    "AWS::EC2::FlowLog": {"DeliverLogsPermissionArn": "vpc-flow-logs.amazonaws.com"},
    "AWS::ECS::TaskDefinition": {
        "ExecutionRoleArn": "ecs-tasks.amazonaws.com",
        "TaskRoleArn": "ecs-tasks.amazonaws.com",
    },
}


@dataclass(frozen=True, kw_only=True)
class Need:
    """An action on a resource, with what conditions may ask."""

    action: str
    resource: str
    context: dict[str, str] = field(default_factory=dict)


def needs(  # noqa: PLR0913, PLR0917 -- a resource is that much
    resource_type: str, name: str, properties: Properties, stack: str, account: str, region: str
) -> Iterator[Need]:
    """Yield what is needed, and judged exactly.

    Args:
        resource_type: of what is made.
        name: its logical ID, or the physical one of what is changed.
        properties: all functions resolved.
        stack: that it is in.
        account: of the stack.
        region: of the stack.
    """
    if resource_type == "AWS::CloudFormation::Stack":
        nested = name if name.startswith("arn:") else _stack_arn(account, region, f"{stack}-{name}-X")
        action = "UpdateStack" if name.startswith("arn:") else "CreateStack"
        yield Need(action=f"cloudformation:{action}", resource=nested)
    elif resource_type == "AWS::IAM::Role":
        yield from _role(name, properties, stack, account)
    elif resource_type.startswith("AWS::IAM::"):
        yield from _of_iam(resource_type, name, properties, stack, account)
    else:
        for role_property, service in _PASSED.get(resource_type, {}).items():
            if properties.get(role_property):
                yield _pass(str(properties[role_property]), service)


def _of_iam(
    resource_type: str, name: str, properties: Properties, stack: str, account: str
) -> Iterator[Need]:
    if resource_type == "AWS::IAM::InstanceProfile":
        profile = properties.get("InstanceProfileName") or inside.physical_name(stack, name, PROFILE_NAME)
        arn = f"arn:aws:iam::{account}:instance-profile{properties.get('Path', '/')}{profile}"
        yield Need(action="iam:CreateInstanceProfile", resource=arn)
        for role in properties.get("Roles", []):
            yield _pass(_role_arn(account, role), "ec2.amazonaws.com")
    elif resource_type in {"AWS::IAM::Policy", "AWS::IAM::RolePolicy"}:
        named = [properties["RoleName"]] if "RoleName" in properties else properties.get("Roles", [])
        for role in named:
            arn = _role_arn(account, role)
            yield Need(action="iam:PutRolePolicy", resource=arn, context=_bound(role, account))


def _role(name: str, properties: Properties, stack: str, account: str) -> Iterator[Need]:
    called = properties.get("RoleName") or inside.physical_name(stack, name, ROLE_NAME)
    arn = f"arn:aws:iam::{account}:role{properties.get('Path', '/')}{called}"
    boundary = properties.get("PermissionsBoundary")
    context = {"iam:PermissionsBoundary": str(boundary)} if boundary else {}
    tags = {f"aws:RequestTag/{each['Key']}": str(each["Value"]) for each in properties.get("Tags", [])}
    yield Need(action="iam:CreateRole", resource=arn, context={**context, **tags})
    if properties.get("Policies"):
        yield Need(action="iam:PutRolePolicy", resource=arn, context=context)
    for policy in properties.get("ManagedPolicyArns", []):
        policy_context = {**context, "iam:PolicyARN": str(policy)}
        yield Need(action="iam:AttachRolePolicy", resource=arn, context=policy_context)


def _bound(role: str, account: str) -> dict[str, str]:
    """Return what conditions may ask of a role that is there."""
    boundary = inside.boundary_of(role, account)
    return {"iam:PermissionsBoundary": boundary} if boundary else {}


def _pass(role: str, service: str) -> Need:
    return Need(action="iam:PassRole", resource=role, context={"iam:PassedToService": service})


def _role_arn(account: str, role: str) -> str:
    return inside.role_arn(role, account) or f"arn:aws:iam::{account}:role/{role}"


def _stack_arn(account: str, region: str, name: str) -> str:
    return f"arn:aws:cloudformation:{region}:{account}:stack/{name}/new"
