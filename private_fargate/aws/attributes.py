"""What `Ref` and `Fn::GetAtt` return for the resources around a task.

One thing has many spellings in a template: a VPC is its `Ref` or its `VpcId`, a log group its name or
an ARN put together by hand.  With these tables two spellings of one thing can be seen to be one.
What is not in a table is not known; it is not different.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

RefKind: TypeAlias = Literal["id", "name", "arn", "url", "address"]
"""What a `Ref` returns: an id that AWS makes, the name, the ARN, a URL, or an IP address."""

REF: Final = "Ref"
"""Stands in the tables below where an attribute stands, for what `Ref` returns."""

DEFAULT_PATH: Final = "/"
"""The `{path}` of a template where the resource has no `Path`.  A path begins and ends with a slash."""

SAME_AS_REF: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        resource_type: frozenset(attributes.split())
        for resource_type, attributes in {
            "AWS::AutoScaling::AutoScalingGroup": "AutoScalingGroupName",
            "AWS::CertificateManager::Certificate": "CertificateArn",
            "AWS::CloudFormation::Stack": "StackId",
            "AWS::EC2::EIP": "PublicIp",
            "AWS::EC2::EgressOnlyInternetGateway": "Id",
            "AWS::EC2::Instance": "InstanceId",
            "AWS::EC2::InternetGateway": "InternetGatewayId",
            "AWS::EC2::LaunchTemplate": "LaunchTemplateId",
            "AWS::EC2::NatGateway": "NatGatewayId",
            "AWS::EC2::NetworkAcl": "Id",
            "AWS::EC2::NetworkInterface": "Id",
            "AWS::EC2::PrefixList": "PrefixListId",
            "AWS::EC2::RouteTable": "RouteTableId",
            "AWS::EC2::SecurityGroup": "GroupId Id",
            "AWS::EC2::Subnet": "SubnetId",
            "AWS::EC2::TransitGateway": "Id",
            "AWS::EC2::VPC": "VpcId",
            "AWS::EC2::VPCEndpoint": "Id",
            "AWS::EC2::VPCPeeringConnection": "Id",
            "AWS::EC2::VPNGateway": "VPNGatewayId",
            "AWS::ECS::ExpressGatewayService": "ServiceArn",
            "AWS::ECS::Service": "ServiceArn",
            "AWS::ECS::TaskDefinition": "TaskDefinitionArn",
            "AWS::EFS::AccessPoint": "AccessPointId",
            "AWS::EFS::FileSystem": "FileSystemId",
            "AWS::EFS::MountTarget": "Id",
            "AWS::ElasticLoadBalancingV2::Listener": "ListenerArn",
            "AWS::ElasticLoadBalancingV2::ListenerRule": "RuleArn",
            "AWS::ElasticLoadBalancingV2::LoadBalancer": "LoadBalancerArn",
            "AWS::ElasticLoadBalancingV2::TargetGroup": "TargetGroupArn",
            "AWS::Events::EventBus": "Name",
            "AWS::IAM::ManagedPolicy": "PolicyArn",
            "AWS::IAM::ServiceLinkedRole": "RoleName",
            "AWS::KMS::Key": "KeyId",
            "AWS::KMS::ReplicaKey": "KeyId",
            "AWS::Route53::HostedZone": "Id",
            "AWS::SNS::Topic": "TopicArn",
            "AWS::SQS::Queue": "QueueUrl",
            "AWS::SSM::Parameter": "Name",
            "AWS::SecretsManager::Secret": "Id",
            "AWS::ServiceDiscovery::HttpNamespace": "Id",
            "AWS::ServiceDiscovery::PrivateDnsNamespace": "Id",
            "AWS::ServiceDiscovery::PublicDnsNamespace": "Id",
            "AWS::ServiceDiscovery::Service": "Id",
            "AWS::StepFunctions::StateMachine": "Arn",
        }.items()
    }
)
"""Resource type -> the attributes that return what `Ref` returns.

