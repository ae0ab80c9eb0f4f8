"""What an update of a template replaces, what has a name that stands in the way, and what holds data.

CloudFormation replaces a resource when a create-only property of it changes: it makes the new one, moves what
refers to it, and deletes the old.  A name that is fixed in the template cannot be had twice, so such a
replacement fails; data in the old resource is gone, unless its policy keeps it.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Replacement: TypeAlias = Literal["always", "sometimes", "never"]
"""Whether a change of a property replaces the resource; `sometimes` depends on values or circumstances."""

_ALWAYS: Final = {
    "AWS::ApplicationAutoScaling::ScalableTarget": "ResourceId ScalableDimension ServiceNamespace",
    "AWS::ApplicationAutoScaling::ScalingPolicy": (
        "PolicyName ResourceId ScalableDimension ScalingTargetId ServiceNamespace"
    ),
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::DynamoDB::Table": "ImportSourceSpecification TableName",
    "AWS::EC2::EIP": "Address IpamPoolId NetworkBorderGroup TransferAddress",
    "AWS::EC2::EIPAssociation": "AllocationId EIP InstanceId NetworkInterfaceId PrivateIpAddress",
    "AWS::EC2::EgressOnlyInternetGateway": "VpcId",
    "AWS::EC2::FlowLog": (
        "DeliverCrossAccountRole DeliverLogsPermissionArn DestinationOptions LogDestination "
        "LogDestinationType LogFormat LogGroupName MaxAggregationInterval ResourceId ResourceType "
        "TagFieldSpecifications TrafficType"
    ),
    "AWS::EC2::Instance": (
        "AvailabilityZone CpuOptions ElasticGpuSpecifications ElasticInferenceAccelerators EnclaveOptions "
        "HibernationOptions HostResourceGroupArn ImageId Ipv6AddressCount Ipv6Addresses KeyName "
        "LaunchTemplate LicenseSpecifications NetworkInterfaces PlacementGroupName PrivateIpAddress "
        "SecurityGroups SubnetId"
    ),
    "AWS::EC2::InstanceConnectEndpoint": "ClientToken PreserveClientIp SecurityGroupIds SubnetId",
    "AWS::EC2::LaunchTemplate": "LaunchTemplateName",
    "AWS::EC2::NatGateway": "AllocationId AvailabilityMode ConnectivityType PrivateIpAddress SubnetId VpcId",
    "AWS::EC2::NetworkAcl": "VpcId",
    "AWS::EC2::NetworkAclEntry": "Egress NetworkAclId RuleNumber",
    "AWS::EC2::NetworkInterface": "InterfaceType PrivateIpAddress SubnetId",
    "AWS::EC2::Route": "DestinationCidrBlock DestinationIpv6CidrBlock DestinationPrefixListId RouteTableId",
    "AWS::EC2::RouteTable": "VpcId",
    "AWS::EC2::SecurityGroup": "GroupDescription GroupName VpcId",
    "AWS::EC2::SecurityGroupEgress": (
        "CidrIp CidrIpv6 DestinationPrefixListId DestinationSecurityGroupId FromPort GroupId IpProtocol "
        "ToPort"
    ),
    "AWS::EC2::SecurityGroupIngress": (
        "CidrIp CidrIpv6 FromPort GroupId GroupName IpProtocol SourcePrefixListId SourceSecurityGroupId "
        "SourceSecurityGroupName SourceSecurityGroupOwnerId ToPort"
    ),
    "AWS::EC2::SecurityGroupVpcAssociation": "GroupId VpcId",
    "AWS::EC2::Subnet": (
        "AvailabilityZone AvailabilityZoneId CidrBlock Ipv4IpamPoolId Ipv4NetmaskLength Ipv6IpamPoolId "
        "Ipv6Native Ipv6NetmaskLength OutpostArn VpcId"
    ),
    "AWS::EC2::SubnetCidrBlock": "Ipv6CidrBlock Ipv6IpamPoolId Ipv6NetmaskLength SubnetId",
    "AWS::EC2::SubnetNetworkAclAssociation": "NetworkAclId SubnetId",
    "AWS::EC2::SubnetRouteTableAssociation": "RouteTableId SubnetId",
    "AWS::EC2::TransitGatewayAttachment": "TransitGatewayId VpcId",
    "AWS::EC2::VPC": "CidrBlock Ipv4IpamPoolId Ipv4NetmaskLength VpcEncryptionControl",
    "AWS::EC2::VPCBlockPublicAccessExclusion": "SubnetId VpcId",
    "AWS::EC2::VPCCidrBlock": (
        "AmazonProvidedIpv6CidrBlock CidrBlock Ipv4IpamPoolId Ipv4NetmaskLength Ipv6CidrBlock "
        "Ipv6CidrBlockNetworkBorderGroup Ipv6IpamPoolId Ipv6NetmaskLength Ipv6Pool VpcId"
    ),
    "AWS::EC2::VPCDHCPOptionsAssociation": "DhcpOptionsId VpcId",
    "AWS::EC2::VPCEncryptionControl": "VpcId",
    "AWS::EC2::VPCEndpoint": (
        "DnsOptions/PrivateDnsPreference DnsOptions/PrivateDnsSpecifiedDomains ResourceConfigurationArn "
        "ServiceName ServiceNetworkArn ServiceRegion VpcEndpointType VpcId"
    ),
    "AWS::EC2::VPCGatewayAttachment": "VpcId",
    "AWS::EC2::VPCPeeringConnection": "PeerOwnerId PeerRegion PeerVpcId VpcId",
    "AWS::ECR::PublicRepository": "RepositoryName",
    "AWS::ECR::PullThroughCacheRule": (
        "CredentialArn CustomRoleArn EcrRepositoryPrefix UpstreamRegistry UpstreamRegistryUrl "
        "UpstreamRepositoryPrefix"
    ),
    "AWS::ECR::Repository": "EncryptionConfiguration RepositoryName",
    "AWS::ECR::RepositoryCreationTemplate": "Prefix",
    "AWS::ECS::CapacityProvider": "AutoScalingGroupProvider/AutoScalingGroupArn ClusterName Name",
    "AWS::ECS::Cluster": "ClusterName",
    "AWS::ECS::ClusterCapacityProviderAssociations": "Cluster",
    "AWS::ECS::ExpressGatewayService": "Cluster InfrastructureRoleArn ServiceName Tags",
    "AWS::ECS::PrimaryTaskSet": "Cluster Service",
    "AWS::ECS::Service": "Cluster Role SchedulingStrategy ServiceName",
    "AWS::ECS::TaskDefinition": (
        "ContainerDefinitions Cpu EnableFaultInjection EphemeralStorage ExecutionRoleArn Family "
        "InferenceAccelerators IpcMode Memory NetworkMode PidMode PlacementConstraints ProxyConfiguration "
        "RequiresCompatibilities RuntimePlatform TaskRoleArn Volumes"
    ),
    "AWS::ECS::TaskSet": (
        "CapacityProviderStrategy Cluster ExternalId LaunchType LoadBalancers NetworkConfiguration "
        "PlatformVersion Service ServiceRegistries TaskDefinition"
    ),
    "AWS::EFS::AccessPoint": "ClientToken FileSystemId PosixUser RootDirectory",
    "AWS::EFS::FileSystem": "AvailabilityZoneName Encrypted KmsKeyId PerformanceMode",
    "AWS::EFS::MountTarget": "FileSystemId IpAddress IpAddressType Ipv6Address SubnetId",
    "AWS::ElasticLoadBalancingV2::Listener": "LoadBalancerArn",
    "AWS::ElasticLoadBalancingV2::ListenerCertificate": "ListenerArn",
    "AWS::ElasticLoadBalancingV2::ListenerRule": "ListenerArn",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "Name Scheme Type",
    "AWS::ElasticLoadBalancingV2::TargetGroup": (
        "IpAddressType Name Port Protocol ProtocolVersion TargetType VpcId"
    ),
    "AWS::Events::Connection": "Name",
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName Path",
    "AWS::IAM::ManagedPolicy": "Description ManagedPolicyName Path",
    "AWS::IAM::Role": "Path RoleName",
    "AWS::IAM::RolePolicy": "PolicyName RoleName",
    "AWS::IAM::ServiceLinkedRole": "AWSServiceName CustomSuffix",
    "AWS::IAM::User": "UserName",
    "AWS::KMS::Alias": "AliasName",
    "AWS::KMS::ReplicaKey": "PrimaryKeyArn",
    "AWS::Lambda::Function": "FunctionName PackageType TenancyConfig",
    "AWS::Logs::Destination": "DestinationName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Logs::LogStream": "LogGroupName LogStreamName",
    "AWS::Logs::MetricFilter": "FilterName LogGroupName",
    "AWS::Logs::ResourcePolicy": "PolicyName",
    "AWS::Logs::SubscriptionFilter": "FilterName LogGroupName",
    "AWS::RDS::DBCluster": (
        "ClusterScalabilityType DBClusterIdentifier DBSubnetGroupName DBSystemId DatabaseName EngineMode "
        "KmsKeyId PubliclyAccessible RestoreToTime RestoreType SnapshotIdentifier SourceDBClusterIdentifier "
        "SourceDbClusterResourceId SourceRegion StorageEncrypted UseLatestRestorableTime"
    ),
    "AWS::RDS::DBClusterParameterGroup": "DBClusterParameterGroupName Description Family",
    "AWS::RDS::DBInstance": (
        "BackupTarget CharacterSetName CustomIAMInstanceProfile DBClusterIdentifier DBInstanceIdentifier "
        "DBName DBSubnetGroupName DBSystemId KmsKeyId MasterUsername NcharCharacterSetName SourceRegion "
        "StorageEncrypted Timezone"
    ),
    "AWS::RDS::DBParameterGroup": "DBParameterGroupName Description Family",
    "AWS::RDS::DBProxy": (
        "DBProxyName EndpointNetworkType EngineFamily TargetConnectionNetworkType VpcSubnetIds"
    ),
    "AWS::RDS::DBSubnetGroup": "DBSubnetGroupName",
    "AWS::Route53::HostedZone": "DelegationSetId Name",
    "AWS::S3::Bucket": "BucketName BucketNamePrefix BucketNamespace",
    "AWS::S3::BucketPolicy": "Bucket",
    "AWS::SNS::Subscription": "Endpoint Protocol TopicArn",
    "AWS::SNS::Topic": "FifoTopic TopicName",
    "AWS::SQS::Queue": "FifoQueue QueueName",
    "AWS::SSM::Parameter": "Name",
    "AWS::SecretsManager::ResourcePolicy": "SecretId",
    "AWS::SecretsManager::RotationSchedule": "SecretId",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::SecretsManager::SecretTargetAttachment": "SecretId",
    "AWS::ServiceDiscovery::HttpNamespace": "Name",
    "AWS::ServiceDiscovery::Instance": "InstanceId ServiceId",
    "AWS::ServiceDiscovery::PrivateDnsNamespace": "Name Vpc",
    "AWS::ServiceDiscovery::PublicDnsNamespace": "Name",
    "AWS::ServiceDiscovery::Service": "HealthCheckCustomConfig Name NamespaceId Type",
}

_SOMETIMES: Final = {
    "AWS::DynamoDB::Table": "KeySchema",
    "AWS::EC2::Instance": (
        "AdditionalInfo Affinity BlockDeviceMappings EbsOptimized HostId InstanceType KernelId "
        "PrivateDnsNameOptions RamdiskId SecurityGroupIds Tenancy UserData"
    ),
    "AWS::EC2::NetworkInterface": "ConnectionTrackingSpecification EnablePrimaryIpv6 PrivateIpAddresses",
    "AWS::EC2::Subnet": "Ipv6CidrBlock",
    "AWS::EC2::VPC": "InstanceTenancy",
    "AWS::ECS::Service": "LaunchType",
    "AWS::Events::Rule": "EventBusName",
    "AWS::Lambda::Function": "DurableConfig",
    "AWS::RDS::DBCluster": "AvailabilityZones Engine GlobalClusterIdentifier MasterUsername",
    "AWS::RDS::DBInstance": (
        "AutoMinorVersionUpgrade AvailabilityZone BackupRetentionPeriod DBClusterSnapshotIdentifier "
        "DBParameterGroupName DBSnapshotIdentifier Engine MultiAZ PerformanceInsightsKMSKeyId "
        "PreferredMaintenanceWindow RestoreTime SourceDBClusterIdentifier "
        "SourceDBInstanceAutomatedBackupsArn SourceDBInstanceIdentifier SourceDbiResourceId "
        "UseLatestRestorableTime"
    ),
    "AWS::SNS::Subscription": "Region",
}

_NEVER: Final = (
    "AWS::CloudFormation::Stack AWS::EC2::InternetGateway AWS::EC2::PrefixList "
    "AWS::EC2::VPCBlockPublicAccessOptions AWS::EC2::VPCEndpointService AWS::ECR::RegistryPolicy "
    "AWS::ECR::RegistryScanningConfiguration AWS::ECR::ReplicationConfiguration AWS::IAM::Policy "
    "AWS::KMS::Key AWS::Logs::QueryDefinition AWS::SNS::TopicPolicy"
)
# The types of which no property is create-only.

CREATE_ONLY: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        **{resource_type: frozenset(paths.split()) for resource_type, paths in _ALWAYS.items()},
        **dict.fromkeys(_NEVER.split(), frozenset[str]()),
    }
)
"""Resource type -> the paths of properties whose change replaces it: `VpcId`, `A/B`.

