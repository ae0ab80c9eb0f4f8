"""The resource types of what runs in a network: clusters, services, their images, logs, keys and roles."""

from __future__ import annotations

from typing import Final

from private_fargate.aws.handlers.model import Handlers

WORKLOADS: Final = {
    "AWS::CloudFormation::Stack": Handlers(
        create="cloudformation:CreateStack DescribeStacks iam:PassRole",
        read="cloudformation:DescribeStacks GetStackPolicy GetTemplate",
        update=(
            "cloudformation:DescribeStacks SetStackPolicy UpdateStack UpdateTerminationProtection "
            "iam:PassRole"
        ),
        delete="cloudformation:DeleteStack DescribeStacks",
    ),
    "AWS::ECR::Repository": Handlers(
        create=(
            "ecr:CreateRepository PutLifecyclePolicy SetRepositoryPolicy TagResource kms:CreateGrant "
            "DescribeKey RetireGrant"
        ),
        read="ecr:DescribeRepositories GetLifecyclePolicy GetRepositoryPolicy ListTagsForResource",
        update=(
            "ecr:DeleteLifecyclePolicy DeleteRepositoryPolicy DescribeRepositories "
            "PutImageScanningConfiguration PutImageTagMutability PutLifecyclePolicy SetRepositoryPolicy "
            "TagResource UntagResource kms:CreateGrant DescribeKey RetireGrant"
        ),
        delete="ecr:DeleteRepository kms:RetireGrant",
        tags="ecr:TagResource UntagResource",
    ),
    "AWS::ECS::Cluster": Handlers(
        create="ecs:CreateCluster DescribeClusters TagResource iam:CreateServiceLinkedRole kms:DescribeKey",
        read="ecs:DescribeClusters kms:DescribeKey",
        update=(
            "ecs:DescribeClusters ListTagsForResource PutAccountSetting PutAccountSettingDefault "
            "PutClusterCapacityProviders TagResource UntagResource UpdateCluster UpdateClusterSettings "
            "kms:DescribeKey"
        ),
        delete="ecs:DeleteCluster DescribeClusters kms:DescribeKey",
        tags="ecs:ListTagsForResource TagResource UntagResource",
    ),
    "AWS::ECS::ClusterCapacityProviderAssociations": Handlers(
        create="ecs:DescribeCapacityProviders DescribeClusters PutClusterCapacityProviders",
        read="ecs:DescribeClusters",
        update="ecs:DescribeCapacityProviders DescribeClusters PutClusterCapacityProviders",
        delete="ecs:DescribeClusters PutClusterCapacityProviders",
    ),
    "AWS::ECS::Service": Handlers(
        create=(
            "ecs:CreateService DescribeServiceDeployments DescribeServices ListServiceDeployments "
            "TagResource iam:PassRole"
        ),
        read="ecs:DescribeServices",
        update=(
            "ecs:DescribeServiceDeployments DescribeServices ListServiceDeployments ListTagsForResource "
            "StopServiceDeployment TagResource UntagResource UpdateService"
        ),
        delete="ecs:DeleteService DescribeServices",
        tags="ecs:ListTagsForResource TagResource UntagResource",
    ),
    "AWS::ECS::TaskDefinition": Handlers(
        create="ecs:DescribeTaskDefinition RegisterTaskDefinition TagResource iam:GetRole PassRole",
        read="ecs:DescribeTaskDefinition",
        update=(
            "ecs:DescribeTaskDefinition ListTagsForResource TagResource UntagResource iam:GetRole PassRole"
        ),
        delete="ecs:DeregisterTaskDefinition DescribeTaskDefinition iam:GetRole PassRole",
        tags="ecs:ListTagsForResource TagResource UntagResource",
    ),
    "AWS::IAM::InstanceProfile": Handlers(
        create="iam:AddRoleToInstanceProfile CreateInstanceProfile GetInstanceProfile PassRole",
        read="iam:GetInstanceProfile",
        update="iam:AddRoleToInstanceProfile GetInstanceProfile PassRole RemoveRoleFromInstanceProfile",
        delete="iam:DeleteInstanceProfile GetInstanceProfile RemoveRoleFromInstanceProfile",
    ),
    "AWS::IAM::ManagedPolicy": Handlers(
        create="iam:AttachGroupPolicy AttachRolePolicy AttachUserPolicy CreatePolicy",
        read="iam:GetPolicy GetPolicyVersion ListEntitiesForPolicy",
        update=(
            "iam:AttachGroupPolicy AttachRolePolicy AttachUserPolicy CreatePolicyVersion "
            "DeletePolicyVersion DetachGroupPolicy DetachRolePolicy DetachUserPolicy GetPolicy "
            "ListPolicyVersions"
        ),
        delete=(
            "iam:DeletePolicy DeletePolicyVersion DetachGroupPolicy DetachRolePolicy DetachUserPolicy "
            "GetPolicy ListEntitiesForPolicy ListPolicyVersions"
        ),
    ),
    "AWS::IAM::Role": Handlers(
        create="iam:AttachRolePolicy CreateRole GetRole GetRolePolicy PutRolePolicy TagRole UntagRole",
        read="iam:GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies",
        update=(
            "iam:AttachRolePolicy DeleteRolePermissionsBoundary DeleteRolePolicy DetachRolePolicy "
            "PutRolePermissionsBoundary PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy UpdateRole "
            "UpdateRoleDescription"
        ),
        delete=(
            "iam:DeleteRole DeleteRolePolicy DetachRolePolicy GetRole ListAttachedRolePolicies "
            "ListRolePolicies TagRole UntagRole"
        ),
        tags="iam:ListRoleTags TagRole UntagRole",
    ),
    "AWS::KMS::Key": Handlers(
        create="kms:CreateKey DisableKey EnableKeyRotation PutKeyPolicy TagResource",
        read="kms:DescribeKey GetKeyPolicy GetKeyRotationStatus ListResourceTags",
        update=(
            "kms:DescribeKey DisableKey DisableKeyRotation EnableKey EnableKeyRotation ListResourceTags "
            "PutKeyPolicy TagResource UntagResource UpdateKeyDescription"
        ),
        delete="kms:DescribeKey ScheduleKeyDeletion",
        tags="kms:ListResourceTags TagResource UntagResource",
    ),
    "AWS::Logs::LogGroup": Handlers(
        create=(
            "firehose:TagDeliveryStream logs:CreateLogDelivery CreateLogGroup DescribeIndexPolicies "
            "DescribeLogGroups DescribeResourcePolicies GetDataProtectionPolicy "
            "PutBearerTokenAuthentication PutDataProtectionPolicy PutIndexPolicy PutResourcePolicy "
            "PutRetentionPolicy TagResource s3:REST.PUT.OBJECT"
        ),
        read=(
            "logs:DescribeIndexPolicies DescribeLogGroups DescribeResourcePolicies GetDataProtectionPolicy "
            "ListTagsForResource"
        ),
        update=(
            "firehose:TagDeliveryStream logs:AssociateKmsKey CreateLogDelivery DeleteIndexPolicy "
            "DeleteResourcePolicy DeleteRetentionPolicy DescribeLogGroups DescribeResourcePolicies "
            "DisassociateKmsKey GetDataProtectionPolicy ListTagsForResource PutBearerTokenAuthentication "
            "PutDataProtectionPolicy PutIndexPolicy PutLogGroupDeletionProtection PutResourcePolicy "
            "PutRetentionPolicy TagResource UntagResource s3:REST.PUT.OBJECT"
        ),
        delete="logs:DeleteDataProtectionPolicy DeleteLogGroup DescribeLogGroups",
        tags="logs:ListTagsForResource TagResource UntagResource",
    ),
    "AWS::ServiceDiscovery::PrivateDnsNamespace": Handlers(
        create=(
            "ec2:DescribeRegions DescribeVpcs route53:CreateHostedZone GetHostedZone ListHostedZonesByName "
            "servicediscovery:CreatePrivateDnsNamespace GetNamespace GetOperation ListTagsForResource "
            "TagResource"
        ),
        read="servicediscovery:GetNamespace ListTagsForResource",
        update=(
            "route53:ChangeResourceRecordSets servicediscovery:GetNamespace GetOperation "
            "ListTagsForResource TagResource UntagResource UpdatePrivateDnsNamespace"
        ),
        delete="servicediscovery:DeleteNamespace GetOperation",
        tags="servicediscovery:ListTagsForResource TagResource UntagResource",
    ),
    "AWS::ServiceDiscovery::Service": Handlers(
        create=(
            "servicediscovery:CreateService GetService GetServiceAttributes ListServices "
            "ListTagsForResource TagResource UntagResource UpdateServiceAttributes"
        ),
        read="servicediscovery:GetService GetServiceAttributes ListTagsForResource",
        update=(
            "servicediscovery:DeleteServiceAttributes GetNamespace GetOperation GetService "
            "GetServiceAttributes ListTagsForResource TagResource UntagResource UpdateService "
            "UpdateServiceAttributes"
        ),
        delete="servicediscovery:DeleteService GetService",
        tags="servicediscovery:ListTagsForResource TagResource UntagResource",
    ),
}