The `Id` of a security group is its name, not its id, where the group has no VPC of its own; `Ref` is
the same then.
Source: AWSCloudFormation/latest/TemplateReference, "Return values" of each type; a test compares with the
primary identifiers in the schemas of CloudFormation.
"""

SAME_AS_PROPERTY: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("AWS::EC2::Instance", "AvailabilityZone"): "AvailabilityZone",
        ("AWS::EC2::Instance", "PrivateIp"): "PrivateIpAddress",
        ("AWS::EC2::NetworkInterface", "PrimaryPrivateIpAddress"): "PrivateIpAddress",
        ("AWS::EC2::SecurityGroup", "GroupName"): "GroupName",
        ("AWS::EC2::SecurityGroup", "VpcId"): "VpcId",
        ("AWS::EC2::Subnet", "AvailabilityZone"): "AvailabilityZone",
        ("AWS::EC2::Subnet", "AvailabilityZoneId"): "AvailabilityZoneId",
        ("AWS::EC2::Subnet", "CidrBlock"): "CidrBlock",
        ("AWS::EC2::Subnet", "OutpostArn"): "OutpostArn",
        ("AWS::EC2::Subnet", "VpcId"): "VpcId",
        ("AWS::EC2::VPC", "CidrBlock"): "CidrBlock",
        ("AWS::ECS::ClusterCapacityProviderAssociations", REF): "Cluster",
        ("AWS::ECS::Service", "Name"): "ServiceName",
        ("AWS::EFS::MountTarget", "FileSystemId"): "FileSystemId",
        ("AWS::EFS::MountTarget", "IpAddress"): "IpAddress",
        ("AWS::EFS::MountTarget", "SubnetId"): "SubnetId",
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancerName"): "Name",
        ("AWS::ElasticLoadBalancingV2::TargetGroup", "TargetGroupName"): "Name",
        ("AWS::SNS::Topic", "TopicName"): "TopicName",
        ("AWS::SQS::Queue", "QueueName"): "QueueName",
        ("AWS::SSM::Parameter", "Type"): "Type",
        ("AWS::SSM::Parameter", "Value"): "Value",
        ("AWS::SecretsManager::ResourcePolicy", REF): "SecretId",
        ("AWS::SecretsManager::RotationSchedule", REF): "SecretId",
        ("AWS::SecretsManager::SecretTargetAttachment", REF): "SecretId",
        ("AWS::ServiceDiscovery::Service", "Name"): "Name",
        ("AWS::StepFunctions::StateMachine", "Name"): "StateMachineName",
    }
)
"""(Resource type, attribute) -> the property whose value it is, where the property is given.

Where it is not given AWS makes the value, and it is not known.  The three `Ref`s of Secrets Manager return
the ARN of the secret: they are the property if that is an ARN, as the `Ref` of a secret is.
Source: AWSCloudFormation/latest/TemplateReference, "Return values" of each type.
"""

NAME_PROPERTY_OF_REF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AWS::AutoScaling::AutoScalingGroup": "AutoScalingGroupName",
        "AWS::CloudWatch::Alarm": "AlarmName",
        "AWS::DynamoDB::GlobalTable": "TableName",
        "AWS::DynamoDB::Table": "TableName",
        "AWS::EC2::KeyPair": "KeyName",
        "AWS::ECR::PublicRepository": "RepositoryName",
        "AWS::ECR::PullThroughCacheRule": "EcrRepositoryPrefix",
        "AWS::ECR::Repository": "RepositoryName",
        "AWS::ECR::RepositoryCreationTemplate": "Prefix",
        "AWS::ECS::CapacityProvider": "Name",
        "AWS::ECS::Cluster": "ClusterName",
        "AWS::Events::EventBus": "Name",
        "AWS::IAM::Group": "GroupName",
        "AWS::IAM::InstanceProfile": "InstanceProfileName",
        "AWS::IAM::Role": "RoleName",
        "AWS::IAM::User": "UserName",
        "AWS::KMS::Alias": "AliasName",
        "AWS::Kinesis::Stream": "Name",
        "AWS::KinesisFirehose::DeliveryStream": "DeliveryStreamName",
        "AWS::Lambda::Function": "FunctionName",
        "AWS::Logs::LogGroup": "LogGroupName",
        "AWS::Logs::LogStream": "LogStreamName",
        "AWS::S3::Bucket": "BucketName",
        "AWS::SSM::Parameter": "Name",
    }
)
"""Resource type -> the property whose value `Ref` returns where it is given; else AWS makes the name.