A path stands for all that is below it.  A type that is not here is not known.
Source: `createOnlyProperties` in the resource provider schemas of CloudFormation; a test compares.
"""

CONDITIONALLY_CREATE_ONLY: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {resource_type: frozenset(paths.split()) for resource_type, paths in _SOMETIMES.items()}
)
"""The same for changes that replace in some cases.  Source: `conditionalCreateOnlyProperties`, ditto."""

_NAMED_BY: Final = {
    "AlarmName": "AWS::CloudWatch::Alarm",
    "AliasName": "AWS::KMS::Alias",
    "AutoScalingGroupName": "AWS::AutoScaling::AutoScalingGroup",
    "BucketName": "AWS::S3::Bucket",
    "ClusterName": "AWS::ECS::Cluster",
    "DBClusterIdentifier": "AWS::RDS::DBCluster",
    "DBClusterParameterGroupName": "AWS::RDS::DBClusterParameterGroup",
    "DBInstanceIdentifier": "AWS::RDS::DBInstance",
    "DBParameterGroupName": "AWS::RDS::DBParameterGroup",
    "DBProxyName": "AWS::RDS::DBProxy",
    "DBSubnetGroupName": "AWS::RDS::DBSubnetGroup",
    "DestinationName": "AWS::Logs::Destination",
    "EcrRepositoryPrefix": "AWS::ECR::PullThroughCacheRule",
    "FunctionName": "AWS::Lambda::Function",
    "GroupName": "AWS::EC2::SecurityGroup AWS::IAM::Group",
    "InstanceProfileName": "AWS::IAM::InstanceProfile",
    "KeyName": "AWS::EC2::KeyPair",
    "LaunchTemplateName": "AWS::EC2::LaunchTemplate",
    "LogGroupName": "AWS::Logs::LogGroup",
    "ManagedPolicyName": "AWS::IAM::ManagedPolicy",
    "Name": (
        "AWS::ECS::CapacityProvider AWS::ElasticLoadBalancingV2::LoadBalancer "
        "AWS::ElasticLoadBalancingV2::TargetGroup AWS::Events::Connection "
        "AWS::Events::EventBus AWS::Events::Rule AWS::SSM::Parameter AWS::SecretsManager::Secret "
        "AWS::ServiceDiscovery::HttpNamespace AWS::ServiceDiscovery::PrivateDnsNamespace "
        "AWS::ServiceDiscovery::PublicDnsNamespace AWS::ServiceDiscovery::Service"
    ),
    "PolicyName": "AWS::Logs::ResourcePolicy",
    "Prefix": "AWS::ECR::RepositoryCreationTemplate",
    "QueueName": "AWS::SQS::Queue",
    "RepositoryName": "AWS::ECR::PublicRepository AWS::ECR::Repository",
    "RoleName": "AWS::IAM::Role",
    "ServiceName": "AWS::ECS::ExpressGatewayService AWS::ECS::Service",
    "TableName": "AWS::DynamoDB::Table",
    "TopicName": "AWS::SNS::Topic",
    "UserName": "AWS::IAM::User",
}

NAME_PROPERTIES: Final[Mapping[str, str]] = MappingProxyType(
    {resource_type: name for name, types in _NAMED_BY.items() for resource_type in types.split()}
)
"""Resource type -> the property with a name of which there can be one.

