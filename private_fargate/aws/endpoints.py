"""The VPC endpoints that AWS offers for its APIs, by the names that AWS gives them.

The table holds what a task in a private subnet, or the application in it, may want to call.
Which of them an environment needs is not said here: see `needs`.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Partition: TypeAlias = Literal["aws", "aws-cn", "aws-us-gov"]
EndpointType: TypeAlias = Literal["Interface", "Gateway"]

_CDK = "aws-cdk aws-ec2/lib/vpc-endpoint.ts: class InterfaceVpcEndpointAwsService, getDefaultEndpointPrefix"
_GATEWAYS = "vpc/latest/privatelink/gateway-endpoints.html; cn names: aws-cdk GatewayVpcEndpointAwsService"


@dataclass(frozen=True, kw_only=True, slots=True)
class EndpointService:
    """An AWS API that a VPC endpoint can lead to.

    Attributes:
        name: The last part of the service's name, as in `endpoints: [ecr.api]`.
        title: The same in logical IDs: `EcrApi` makes `EcrApiEndpoint`.
        api: What answers there, for a person.
        type: An interface has addresses in subnets, a price per zone, and needs private DNS; a
            gateway is a route in route tables and free.
        cn_prefix: The prefix of the service's name in the partition of China, where about half of
            the services have one of their own.
        source: Where the name and the prefix are written down.
    """

    name: str
    title: str
    api: str
    type: EndpointType = "Interface"
    cn_prefix: str = "com.amazonaws"
    source: str = _CDK

    def prefix(self, partition: Partition) -> str:
        """Return what stands before the region in the service's name.

        >>> ENDPOINT_SERVICES["ecr.api"].prefix("aws-cn"), ENDPOINT_SERVICES["logs"].prefix("aws-cn")
        ('cn.com.amazonaws', 'com.amazonaws')
        """
        return self.cn_prefix if partition == "aws-cn" else "com.amazonaws"

    def service_name(self, region: str) -> str:
        """Return the whole name of the service in a region.

        >>> ENDPOINT_SERVICES["ecr.dkr"].service_name("cn-north-1")
        'cn.com.amazonaws.cn-north-1.ecr.dkr'
        """
        return f"{self.prefix(partition_of(region))}.{region}.{self.name}"


def partition_of(region: str) -> Partition:
    """Return the partition that a region belongs to.

    >>> partition_of("us-gov-west-1"), partition_of("eu-central-1")
    ('aws-us-gov', 'aws')
    """
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def domain_of(region: str) -> str:
    """Return the domain under which the services of a region have their names: `AWS::URLSuffix`.

    >>> domain_of("eu-central-1"), domain_of("cn-north-1")
    ('amazonaws.com', 'amazonaws.com.cn')
    """
    return "amazonaws.com.cn" if partition_of(region) == "aws-cn" else "amazonaws.com"


_CN = "cn.com.amazonaws"

_SERVICES: Final = (
    EndpointService(name="s3", title="S3", api="S3", type="Gateway", source=_GATEWAYS),
    EndpointService(name="dynamodb", title="DynamoDb", api="DynamoDB", type="Gateway", source=_GATEWAYS),
    EndpointService(name="appconfigdata", title="AppConfigData", api="AppConfig, reading of configurations"),
    EndpointService(
        name="application-signals", title="ApplicationSignals", api="CloudWatch Application Signals"
    ),
    EndpointService(name="aps-workspaces", title="ApsWorkspaces", api="Managed Prometheus workspaces"),
    EndpointService(name="cloudformation", title="CloudFormation", api="CloudFormation", cn_prefix=_CN),
    EndpointService(
        name="data-servicediscovery", title="DataServiceDiscovery", api="Cloud Map, DiscoverInstances"
    ),
    EndpointService(name="ec2", title="Ec2", api="EC2", cn_prefix=_CN),
    EndpointService(name="ec2messages", title="Ec2Messages", api="Systems Manager, commands to old agents"),
    EndpointService(name="ecr.api", title="EcrApi", api="ECR, login and image manifests", cn_prefix=_CN),
    EndpointService(name="ecr.dkr", title="EcrDkr", api="ECR, the Docker registry", cn_prefix=_CN),
    EndpointService(name="ecs", title="Ecs", api="ECS"),
    EndpointService(name="ecs-agent", title="EcsAgent", api="ECS, the agent's channel"),
    EndpointService(name="ecs-telemetry", title="EcsTelemetry", api="ECS, the agent's metrics"),
    EndpointService(name="elasticfilesystem", title="ElasticFileSystem", api="EFS", cn_prefix=_CN),
    EndpointService(name="events", title="Events", api="EventBridge"),
    EndpointService(name="kinesis-firehose", title="KinesisFirehose", api="Data Firehose"),
    EndpointService(name="kinesis-streams", title="KinesisStreams", api="Kinesis streams", cn_prefix=_CN),
    EndpointService(name="kms", title="Kms", api="KMS"),
    EndpointService(name="lambda", title="Lambda", api="Lambda", cn_prefix=_CN),
    EndpointService(name="logs", title="Logs", api="CloudWatch Logs"),
    EndpointService(name="monitoring", title="Monitoring", api="CloudWatch metrics", cn_prefix=_CN),
    EndpointService(name="rds-data", title="RdsData", api="RDS Data API"),
    EndpointService(name="secretsmanager", title="SecretsManager", api="Secrets Manager"),
    EndpointService(name="servicediscovery", title="ServiceDiscovery", api="Cloud Map, registration"),
    EndpointService(name="sns", title="Sns", api="SNS"),
    EndpointService(name="sqs", title="Sqs", api="SQS", cn_prefix=_CN),
    EndpointService(name="ssm", title="Ssm", api="Systems Manager, parameters and agents"),
    EndpointService(name="ssmmessages", title="SsmMessages", api="Systems Manager, the channel of a shell"),
    EndpointService(name="states", title="States", api="Step Functions", cn_prefix=_CN),
    EndpointService(name="sts", title="Sts", api="STS", cn_prefix=_CN),
    EndpointService(name="xray", title="Xray", api="X-Ray", cn_prefix=_CN),
)

ENDPOINT_SERVICES: Final[Mapping[str, EndpointService]] = MappingProxyType(
    {service.name: service for service in _SERVICES}
)
"""Every endpoint service that `network.endpoints` may name, by name: gateways, then interfaces by name.

The names in the partition of GovCloud are those of the commercial one; that each service has an endpoint
in each region is not known offline: `aws ec2 describe-vpc-endpoint-services` answers it.
"""