Left out, because the value changes on the way: names that RDS and ElastiCache turn to lower case, event
rules, whose `Ref` may carry the bus, and `AWS::IAM::Policy`, whose `Ref` is no name of a policy.
Source: AWSCloudFormation/latest/TemplateReference, "Return values" of each type.
"""

NAME_PROPERTY_OF_ARN: Final[Mapping[str, str]] = MappingProxyType(
    {
        **NAME_PROPERTY_OF_REF,
        "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
        "AWS::SNS::Topic": "TopicName",
        "AWS::SQS::Queue": "QueueName",
        "AWS::SecretsManager::Secret": "Name",
        "AWS::StepFunctions::StateMachine": "StateMachineName",
    }
)
"""Resource type -> the property that is `{name}` in the templates below."""

_NAMESPACE: Final = "servicediscovery:{region}:{account}:namespace/{ref}"

_ARN_ROWS: Final = (
    ("AWS::CloudWatch::Alarm", "Arn", "cloudwatch:{region}:{account}:alarm:{name}"),
    ("AWS::DynamoDB::GlobalTable", "Arn", "dynamodb:{region}:{account}:table/{name}"),
    ("AWS::DynamoDB::Table", "Arn", "dynamodb:{region}:{account}:table/{name}"),
    ("AWS::ECR::Repository", "Arn", "ecr:{region}:{account}:repository/{name}"),
    ("AWS::ECS::Cluster", "Arn", "ecs:{region}:{account}:cluster/{name}"),
    ("AWS::EFS::AccessPoint", "Arn", "elasticfilesystem:{region}:{account}:access-point/{ref}"),
    ("AWS::EFS::FileSystem", "Arn", "elasticfilesystem:{region}:{account}:file-system/{ref}"),
    ("AWS::Events::EventBus", "Arn", "events:{region}:{account}:event-bus/{name}"),
    ("AWS::IAM::Group", "Arn", "iam::{account}:group{path}{name}"),
    ("AWS::IAM::InstanceProfile", "Arn", "iam::{account}:instance-profile{path}{name}"),
    ("AWS::IAM::ManagedPolicy", REF, "iam::{account}:policy{path}{name}"),
    ("AWS::IAM::Role", "Arn", "iam::{account}:role{path}{name}"),
    ("AWS::IAM::User", "Arn", "iam::{account}:user{path}{name}"),
    ("AWS::KMS::Key", "Arn", "kms:{region}:{account}:key/{ref}"),
    ("AWS::KMS::ReplicaKey", "Arn", "kms:{region}:{account}:key/{ref}"),
    ("AWS::Kinesis::Stream", "Arn", "kinesis:{region}:{account}:stream/{name}"),
    ("AWS::KinesisFirehose::DeliveryStream", "Arn", "firehose:{region}:{account}:deliverystream/{name}"),
    ("AWS::Lambda::Function", "Arn", "lambda:{region}:{account}:function:{name}"),
    ("AWS::Logs::LogGroup", "Arn", "logs:{region}:{account}:log-group:{name}:*"),
    ("AWS::S3::Bucket", "Arn", "s3:::{name}"),
    ("AWS::SNS::Topic", REF, "sns:{region}:{account}:{name}"),
    ("AWS::SQS::Queue", "Arn", "sqs:{region}:{account}:{name}"),
    ("AWS::SecretsManager::Secret", REF, "secretsmanager:{region}:{account}:secret:{name}-{random}"),
    ("AWS::ServiceDiscovery::HttpNamespace", "Arn", _NAMESPACE),
    ("AWS::ServiceDiscovery::PrivateDnsNamespace", "Arn", _NAMESPACE),
    ("AWS::ServiceDiscovery::PublicDnsNamespace", "Arn", _NAMESPACE),
    ("AWS::ServiceDiscovery::Service", "Arn", "servicediscovery:{region}:{account}:service/{ref}"),
    ("AWS::StepFunctions::StateMachine", REF, "states:{region}:{account}:stateMachine:{name}"),
)

ARNS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {(resource_type, attribute): f"arn:{{partition}}:{rest}" for resource_type, attribute, rest in _ARN_ROWS}
)
"""(Resource type, attribute) -> the ARN it returns, as a template.