One in the account and region, that is, or in the cluster, namespace or VPC that the resource belongs to.
Where the property is optional, CloudFormation makes a name for a resource without it, never twice the same.
Source: AWSCloudFormation/latest/UserGuide/aws-properties-name.html, and the page of each type.
"""

_STATEFUL: Final = (
    "AWS::APS::Workspace AWS::Backup::BackupVault AWS::Cassandra::Table AWS::Cognito::UserPool "
    "AWS::DocDB::DBCluster AWS::DynamoDB::GlobalTable AWS::DynamoDB::Table AWS::EC2::Volume "
    "AWS::ECR::PublicRepository AWS::ECR::Repository AWS::EFS::FileSystem AWS::ElastiCache::CacheCluster "
    "AWS::ElastiCache::ReplicationGroup AWS::ElastiCache::ServerlessCache AWS::FSx::FileSystem AWS::KMS::Key "
    "AWS::KMS::ReplicaKey AWS::Kinesis::Stream AWS::Logs::LogGroup AWS::MSK::Cluster AWS::MemoryDB::Cluster "
    "AWS::Neptune::DBCluster AWS::OpenSearchService::Domain AWS::RDS::DBCluster AWS::RDS::DBInstance "
    "AWS::RDS::GlobalCluster AWS::Redshift::Cluster AWS::S3::Bucket AWS::SQS::Queue "
    "AWS::SecretsManager::Secret"
)

STATEFUL: Final = frozenset(_STATEFUL.split())
"""The types that hold what no template can make again: data, images, logs, secrets, or keys to data."""


def replacement(resource_type: str, path: str) -> Replacement | None:
    """Return whether a change at a path of properties replaces a resource, or None for an unknown type.

    A path is as in `CREATE_ONLY`, with the numbers of list items: `ContainerDefinitions/0/Image`.  A
    change of something that has create-only parts below it is one that `sometimes` replaces.

    >>> replacement("AWS::ECS::TaskDefinition", "ContainerDefinitions/0/Image")
    'always'
    >>> replacement("AWS::ECS::Service", "LaunchType"), replacement("AWS::ECS::Service", "DesiredCount")
    ('sometimes', 'never')
    """
    if resource_type not in CREATE_ONLY:
        return None
    always = CREATE_ONLY[resource_type]
    sometimes = CONDITIONALLY_CREATE_ONLY.get(resource_type, frozenset())
    parts = path.split("/")
    above = {"/".join(parts[:length]) for length in range(1, len(parts) + 1)}
    if above & always:
        return "always"
    if above & sometimes or any(known.startswith(f"{path}/") for known in always | sometimes):
        return "sometimes"
    return "never"
