"""Which of the listed permissions a resource needs: the schema lists those of every property that it has."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from private_fargate.aws.handlers.model import actions

if TYPE_CHECKING:
    from collections.abc import Mapping

_ONLY_WITH: Final = {
    "AWS::EC2::EIP": {
        "TransferAddress": "ec2:AcceptAddressTransfer",
        "InstanceId": "ec2:AssociateAddress",
    },
    "AWS::EC2::FlowLog": {"LogDestination": "s3:GetBucketPolicy PutBucketPolicy"},
    "AWS::EC2::Instance": {
        "Affinity HostId HostResourceGroupArn PlacementGroupName Tenancy": "ec2:ModifyInstancePlacement",
        "CreditSpecification": "ec2:ModifyInstanceCreditSpecification",
        "MetadataOptions": "ec2:ModifyInstanceMetadataOptions",
        "Monitoring": "ec2:MonitorInstances UnmonitorInstances",
        "PrivateDnsNameOptions": "ec2:ModifyPrivateDnsNameOptions",
        "SsmAssociations": "ssm:CreateAssociation DeleteAssociation",
        "Volumes": "ec2:AttachVolume DetachVolume",
    },
    "AWS::EC2::NatGateway": {
        "AvailabilityZoneAddresses SecondaryAllocationIds": (
            "ec2:AssociateNatGatewayAddress DisassociateNatGatewayAddress"
        ),
        "SecondaryPrivateIpAddressCount SecondaryPrivateIpAddresses": (
            "ec2:AssignPrivateNatGatewayAddress UnassignPrivateNatGatewayAddress"
        ),
    },
    "AWS::EC2::Subnet": {
        "Ipv6CidrBlock Ipv6IpamPoolId Ipv6NetmaskLength": (
            "ec2:AssociateSubnetCidrBlock DisassociateSubnetCidrBlock"
        ),
    },
    "AWS::EC2::VPC": {
        "InstanceTenancy": "ec2:ModifyVpcTenancy",
        "VpcEncryptionControl": "ec2:CreateVpcEncryptionControl",
    },
    "AWS::EC2::VPCEndpoint": {
        "ServiceNetworkArn": "vpc-lattice:CreateServiceNetworkVpcEndpointAssociation",
        "ServiceRegion": "vpce:AllowMultiRegion",
    },
    "AWS::EC2::VPCGatewayAttachment": {
        "InternetGatewayId": "ec2:AttachInternetGateway DetachInternetGateway",
        "VpnGatewayId": "ec2:AttachVpnGateway DetachVpnGateway",
    },
    "AWS::ECR::Repository": {
        "EncryptionConfiguration": "kms:CreateGrant DescribeKey RetireGrant",
        "LifecyclePolicy": "ecr:DeleteLifecyclePolicy PutLifecyclePolicy",
        "RepositoryPolicyText": "ecr:DeleteRepositoryPolicy SetRepositoryPolicy",
    },
    "AWS::IAM::ManagedPolicy": {
        "Groups": "iam:AttachGroupPolicy DetachGroupPolicy",
        "Roles": "iam:AttachRolePolicy DetachRolePolicy",
        "Users": "iam:AttachUserPolicy DetachUserPolicy",
    },
    "AWS::IAM::Role": {
        "ManagedPolicyArns": "iam:AttachRolePolicy DetachRolePolicy",
        "PermissionsBoundary": "iam:PutRolePermissionsBoundary",
        "Policies": "iam:DeleteRolePolicy PutRolePolicy",
    },
    "AWS::KMS::Key": {
        "Enabled": "kms:DisableKey EnableKey",
        "EnableKeyRotation": "kms:DisableKeyRotation EnableKeyRotation",
    },
    "AWS::Logs::LogGroup": {
        "BearerTokenAuthenticationEnabled": "logs:PutBearerTokenAuthentication",
        "DataProtectionPolicy": "logs:CreateLogDelivery PutDataProtectionPolicy",
        "DeletionProtectionEnabled": "logs:PutLogGroupDeletionProtection",
        "FieldIndexPolicies": "logs:DeleteIndexPolicy PutIndexPolicy",
        "KmsKeyId": "logs:AssociateKmsKey DisassociateKmsKey",
        "ResourcePolicyDocument": "logs:DeleteResourcePolicy PutResourcePolicy",
        "RetentionInDays": "logs:DeleteRetentionPolicy PutRetentionPolicy",
    },
    "AWS::ServiceDiscovery::PrivateDnsNamespace": {"Properties": "route53:ChangeResourceRecordSets"},
    "AWS::ServiceDiscovery::Service": {
        "ServiceAttributes": "servicediscovery:DeleteServiceAttributes UpdateServiceAttributes",
    },
}
# Type -> properties -> what changes something and is called for one of these properties alone.  What only
# reads is always needed: a handler reads the whole of a resource, whatever the template says of it.

_NEVER: Final = {
    "AWS::CloudFormation::Stack": {
        "iam:PassRole cloudformation:UpdateTerminationProtection": (
            "a nested stack has the role and the protection of its root; templates cannot give it others"
        ),
    },
    "AWS::EC2::Instance": {
        "ec2:ModifyInstanceMaintenanceOptions": "no property of an instance says how it recovers",
    },
    "AWS::EC2::VPCEndpoint": {
        "vpc-lattice:DescribeServiceNetworkVpcEndpointAssociation": "IAM has no such action",
    },
    "AWS::ECS::Cluster": {
        "ecs:PutAccountSetting PutAccountSettingDefault": (
            "they change the account for everybody, and no property of a cluster says how"
        ),
    },
    "AWS::IAM::Role": {
        "iam:DeleteRolePermissionsBoundary": "a role without its boundary may become anything",
    },
    "AWS::Logs::LogGroup": {
        "firehose:TagDeliveryStream": "a log group without a subscription delivers to no stream",
        "s3:REST.PUT.OBJECT": "IAM has no such action",
    },
}

_BESIDES: Final = {
    # vpc/latest/userguide/using-service-linked-roles.html, AWSServiceRoleForNATGateway.
    "AWS::EC2::NatGateway": {"AvailabilityMode": "iam:CreateServiceLinkedRole"},
    # Service Authorization Reference, AWS CloudFormation: nested stacks have the tags of their parent.
    "AWS::CloudFormation::Stack": {"TemplateURL": "cloudformation:TagResource UntagResource"},
}
# Type -> property -> what is called for it though no schema lists it.

_SERVICE_LINKED: Final = {
    ("AWS::EC2::FlowLog", ""): "delivery.logs.amazonaws.com",
    ("AWS::EC2::NatGateway", "AvailabilityMode"): "ec2-nat-gateway.amazonaws.com",
    ("AWS::ECS::Cluster", ""): "ecs.amazonaws.com",
}
# Type and property -> the service that may get a role of its own at the first resource of this kind.


def _table(by_type: Mapping[str, Mapping[str, str]]) -> Mapping[str, Mapping[str, frozenset[str]]]:
    """Return for each type and action the properties that call it."""
    table: dict[str, dict[str, frozenset[str]]] = {}
    for cfn_type, rows in by_type.items():
        for properties, text in rows.items():
            for action in actions(text):
                row = table.setdefault(cfn_type, {})
                row[action] = row.get(action, frozenset()) | frozenset(properties.split())
    return MappingProxyType(table)


ONLY_WITH: Final = _table(_ONLY_WITH)
"""Type -> action -> the properties without all of which nothing calls it."""

BESIDES: Final = _table(_BESIDES)
"""Type -> action -> the properties for which it is called although the schema does not list it."""

NEVER: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        cfn_type: {action: why for text, why in rows.items() for action in actions(text)}
        for cfn_type, rows in _NEVER.items()
    }
)
"""Type -> action that is listed and not given -> why."""

SERVICE_LINKED: Final[Mapping[tuple[str, str], str]] = MappingProxyType(_SERVICE_LINKED)
"""Type and property, which is empty for all of the type -> the service that may get a role of its own."""