An attribute that is the same as `Ref` is found under `REF` only; `template_of` knows that.
Placeholders: `{partition}`, `{region}`, `{account}`; `{name}` is `NAME_PROPERTY_OF_ARN`; `{ref}` what
`Ref` returns; `{path}` the property `Path`, or `DEFAULT_PATH`; `{random}` six letters and digits that nobody
knows before the secret is there.  The ARN of a log group ends with `:*`, and so covers its streams.
Source: service-authorization/latest/reference, "Resource types" of each service.
"""

TEXTS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("AWS::ECR::Repository", "RepositoryUri"): "{account}.dkr.ecr.{region}.{suffix}/{name}",
        ("AWS::S3::Bucket", "DomainName"): "{name}.s3.{suffix}",
        ("AWS::S3::Bucket", "DualStackDomainName"): "{name}.s3.dualstack.{region}.{suffix}",
        ("AWS::S3::Bucket", "RegionalDomainName"): "{name}.s3.{region}.{suffix}",
        ("AWS::SQS::Queue", REF): "https://sqs.{region}.{suffix}/{account}/{name}",
    }
)
"""(Resource type, attribute) -> the text it returns, as a template like those of `ARNS`.

`{suffix}` is `AWS::URLSuffix`: `amazonaws.com`, or `amazonaws.com.cn` in China.
Source: AWSCloudFormation/latest/TemplateReference, "Return values" of each type.
"""

_NAMES: Final = frozenset(
    {
        *NAME_PROPERTY_OF_REF,
        "AWS::Events::Rule",
        "AWS::IAM::ServiceLinkedRole",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
    }
)

_ARN_REFS: Final = frozenset(
    {
        *(kind for kind, attribute in (*ARNS, *SAME_AS_PROPERTY) if attribute == REF),
        *(kind for kind, same in SAME_AS_REF.items() if any(name.endswith("Arn") for name in same)),
        "AWS::CloudFormation::Stack",
    }
)


def ref_kind(resource_type: str) -> RefKind | None:
    """Return what a `Ref` to a resource of a type is, or None where that is not known here.

    >>> ref_kind("AWS::IAM::Role"), ref_kind("AWS::IAM::ManagedPolicy"), ref_kind("AWS::EC2::VPC")
    ('name', 'arn', 'id')
    >>> ref_kind("Custom::Thing") is None
    True
    """
    if resource_type == "AWS::EC2::EIP":
        return "address"
    if resource_type == "AWS::SQS::Queue":
        return "url"
    if resource_type in _NAMES:
        return "name"
    if resource_type in _ARN_REFS:
        return "arn"
    return "id" if resource_type in SAME_AS_REF else None


def is_ref(resource_type: str, attribute: str) -> bool:
    """Say whether an attribute of a resource is known to return what `Ref` returns.

    >>> is_ref("AWS::EC2::SecurityGroup", "GroupId"), is_ref("AWS::EC2::SecurityGroup", "VpcId")
    (True, False)
    """
    return attribute in SAME_AS_REF.get(resource_type, ())


def same_as_property(resource_type: str, attribute: str) -> str | None:
    """Return the property that an attribute repeats where the property is given, or None.

    `attribute` may be `REF`: a log group is called by its name.

    >>> same_as_property("AWS::EC2::Subnet", "VpcId"), same_as_property("AWS::EC2::Subnet", "SubnetId")
    ('VpcId', None)
    >>> same_as_property("AWS::Logs::LogGroup", REF)
    'LogGroupName'
    """
    if attribute == REF and resource_type in NAME_PROPERTY_OF_REF:
        return NAME_PROPERTY_OF_REF[resource_type]
    return SAME_AS_PROPERTY.get((resource_type, attribute))


def template_of(resource_type: str, attribute: str) -> str | None:
    """Return the ARN or text that an attribute (or `REF`) returns, as a template, or None.

    >>> template_of("AWS::Logs::LogGroup", "Arn")
    'arn:{partition}:logs:{region}:{account}:log-group:{name}:*'
    >>> template_of("AWS::SNS::Topic", "TopicArn") == template_of("AWS::SNS::Topic", REF)
    True
    """
    key = (resource_type, REF if is_ref(resource_type, attribute) else attribute)
    return ARNS.get(key) or TEXTS.get(key)
